#include "api/client/pipeline.hpp"

#include <algorithm>
#include <boost/json/monotonic_resource.hpp>
#include <exception>

#include "api/access/caller.hpp"
#include "api/access/failure_log.hpp"
#include "api/client/consent.hpp"
#include "api/client/service_callers.hpp"
#include "gate/showing.hpp"

namespace kuramori::api::client {

using net::Request;
using net::Response;
using runtime::Task;

namespace {

constexpr std::size_t kBodyDepthMax = 64;

struct Endpoint {
  std::string name;  // method and first pattern: what metrics and logs call it
  EndpointOptions options;
  RateLimit limit;
  EndpointHandler handler;
  Histogram* duration = nullptr;
  std::array<Counter*, 4> by_class{};  // 2xx … 5xx
};

// The header counts; the query parameter is deprecated, and what many clients still use.
std::string_view access_token(const Request& request) {
  if (const std::string_view token = bearer_token(request); !token.empty()) return token;
  if (!request.header("authorization").empty()) return "";
  return request.query_value("access_token").value_or("");
}

Response missing_token() {
  json::Object body;
  body["errcode"] = "M_MISSING_TOKEN";
  body["error"] = "An access token is required.";
  return with_status(401, body);
}

Response unknown_token(bool is_soft_logout) {
  json::Object body;
  body["errcode"] = "M_UNKNOWN_TOKEN";
  body["error"] = "The access token is not known, or no longer valid.";
  body["soft_logout"] = is_soft_logout;
  return with_status(401, body);
}

// client-server API, "Account locking".
Response user_locked() {
  json::Object body;
  body["errcode"] = "M_USER_LOCKED";
  body["error"] = "This account is locked; an administrator can unlock it.";
  body["soft_logout"] = true;
  return with_status(401, body);
}

// client-server API, "Account suspension": what is forbidden by recommendation. Who has not agreed to the
// organisation's notice may do as little.
bool is_for_active_accounts(gate::Operation operation) {
  using gate::Operation;
  switch (operation) {
    case Operation::RoomCreate:
    case Operation::RoomSend:
    case Operation::RoomSetState:
    case Operation::RoomUpgrade:
    case Operation::RoomJoin:
    case Operation::RoomKnock:
    case Operation::RoomInvite:
    case Operation::RoomKick:
    case Operation::RoomBan:
    case Operation::RoomUnban:
    case Operation::AliasSet:
    case Operation::DirectorySet:
    case Operation::ProfileSet:
    case Operation::DelayedEventSet:
      return true;
    default:
      return false;
  }
}

// mxc://server/id → where the file is shown page by page.
std::string view_of(std::string_view uri) {
  constexpr std::string_view kMxc = "mxc://";
  if (!uri.starts_with(kMxc)) return {};
  return "/_kuramori/v1/media/" + std::string(uri.substr(kMxc.size())) + "/view";
}

Response no_guests() {
  json::Object body;
  body["errcode"] = "M_GUEST_ACCESS_FORBIDDEN";
  body["error"] = "Guests cannot do this.";
  return with_status(403, body);
}

Response too_many_requests(Milliseconds wait) {
  return failed(Error(ErrorCode::Exhausted, "M_LIMIT_EXCEEDED", "Too many requests; wait a little.")
                    .with_retry_after_ms(wait.count()));
}

Result<json::Object> parse_body(const Request& request, const EndpointOptions& options) {
  if (!options.takes_body) return json::Object();
  if (request.body.empty() && options.body_optional) return json::Object();
  // The values live in one arena, which goes with the last of them.
  const std::size_t first_block = std::min<std::size_t>(request.body.size() * 2 + 256, 65'536);
  auto arena = boost::json::make_shared_resource<boost::json::monotonic_resource>(first_block);
  const json::ParseLimits limits{.bytes_max = options.body_bytes_max, .depth_max = kBodyDepthMax};
  return json::parse_object(request.body, limits, std::move(arena));
}

}  // namespace

struct Pipeline::State {
  identity::Sessions& sessions;
  gate::Gate& gate;
  const Clock& clock;
  MetricsRegistry& metrics;
  Logger log;
  RateLimits limits;
  const identity::Restrictions* restrictions;
  const identity::Consents* consents;
  ServiceCallers* services;
  RateLimiter limiter{};
  std::vector<std::unique_ptr<Endpoint>> endpoints{};

  bool is_locked(const identity::Session& session) const {
    return restrictions != nullptr && restrictions->of(session.user).locked == identity::Locked::Yes;
  }
  bool is_consent_missing(const UserId& user) const {
    return consents != nullptr && consents->is_missing(user);
  }
  bool is_suspended(const UserId& user) const {
    return restrictions != nullptr && restrictions->of(user).suspended == identity::Suspended::Yes;
  }

