// The visible way of every request: route → authenticate → rate limit → parse → (gate) → service → render.
// Handlers are one file per specification module; each exports `void add_<module>_routes(net::Router&,
// Pipeline&, <its services>&)`.
//
//   pipeline.add(router, Method::Put, {"/_matrix/client/v3/rooms/{room}/send/{type}/{txn}",
//   "/_matrix/client/r0/…"},
//                {.access = Access::User, .limit = "message"}, [this](Call call) -> Task<Response> { … });
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/access/rate_limiter.hpp"
#include "api/client/responses.hpp"
#include "base/clock.hpp"
#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "gate/gate.hpp"
#include "identity/consents.hpp"
#include "identity/restrictions.hpp"
#include "identity/sessions.hpp"
#include "json/json.hpp"
#include "net/router.hpp"

namespace kuramori::api::client {

class ServiceCallers;

enum class Access : std::uint8_t {
  Public,        // no token looked at, but an application service's
  OptionalUser,  // a token is used when present, and must then be valid
  User,          // M_MISSING_TOKEN, M_UNKNOWN_TOKEN
  UserNoGuests,  // guests: M_GUEST_ACCESS_FORBIDDEN
};

struct EndpointOptions {
  Access access = Access::User;
  std::string limit;  // name of the rate limit; empty: none
  std::size_t body_bytes_max = 131'072;
  bool may_park = false;
  bool streams_body = false;  // the handler reads the body itself: net::RouteOptions
  bool takes_body = false;  // parse a JSON object; an absent body is {} where `body_optional`
  bool body_optional = false;
  bool for_locked = false;  // also for accounts that are locked
};

// One request on its way. Lives in the handler's frame.
struct Call {
  net::Request& request;
  identity::SessionPtr session;  // null for public calls
  json::Object body;
  gate::Subject subject;  // made from session, address, user agent, Accept-Language
  std::string service = {};  // the id of the application service that calls; empty: somebody's client

  const std::string& parameter(std::size_t i) const { return request.parameters[i]; }
};

using EndpointHandler = std::function<runtime::Task<net::Response>(Call&)>;

class Pipeline {
 public:
  Pipeline(identity::Sessions& sessions, gate::Gate& gate, const Clock& clock, MetricsRegistry& metrics,
           Logger log, RateLimits limits, const identity::Restrictions* restrictions = nullptr,
           const identity::Consents* consents = nullptr, ServiceCallers* services = nullptr);
  ~Pipeline();

  void add(net::Router& router, net::Method method, std::vector<std::string> patterns,
           EndpointOptions options, EndpointHandler handler);

  // Asks the gate for `call`. On refusal or error the response is in `denied`.
  struct Admitted {
    std::optional<gate::Permit> permit;
    std::optional<net::Response> denied;
    // Behind `denied`, when an approval can release the act: for a handler that can keep it (holding.hpp).
    std::optional<gate::Refusal> held = {};
  };
  runtime::Task<Admitted> admit(const Call& call, gate::Operation operation, gate::Resource resource,
                                const json::Object* content = nullptr);

  // Takes from the named limit for something that is neither the user nor the address of the request (an
  // account that somebody tries passwords on). The 429 response when it is used up.
  std::optional<net::Response> over_limit(std::string_view limit, std::string_view key);

  gate::Gate& gate();
  const Clock& clock() const;
  ServiceCallers* services() const;  // null: no application services are registered

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::api::client
