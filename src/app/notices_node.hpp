// Who is told of acts that rules want told, in one organisation.
#pragma once
#include "app/organisation.hpp"
#include "app/server_notices.hpp"
#include "notices/teller.hpp"

namespace kuramori::app {

class HouseOfNotices final : public notices::House {
 public:
  struct Ports {
    const workforce::CurrentOrganisation& organisation;
    rooms::RoomService& rooms;
    identity::Accounts& accounts;
    ServerNotices& notices;
    const Clock& clock;
  };
  explicit HouseOfNotices(Ports ports) : ports_(ports) {}

  organisation::DirectoryPtr directory() const override { return ports_.organisation.directory(); }
  UserId owner_of(const RoomId& room) override;
  std::vector<UserId> officers() override;
  bool is_account(const UserId& person) override;

 private:
  const Ports ports_;
};

class MessengerOfNotices final : public notices::Messenger {
 public:
  MessengerOfNotices(ServerNotices& notices, const Clock& clock) : notices_(notices), clock_(clock) {}
  bool tell(const UserId& person, const gate::Localised& text) override;

 private:
  ServerNotices& notices_;
  const Clock& clock_;
};

class NoticesNode {
 public:
  struct Ports {
    rooms::RoomService& rooms;
    identity::Accounts& accounts;
    ServerNotices& notices;
  };
  NoticesNode(const Config& config, Environment environment, Organisation& organisation, Ports ports);

  notices::Teller& teller() { return teller_; }

 private:
  HouseOfNotices house_;
  MessengerOfNotices messenger_;
  notices::Teller teller_;
};

}  // namespace kuramori::app
