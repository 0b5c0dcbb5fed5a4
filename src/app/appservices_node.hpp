// Application services, wired: as callers of the client-server API, as receivers of events, and as those who
// are asked.
#pragma once
#include <memory>

#include "api/client/service_callers.hpp"
#include "app/node.hpp"
#include "appservices/delivery.hpp"
#include "appservices/network_rooms.hpp"
#include "appservices/questions.hpp"
#include "appservices/services.hpp"
#include "net/http_client.hpp"

namespace kuramori::app {

// Typing, receipts and presence for those services that asked for them.
class NoticesForServices final : public storage::StreamListener {
 public:
  explicit NoticesForServices(appservices::Delivery& delivery) : delivery_(delivery) {}
  void committed(std::span<const Change> changes) override;

 private:
  appservices::Delivery& delivery_;
};

class AppservicesNode final : public api::client::ServiceCallers {
 public:
  // Adds listeners to the store: after the node's. They stay until the store's last commit.
  AppservicesNode(Environment environment, Node& node);
  // The services' own users, where they do not exist yet.
  Result<void> make_senders();

  void spawn(runtime::TaskScope& scope, runtime::Executor& executor) { delivery_.spawn(scope, executor); }

  std::string service_of(std::string_view token) const override;
  runtime::Task<Result<identity::SessionPtr>> act_as(std::string service, std::string user,
                                                     std::string device) override;
  bool is_rate_limited(std::string_view service, const UserId& user) const override;
  bool covers_user(std::string_view service, const UserId& user) const override;
  bool covers_alias(std::string_view service, const RoomAlias& alias) const override;
  bool speaks(std::string_view service, std::string_view protocol) const override;
  runtime::Task<bool> make_alias(gate::Subject asking, RoomAlias alias) override;
  runtime::Task<bool> make_user(gate::Subject asking, UserId user) override;
  std::vector<std::string> protocols() const override;
  runtime::Task<std::vector<json::Value>> look_up(const gate::Permit& permit, std::string protocol,
                                                  std::string rest) override;
  runtime::Task<Result<void>> publish(gate::Permit permit, api::client::NetworkListing listing) override;
  runtime::Task<Result<std::vector<RoomId>>> network_rooms(const gate::Permit& permit,
                                                           std::string network) override;
  runtime::Task<api::client::PingAnswer> ping(gate::Permit permit, std::string service,
                                              std::optional<std::string> transaction_id) override;
  bool is_alias_taken(const RoomAlias& alias, std::string_view except) const override;

 private:
  class Client final : public appservices::HttpSender {
   public:
    explicit Client(net::HttpClient& client) : client_(client) {}
    runtime::Task<Result<net::IncomingResponse>> send(net::OutgoingRequest request,
                                                      std::stop_token stop) override;

   private:
    net::HttpClient& client_;
  };

  runtime::Task<std::optional<gate::Permit>> admit_question(gate::Subject asking, gate::Resource resource);

  Node& node_;
  const appservices::Services& services_;
  Client client_;
  appservices::Questions questions_;
  appservices::NetworkRooms network_rooms_;
  appservices::Delivery delivery_;
  NoticesForServices notices_;
};

}  // namespace kuramori::app
