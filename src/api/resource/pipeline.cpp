#include "api/resource/pipeline.hpp"

#include <algorithm>
#include <array>
#include <exception>

#include "api/access/caller.hpp"
#include "api/access/failure_log.hpp"
#include "base/text.hpp"

namespace kuramori::api::resource {

using net::Request;
using net::Response;
using runtime::Task;

namespace {

constexpr std::size_t kBodyDepthMax = 64;

struct Endpoint {
  std::string name;  // method and pattern: what metrics and logs call it
  EndpointOptions options;
  RateLimit limit;
  EndpointHandler handler;
  bool is_safe = true;  // RFC 9110 section 9.2.1
  Histogram* duration = nullptr;
  std::array<Counter*, 4> by_class{};  // 2xx … 5xx
};

bool is_safe(net::Method method) {
  return method == net::Method::Get || method == net::Method::Head || method == net::Method::Options;
}

Response unauthenticated(const Request& request, std::string_view code, std::string detail) {
  return to_response(
      {.type = ProblemType::Unauthenticated, .detail = std::move(detail), .code = std::string(code)},
      request);
}

bool is_json(const Request& request) {
  const std::string_view header = request.header("content-type");
  const std::string type = text::to_lower_ascii(text::trim(header.substr(0, header.find(';'))));
  return type == "application/json";
}

// An absent body where one is needed, or one of another kind.
std::optional<Response> check_body(const Request& request, const EndpointOptions& options) {
  if (options.body == Body::None) return std::nullopt;
  if (request.body.empty()) {
    if (options.body == Body::OptionalObject) return std::nullopt;
    return failed(bad_json("A body is required."), request);
  }
  if (is_json(request)) return std::nullopt;
  return to_response({.type = ProblemType::UnsupportedMediaType,
                      .detail = "The body must be application/json.",
                      .code = "M_NOT_JSON"},
                     request);
}

Result<json::Object> parse_body(const Request& request, const EndpointOptions& options) {
  if (options.body == Body::None || options.body == Body::Text || request.body.empty()) return json::Object();
  return json::parse_object(request.body, {.bytes_max = options.body_bytes_max, .depth_max = kBodyDepthMax});
}

Problem problem_of_key(const Error& error) {
  Problem problem = problem_of(error);
  if (error.reason() == "KURAMORI_IDEMPOTENCY_KEY_REUSED") problem.type = ProblemType::IdempotencyKeyReused;
  return problem;
}

}  // namespace

struct Pipeline::State {
  explicit State(Ports p) : ports(std::move(p)) {}

  Ports ports;
  RateLimiter limiter{};
  std::vector<std::unique_ptr<Endpoint>> endpoints{};

  identity::Restriction restriction_of(const UserId& user) const {
    return ports.restrictions == nullptr ? identity::Restriction() : ports.restrictions->of(user);
  }

  struct Caller {
    identity::SessionPtr session{};
    std::optional<Response> denied{};
  };

  Task<Caller> find_caller(const Request& request) {
    Caller caller;
    std::string token(bearer_token(request));
    if (token.empty()) {
      caller.denied = unauthenticated(request, "M_MISSING_TOKEN", "An access token is required.");
      co_return caller;
    }
    caller.session = ports.sessions.cached(token);
    if (caller.session == nullptr) {
      auto authenticating = ports.sessions.authenticate(std::move(token));
      auto authenticated = co_await std::move(authenticating);
      if (!authenticated) {
        caller.denied = authenticated.error().code() == ErrorCode::Unauthenticated
                            ? unauthenticated(request, "M_UNKNOWN_TOKEN",
                                              "The access token is not known, or no longer valid.")
                            : failed(authenticated.error(), request);
        co_return caller;
      }
      caller.session = *std::move(authenticated);
    }
    ports.sessions.note_seen(*caller.session, request.peer_address);
    if (restriction_of(caller.session->user).locked == identity::Locked::Yes) {
      caller.denied = unauthenticated(request, "M_USER_LOCKED",
                                      "This account is locked; an administrator can unlock it.");
    }
    co_return caller;
  }

  std::optional<Response> check_limit(const Endpoint& endpoint, const Request& request,
                                      const identity::Session& session) {
    const Milliseconds wait =
        limiter.take(endpoint.limit, endpoint.options.limit, session.user.view(), ports.clock.steady_now());
    if (wait.count() == 0) return std::nullopt;
    return failed(Error(ErrorCode::Exhausted, "M_LIMIT_EXCEEDED", "Too many requests; wait a little.")
                      .with_retry_after_ms(wait.count()),
                  request);
  }

  // The handler's answer, whatever it throws.
  static Task<Response> handle(const Endpoint& endpoint, Call& call) {
    try {
      auto handling = endpoint.handler(call);
      auto response = co_await std::move(handling);
      co_return response;
    } catch (const std::exception& exception) {
      co_return failed(internal_error(exception.what()), call.request);
    }
  }

  Task<Response> handle_once(const Endpoint& endpoint, Call& call, std::string key) {
    auto beginning =
        ports.answers->begin(call.subject.user, std::move(key), IdempotentAnswers::digest_of(call.request));
    auto claim = co_await std::move(beginning);
    if (!claim) co_return to_response(problem_of_key(claim.error()), call.request);
    if (claim->replay) co_return *std::move(claim->replay);
    auto handling = handle(endpoint, call);
    Response response = co_await std::move(handling);
    auto finishing = ports.answers->finish(*std::move(claim), response);
    const auto finished = co_await std::move(finishing);
    if (!finished) {
      // The act is done and told; a repetition with this key will hear that its outcome is unknown.
      ports.log.warning("idempotent_answer_not_kept",
                        {{"request", call.request.id}, {"error", finished.error().to_log()}});
    }
    co_return response;
  }

