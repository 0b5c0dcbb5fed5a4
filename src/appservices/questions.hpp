// What the server asks services: whether a user or an alias of theirs can be made, what they know of their
// networks, and whether they are there at all (application-service API, "Querying", "Third-party networks",
// "Pinging"). Bounded in time and size; what a service answers is data of another's, passed on as JSON.
#pragma once
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "appservices/ports.hpp"
#include "appservices/services.hpp"
#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "gate/gate.hpp"
#include "json/json.hpp"

namespace kuramori::appservices {

// What a service answered to a ping.
struct Pong {
  Milliseconds took{0};
  std::optional<int> bad_status = {};  // set: it did answer, but not with success
  std::string body = {};               // of that answer, cut
};

class Questions {
 public:
  struct Ports {
    gate::Gate& gate;
    HttpSender& http;
    const Clock& clock;
    MetricsRegistry& metrics;
  };
  Questions(const Services& services, Ports ports);

  // BridgeQuery. Whether a service of which it is says that it has made the user or the alias. False where no
  // service covers it. The services are asked in the order of the configuration, until one says yes.
  runtime::Task<Result<bool>> make_user(const gate::Permit& permit, UserId user);
  runtime::Task<Result<bool>> make_alias(const gate::Permit& permit, RoomAlias alias);

  // DirectoryRead, of who looks. `rest` is the path below /thirdparty with its query; the answers of all
  // services that speak the protocol (every one, where it is empty), in their order. Services that do not
  // answer are left out.
  runtime::Task<std::vector<json::Value>> thirdparty(const gate::Permit& permit, std::string protocol,
                                                     std::string rest);
  bool is_spoken(std::string_view protocol) const;
  std::vector<std::string> protocols() const;  // each once

  // BridgePing, by the service itself. Error: it cannot be reached (Unavailable, DeadlineExceeded).
  runtime::Task<Result<Pong>> ping(gate::Permit permit, const Registration& service,
                                   std::optional<std::string> transaction_id);

 private:
  runtime::Task<bool> asks_yes(const Registration& service, std::string path);
  // First as specified, then at the place where it was before ("Legacy routes").
  runtime::Task<Result<net::IncomingResponse>> get(const Registration& service, std::string path,
                                                   std::string legacy_path);

  const Services& services_;
  Ports ports_;
  Counter& asked_;
  Counter& unanswered_;
};

}  // namespace kuramori::appservices
