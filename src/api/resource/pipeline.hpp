// The visible way of every request to our own interfaces (`/_kuramori/…`): route → session → locked accounts
// → rate limit → Idempotency-Key → body → handler. A handler asks the gate, asks a service and renders; what
// is not done is a problem (problem.hpp).
//
//   pipeline.add(router, Method::Put, "/_kuramori/admin/v1/policy", {.body = Body::Text},
//                [&](Call& call) { return put_policy(call, pipeline, services); });
//
// Thread-safe after the last `add`. The access token is taken from the Authorization header alone.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/access/rate_limiter.hpp"
#include "api/resource/idempotent_answers.hpp"
#include "api/resource/problem.hpp"
#include "api/resource/responses.hpp"
#include "base/clock.hpp"
#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "gate/gate.hpp"
#include "identity/restrictions.hpp"
#include "identity/sessions.hpp"
#include "json/json.hpp"
#include "net/router.hpp"

namespace kuramori::api::resource {

enum class Body : std::uint8_t {
  None,            // what is sent is not looked at
  Object,          // a JSON object
  OptionalObject,  // or nothing: {}
  Text,            // application/json that the handler reads itself, from request.body
};

struct EndpointOptions {
  std::string limit = {};  // name of the rate limit; empty: none
  Body body = Body::None;
  std::size_t body_bytes_max = 131'072;
  bool may_park = false;
};

// One request on its way. Lives in the handler's frame.
struct Call {
  net::Request& request;
  identity::SessionPtr session;
  json::Object body;
  gate::Subject subject;

  const std::string& parameter(std::size_t i) const { return request.parameters[i]; }
};

using EndpointHandler = std::function<runtime::Task<net::Response>(Call&)>;

class Pipeline {
 public:
  struct Ports {
    identity::Sessions& sessions;
    gate::Gate& gate;
    const Clock& clock;
    MetricsRegistry& metrics;
    Logger log;
    RateLimits limits = {};
    const identity::Restrictions* restrictions = nullptr;  // null: nobody is locked
    IdempotentAnswers* answers = nullptr;                  // null: Idempotency-Key is not looked at
  };
  explicit Pipeline(Ports ports);
  ~Pipeline();

  // Idempotency-Key is heeded on POST, PUT, PATCH and DELETE.
  void add(net::Router& router, net::Method method, std::string pattern, EndpointOptions options,
           EndpointHandler handler);

  // Asks the gate for `call`. On refusal or error the response is in `denied`.
  struct Admitted {
    std::optional<gate::Permit> permit;
    std::optional<net::Response> denied;
  };
  runtime::Task<Admitted> admit(const Call& call, gate::Operation operation, gate::Resource resource = {},
                                const json::Object* content = nullptr);
  // Puts a read into the record, before anything of it is told; the problem when it cannot be.
  runtime::Task<std::optional<net::Response>> record(const Call& call, gate::Permit permit,
                                                     std::string detail);

  gate::Gate& gate();
  const Clock& clock() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::api::resource