  Task<Response> answer(const Endpoint& endpoint, Request& request) {
    auto finding = find_caller(request);
    Caller caller = co_await std::move(finding);
    if (caller.denied) co_return *std::move(caller.denied);
    if (auto limited = check_limit(endpoint, request, *caller.session)) co_return *std::move(limited);
    if (auto denied = check_body(request, endpoint.options)) co_return *std::move(denied);
    auto body = parse_body(request, endpoint.options);
    if (!body) co_return failed(body.error(), request);
    gate::Subject subject = subject_of(request, caller.session.get());
    Call call{request, std::move(caller.session), *std::move(body), std::move(subject)};
    std::string key(endpoint.is_safe ? std::string_view() : request.header("idempotency-key"));
    auto handling = key.empty() || ports.answers == nullptr ? handle(endpoint, call)
                                                            : handle_once(endpoint, call, std::move(key));
    auto response = co_await std::move(handling);
    co_return response;
  }

  Task<Response> serve(const Endpoint& endpoint, Request& request) {
    const SteadyTime started = ports.clock.steady_now();
    auto answering = answer(endpoint, request);
    Response response = co_await std::move(answering);
    const std::chrono::duration<double> took = ports.clock.steady_now() - started;
    endpoint.duration->observe(took.count());
    endpoint.by_class[static_cast<std::size_t>(std::clamp(response.status / 100, 2, 5) - 2)]->add();
    if (response.status >= 500) {
      const std::string detail = take_last_failure().value_or("");
      ports.log.info("request_failed", {{"request", request.id},
                                        {"endpoint", endpoint.name},
                                        {"status", response.status},
                                        {"error", detail}});
    }
    co_return response;
  }
};

Pipeline::Pipeline(Ports ports) : state_(std::make_unique<State>(std::move(ports))) {}
Pipeline::~Pipeline() = default;

gate::Gate& Pipeline::gate() {
  return state_->ports.gate;
}
const Clock& Pipeline::clock() const {
  return state_->ports.clock;
}

void Pipeline::add(net::Router& router, net::Method method, std::string pattern, EndpointOptions options,
                   EndpointHandler handler) {
  MetricsRegistry& metrics = state_->ports.metrics;
  auto endpoint = std::make_unique<Endpoint>();
  endpoint->name = std::string(net::to_string(method)) + " " + pattern;
  endpoint->limit = state_->ports.limits.find(options.limit);
  endpoint->is_safe = is_safe(method);
  endpoint->duration = &metrics.histogram("kuramori_api_request_duration_seconds",
                                          "Time to answer on Kuramori's own interfaces, by endpoint.",
                                          duration_bounds(), {{"endpoint", endpoint->name}});
  for (std::size_t i = 0; i < endpoint->by_class.size(); ++i) {
    endpoint->by_class[i] = &metrics.counter(
        "kuramori_api_responses_total", "Responses of Kuramori's own interfaces, by endpoint and class.",
        {{"endpoint", endpoint->name}, {"class", std::to_string(i + 2) + "xx"}});
  }
  const net::RouteOptions route{.body_bytes_max = options.body_bytes_max, .may_park = options.may_park};
  endpoint->options = std::move(options);
  endpoint->handler = std::move(handler);
  State* state = state_.get();
  const Endpoint* served = endpoint.get();
  router.add(
      method, pattern, [state, served](Request& request) { return state->serve(*served, request); }, route);
  state_->endpoints.push_back(std::move(endpoint));
}

Task<Pipeline::Admitted> Pipeline::admit(const Call& call, gate::Operation operation, gate::Resource resource,
                                         const json::Object* content) {
  Admitted admitted;
  const bool is_read = gate::effect_of(operation) == gate::Effect::Discloses;
  if (!is_read && state_->restriction_of(call.subject.user).suspended == identity::Suspended::Yes) {
    admitted.denied = failed(Error(ErrorCode::Forbidden, "M_USER_SUSPENDED",
                                   "This account is suspended and cannot do this at this time."),
                             call.request);
    co_return admitted;
  }
  gate::Action action{call.subject, operation, std::move(resource), content};
  auto admitting = state_->ports.gate.admit(std::move(action));
  auto admission = co_await std::move(admitting);
  if (auto* permit = std::get_if<gate::Permit>(&admission)) {
    admitted.permit = std::move(*permit);
  } else if (const auto* refusal = std::get_if<gate::Refusal>(&admission)) {
    admitted.denied = refused(*refusal);
  } else {
    admitted.denied = failed(std::get<Error>(admission), call.request);
  }
  co_return admitted;
}

Task<std::optional<Response>> Pipeline::record(const Call& call, gate::Permit permit, std::string detail) {
  auto recording = state_->ports.gate.record(std::move(permit), {.detail = std::move(detail)});
  const auto recorded = co_await std::move(recording);
  if (recorded) co_return std::nullopt;
  co_return failed(recorded.error(), call.request);
}

}  // namespace kuramori::api::resource