  std::optional<Response> check_limit(const Endpoint& endpoint, const Request& request,
                                      const identity::Session* session, std::string_view service) {
    if (endpoint.limit.per_second <= 0) return std::nullopt;
    if (!service.empty()) {
      const UserId nobody;  // registrations and logins are the service's own requests
      const UserId& user = session != nullptr ? session->user : nobody;
      if (!services->is_rate_limited(service, user)) return std::nullopt;
    }
    const std::string_view key =
        session != nullptr ? session->user.view() : std::string_view(request.peer_address);
    const Milliseconds wait = limiter.take(endpoint.limit, endpoint.options.limit, key, clock.steady_now());
    if (wait.count() == 0) return std::nullopt;
    return too_many_requests(wait);
  }

  // Who calls; `denied` where that is nobody, or somebody who may not.
  struct Caller {
    identity::SessionPtr session{};
    std::string service{};
    std::optional<Response> denied{};
  };

  // An application service, as itself or as a user of its namespace ("Identity assertion").
  Task<Caller> service_caller(const Endpoint& endpoint, const Request& request, std::string service) {
    Caller caller;
    caller.service = service;
    if (endpoint.options.access == Access::Public) co_return caller;
    std::string user(request.query_value("user_id").value_or(""));
    std::string device(request.query_value("device_id").value_or(""));
    auto acting = services->act_as(std::move(service), std::move(user), std::move(device));
    auto session = co_await std::move(acting);
    if (session) {
      caller.session = *std::move(session);
    } else {
      caller.denied = failed(session.error());
    }
    co_return caller;
  }

  Task<Caller> person_caller(const Endpoint& endpoint, const Request& request, std::string token) {
    Caller caller;
    caller.session = sessions.cached(token);
    if (caller.session == nullptr) {
      auto authenticated = co_await sessions.authenticate(token);
      if (!authenticated) {
        if (authenticated.error().code() != ErrorCode::Unauthenticated) {
          caller.denied = failed(authenticated.error());
          co_return caller;
        }
        const bool is_soft = co_await sessions.is_soft_logout(token);
        caller.denied = unknown_token(is_soft);
        co_return caller;
      }
      caller.session = *std::move(authenticated);
    }
    sessions.note_seen(*caller.session, request.peer_address);
    if (endpoint.options.access == Access::UserNoGuests && caller.session->role == gate::Role::Guest)
      caller.denied = no_guests();
    co_return caller;
  }

  // Fills `call`, or says why not. Never inlined: else its frame would lie in that of a request that waits
  // for half a minute, and there are many of these.
  [[gnu::noinline]] Task<std::optional<Response>> prepare(const Endpoint& endpoint, Request& request,
                                                          std::optional<Call>& call) {
    const Access access = endpoint.options.access;
    Caller caller;
    if (access != Access::Public || services != nullptr) {
      const std::string_view token = access_token(request);
      std::string service = services != nullptr && !token.empty() ? services->service_of(token) : "";
      if (!service.empty()) {
        auto finding = service_caller(endpoint, request, std::move(service));
        caller = co_await std::move(finding);
      } else if (access != Access::Public && !token.empty()) {
        // From memory mostly, and then without a frame of its own.
        caller.session = sessions.cached(token);
        if (caller.session == nullptr || access == Access::UserNoGuests) {
          auto finding = person_caller(endpoint, request, std::string(token));
          caller = co_await std::move(finding);
        } else {
          sessions.note_seen(*caller.session, request.peer_address);
        }
      } else if (token.empty() && access != Access::Public && access != Access::OptionalUser) {
        co_return missing_token();
      }
    }
    const bool is_barred =
        caller.session != nullptr && is_locked(*caller.session) && !endpoint.options.for_locked;
    if (is_barred) co_return user_locked();
    if (caller.denied) co_return *std::move(caller.denied);
    if (auto limited = check_limit(endpoint, request, caller.session.get(), caller.service))
      co_return limited;
    auto body = parse_body(request, endpoint.options);
    if (!body) co_return failed(body.error());
    gate::Subject subject = subject_of(request, caller.session.get());
    call.emplace(Call{request, std::move(caller.session), *std::move(body), std::move(subject),
                      std::move(caller.service)});
    co_return std::nullopt;
  }

  Task<Response> answer(const Endpoint& endpoint, Request& request) {
    std::optional<Call> call;
    {
      auto preparing = prepare(endpoint, request, call);
      auto denied = co_await std::move(preparing);
      if (denied) co_return *std::move(denied);
    }
    co_return co_await endpoint.handler(*call);
  }

