// Application services as callers (application-service API, "Client-Server API Extensions"): what the
// pipeline and the handlers ask about them. The wiring answers it from the registrations.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "gate/permit.hpp"
#include "identity/session.hpp"
#include "json/json.hpp"
#include "runtime/task.hpp"

namespace kuramori::api::client {

struct NetworkListing {
  std::string service = {};
  std::string network = {};
  RoomId room = {};
  enum class Listed : bool { No, Yes } listed = Listed::Yes;
};

struct PingAnswer {
  enum class Outcome : std::uint8_t { Answered, NoAddress, BadStatus, NoConnection, TimeOut };
  Outcome outcome = Outcome::Answered;
  Milliseconds took{0};
  int status = 0;         // of a bad answer
  std::string body = {};  // of a bad answer, cut
};

class ServiceCallers {
 public:
  virtual ~ServiceCallers() = default;

  // The id of the service whose as_token this is; compared in constant time. Empty: nobody's.
  virtual std::string service_of(std::string_view token) const = 0;
  // As whom the service acts: its own user where `user` is empty. M_FORBIDDEN for a user outside its
  // namespace or one that does not exist, M_UNKNOWN_DEVICE for a device that is not the user's. Without a
  // device the session has none.
  virtual runtime::Task<Result<identity::SessionPtr>> act_as(std::string service, std::string user,
                                                             std::string device) = 0;
  // Whether requests as this user count against the limits: never those of the service's own user.
  virtual bool is_rate_limited(std::string_view service, const UserId& user) const = 0;

  // Whether the service may have this user (or its own), this alias, this protocol.
  virtual bool covers_user(std::string_view service, const UserId& user) const = 0;
  virtual bool covers_alias(std::string_view service, const RoomAlias& alias) const = 0;
  virtual bool speaks(std::string_view service, std::string_view protocol) const = 0;
  // What the service has not made so far, it may make when asked: whether it has.
  virtual runtime::Task<bool> make_alias(gate::Subject asking, RoomAlias alias) = 0;
  virtual runtime::Task<bool> make_user(gate::Subject asking, UserId user) = 0;

  // "Third-party networks": protocols that services speak, each once, and what they answer to `rest`, a path
  // below /thirdparty with its query. Every service that speaks the protocol is asked, or any where it is
  // empty.
  virtual std::vector<std::string> protocols() const = 0;
  virtual runtime::Task<std::vector<json::Value>> look_up(const gate::Permit& permit, std::string protocol,
                                                          std::string rest) = 0;
  // "Published room directories". DirectorySet and DirectoryRead.
  virtual runtime::Task<Result<void>> publish(gate::Permit permit, NetworkListing listing) = 0;
  virtual runtime::Task<Result<std::vector<RoomId>>> network_rooms(const gate::Permit& permit,
                                                                   std::string network) = 0;
  // "Pinging". BridgePing.
  virtual runtime::Task<PingAnswer> ping(gate::Permit permit, std::string service,
                                         std::optional<std::string> transaction_id) = 0;

  // Whether the alias lies in an exclusive namespace of a service other than `except` (may be empty).
  virtual bool is_alias_taken(const RoomAlias& alias, std::string_view except) const = 0;
};

}  // namespace kuramori::api::client
