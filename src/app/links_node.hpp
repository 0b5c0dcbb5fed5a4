// What one organisation knows of links and does about them, and the brake on mass sends.
#pragma once
#include "app/config.hpp"
#include "app/organisation.hpp"
#include "app/server_notices.hpp"
#include "identity/restrictions.hpp"
#include "links/worker.hpp"
#include "net/http_client.hpp"
#include "rooms/service.hpp"
#include "worm_brake/brake.hpp"

namespace kuramori::app {

class LinksNode {
 public:
  struct Ports {
    net::HttpClient& client;
    rooms::RoomService& rooms;
    const rooms::RecentEvents& recent;
    identity::Accounts& accounts;
    identity::Restrictions& restrictions;
    std::function<bool(const UserId&)> is_service;
    ServerNotices& notices;
  };
  LinksNode(const Config& config, Environment environment, Organisation& organisation, Ports ports);

  // Reads what is stored; blocking. Before anybody is served.
  Result<void> load();
  void start();
  void stop();

  links::CurrentKnowledge& knowledge() { return knowledge_; }
  links::Registry& registry() { return registry_; }
  links::ClickThrough& clicks() { return clicks_; }
  links::TakeDowns& take_downs() { return take_downs_; }
  links::LinkWorker& worker() { return worker_; }
  worm_brake::WormBrake& brake() { return brake_; }

 private:
  links::ShortenedLinks shortened_;
  links::CurrentKnowledge knowledge_;
  links::ClickThrough clicks_;
  links::Registry registry_;
  links::Sightings sightings_;
  links::TakeDowns take_downs_;
  links::LinkWorker worker_;
  worm_brake::WormBrake brake_;
};

}  // namespace kuramori::app