  Task<Response> serve(const Endpoint& endpoint, Request& request) {
    const SteadyTime started = clock.steady_now();
    Response response;
    try {
      response = co_await answer(endpoint, request);
    } catch (const std::exception& exception) {
      response = failed(internal_error(exception.what()));
    }
    const std::chrono::duration<double> took = clock.steady_now() - started;
    endpoint.duration->observe(took.count());
    endpoint.by_class[static_cast<std::size_t>(std::clamp(response.status / 100, 2, 5) - 2)]->add();
    if (response.status >= 500) log_failure(endpoint, request, response);
    co_return response;
  }

  void log_failure(const Endpoint& endpoint, const Request& request, const Response& response) const {
    const std::string detail = take_last_failure().value_or("");
    log.info("request_failed", {{"request", request.id},
                                {"endpoint", endpoint.name},
                                {"status", response.status},
                                {"error", detail}});
  }
};

Pipeline::Pipeline(identity::Sessions& sessions, gate::Gate& gate, const Clock& clock,
                   MetricsRegistry& metrics, Logger log, RateLimits limits,
                   const identity::Restrictions* restrictions, const identity::Consents* consents,
                   ServiceCallers* services)
    : state_(new State{sessions, gate, clock, metrics, std::move(log), std::move(limits), restrictions,
                       consents, services}) {}

Pipeline::~Pipeline() = default;

gate::Gate& Pipeline::gate() {
  return state_->gate;
}
const Clock& Pipeline::clock() const {
  return state_->clock;
}
ServiceCallers* Pipeline::services() const {
  return state_->services;
}

void Pipeline::add(net::Router& router, net::Method method, std::vector<std::string> patterns,
                   EndpointOptions options, EndpointHandler handler) {
  ensure(!patterns.empty(), "an endpoint has a path");
  auto endpoint = std::make_unique<Endpoint>();
  endpoint->name = std::string(net::to_string(method)) + " " + patterns.front();
  endpoint->limit = state_->limits.find(options.limit);
  endpoint->duration = &state_->metrics.histogram("kuramori_api_client_request_duration_seconds",
                                                  "Time to answer, by endpoint.", duration_bounds(),
                                                  {{"endpoint", endpoint->name}});
  for (std::size_t i = 0; i < endpoint->by_class.size(); ++i) {
    endpoint->by_class[i] = &state_->metrics.counter(
        "kuramori_api_client_responses_total", "Responses, by endpoint and class of status.",
        {{"endpoint", endpoint->name}, {"class", std::to_string(i + 2) + "xx"}});
  }
  const net::RouteOptions route{.body_bytes_max = options.body_bytes_max,
                                .may_park = options.may_park,
                                .streams_body = options.streams_body};
  endpoint->options = std::move(options);
  endpoint->handler = std::move(handler);
  State* state = state_.get();
  const Endpoint* served = endpoint.get();
  for (const std::string& pattern : patterns) {
    router.add(
        method, pattern, [state, served](Request& request) { return state->serve(*served, request); }, route);
  }
  state_->endpoints.push_back(std::move(endpoint));
}

std::optional<Response> Pipeline::over_limit(std::string_view limit, std::string_view key) {
  const RateLimit found = state_->limits.find(limit);
  const Milliseconds wait = state_->limiter.take(found, limit, key, state_->clock.steady_now());
  if (wait.count() == 0) return std::nullopt;
  return too_many_requests(wait);
}

Task<Pipeline::Admitted> Pipeline::admit(const Call& call, gate::Operation operation, gate::Resource resource,
                                         const json::Object* content) {
  if (is_for_active_accounts(operation) && state_->is_suspended(call.subject.user)) {
    Admitted suspended;
    suspended.denied = failed(Error(ErrorCode::Forbidden, "M_USER_SUSPENDED",
                                    "This account is suspended and cannot do this at this time."));
    co_return suspended;
  }
  // Nobody sits behind a user of a service who could read what is to be agreed to.
  const bool is_asked = call.service.empty() && is_for_active_accounts(operation);
  if (is_asked && state_->is_consent_missing(call.subject.user)) {
    Admitted waiting;
    waiting.denied = consent_not_given(*state_->consents, call.subject);
    co_return waiting;
  }
  const std::string file = operation == gate::Operation::MediaDownload ? resource.name : std::string();
  gate::Action action{call.subject, operation, std::move(resource), content};
  auto admission = co_await state_->gate.admit(std::move(action));
  Admitted admitted;
  if (auto* permit = std::get_if<gate::Permit>(&admission)) {
    admitted.permit = std::move(*permit);
  } else if (auto* refusal = std::get_if<gate::Refusal>(&admission)) {
    admitted.denied = refused(*refusal, gate::is_view_only(refusal->obligations) ? view_of(file) : "");
    if (refusal->kind == gate::Refusal::Kind::Hold) admitted.held = std::move(*refusal);
  } else {
    admitted.denied = failed(std::get<Error>(admission));
  }
  co_return admitted;
}

}  // namespace kuramori::api::client
