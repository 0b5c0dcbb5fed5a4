// Delayed events (MSC4140) under their unstable names, as Element Call and matrix-js-sdk use them: by a query
// parameter of /send and /state, by the endpoint of the newest text, and both ways of managing them.
#include <algorithm>
#include <tuple>

#include "api/client/paths.hpp"
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"
#include "base/text.hpp"

namespace kuramori::api::client {

using net::Response;
using rooms::DelayedEvent;
using rooms::DelayOutcome;
using runtime::Task;

namespace {

constexpr std::string_view kPrefix = "/_matrix/client/unstable/org.matrix.msc4140";
constexpr std::size_t kPage = 50;

std::string path(std::string_view rest) {
  return std::string(kPrefix) + std::string(rest);
}

std::optional<rooms::Management> parse_action(std::string_view name) {
  if (name == "send") return rooms::Management::Send;
  if (name == "cancel") return rooms::Management::Cancel;
  if (name == "restart") return rooms::Management::Restart;
  return std::nullopt;
}

// The id is what authorises: it may be handed to a service that knows better when a device has gone.
Task<Response> manage(RoomsServices& services, std::string id, std::string action) {
  const auto what = parse_action(action);
  if (!what) co_return failed(invalid_argument("The action must be \"send\", \"cancel\" or \"restart\"."));
  const auto done = co_await services.delayed->manage(std::move(id), *what);
  co_return done ? empty_ok() : failed(done.error());
}

Task<Response> post_action_in_body(Call& call, RoomsServices& services) {
  auto action = json::required_string(call.body, "action");
  if (!action) co_return failed(action.error());
  auto managing = manage(services, call.parameter(0), *std::move(action));
  co_return co_await std::move(managing);
}

Task<Response> put_delayed_event(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const json::Object* content = json::object_at(call.body, "content");
  if (content == nullptr) co_return failed(missing_argument("content"));
  const std::int64_t delay = json::integer_or(call.body, "delay", 0);
  auto state_key = json::optional_string(call.body, "state_key");
  if (!state_key) co_return failed(state_key.error());
  auto sticky = sticky_duration_of(call.request);
  if (!sticky) co_return failed(sticky.error());
  rooms::ScheduleEvent event{.room = RoomId(call.parameter(0)),
                             .type = call.parameter(1),
                             .state_key = *std::move(state_key),
                             .content = *content,
                             .sticky = *sticky,
                             .transaction = rooms::Transaction{
                                 .scope = "delayed_event/" + call.parameter(0) + "/" + call.parameter(1),
                                 .id = TransactionId(call.parameter(2))}};
  auto scheduling = schedule(call, pipeline, services, std::move(event), std::to_string(delay));
  co_return co_await std::move(scheduling);
}

json::Object render(const DelayedEvent& event) {
  json::Object out;
  out.emplace("delay_id", event.delay_id);
  out.emplace("room_id", event.room.view());
  out.emplace("type", event.type);
  if (event.state_key) out.emplace("state_key", *event.state_key);
  out.emplace("delay", event.delay.count());
  out.emplace("running_since", event.running_since_ms);
  out.emplace("content", event.content);
  if (event.outcome == DelayOutcome::Failed) out.emplace("error", event.error);
  if (!event.event.empty()) out.emplace("event_id", event.event.view());
  if (event.finalised_ms) out.emplace("origin_server_ts", *event.finalised_ms);
  return out;
}

// What GET /delayed_events asks for.
struct Query {
  enum class Order : std::uint8_t { Send, Finalised, Running } order = Order::Send;
  bool is_backward = false;
  std::optional<std::int64_t> since;
  std::optional<std::pair<std::int64_t, std::string>> from;
  std::map<std::string, std::string> wanted;

  std::int64_t key(const DelayedEvent& event) const {
    if (order == Order::Running) return event.running_since_ms;
    if (order == Order::Finalised && event.finalised_ms) return *event.finalised_ms;
    return event.due_ms();
  }
};

std::string_view status_of(const DelayedEvent& event) {
  return event.outcome == DelayOutcome::Scheduled ? "scheduled" : "finalised";
}
std::string_view outcome_of(const DelayedEvent& event) {
  constexpr std::array<std::string_view, 4> kNames{"", "send", "cancel", "error"};
  return kNames[static_cast<std::size_t>(event.outcome)];
}
std::string_view reason_of(const DelayedEvent& event) {
  if (event.outcome == DelayOutcome::Scheduled) return "";
  return event.by_action ? "action" : "delay";
}

Error unsupported(std::string_view name) {
  return invalid_argument("'" + std::string(name) + "' has a value that is not supported.");
}

Result<Query> read_query(const net::Request& request) {
  Query query;
  const std::string_view order = request.query_value("order_by").value_or("send_ts");
  if (order == "origin_server_ts") {
    query.order = Query::Order::Finalised;
  } else if (order == "running_since") {
    query.order = Query::Order::Running;
  } else if (order != "send_ts") {
    return unsupported("order_by");
  }
  const std::string_view direction = request.query_value("dir").value_or("f");
  if (direction != "f" && direction != "b") return unsupported("dir");
  query.is_backward = direction == "b";
  if (const auto since = request.query_value("since_ts")) {
    query.since = *since == "end" ? json::kIntegerMax : text::to_integer(*since);
    if (!query.since) return unsupported("since_ts");
  }
  if (const auto from = request.query_value("from")) {
    const std::size_t dot = from->find('.');
    const auto key = text::to_integer(from->substr(0, dot));
    if (dot == std::string_view::npos || !key) return unsupported("from");
    query.from.emplace(*key, from->substr(dot + 1));
  }
  using Values = std::vector<std::string_view>;
  const std::vector<std::pair<std::string_view, Values>> filters{{"status", {"scheduled", "finalised"}},
                                                                 {"outcome", {"send", "cancel", "error"}},
                                                                 {"reason", {"action", "delay"}},
                                                                 {"room_id", {}},
                                                                 {"type", {}}};
  for (const auto& [name, values] : filters) {
    const auto value = request.query_value(name);
    if (!value) continue;
    if (!values.empty() && std::ranges::find(values, *value) == values.end()) return unsupported(name);
    query.wanted.emplace(name, *value);
  }
  return query;
}

bool is_wanted(const Query& query, const DelayedEvent& event, std::int64_t now_ms) {
  for (const auto& [name, value] : query.wanted) {
    const bool agrees = name == "status"    ? status_of(event) == value
                        : name == "outcome" ? outcome_of(event) == value
                        : name == "reason"  ? reason_of(event) == value
                        : name == "room_id" ? event.room.view() == value
                                            : event.type == value;
    if (!agrees) return false;
  }
  const std::int64_t key = query.key(event);
  if (query.from) {
    const auto place = std::tie(key, event.delay_id);
    const auto last = std::tie(query.from->first, query.from->second);
    return query.is_backward ? place < last : place > last;
  }
  // What waits is never in the past, even when it is late.
  if (!query.since && event.outcome == DelayOutcome::Scheduled) return !query.is_backward;
  const std::int64_t since = query.since.value_or(now_ms);
  return query.is_backward ? key <= since : key >= since;
}

Task<Response> get_delayed_events(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const auto query = read_query(call.request);
  if (!query) co_return failed(query.error());
  auto admitted = co_await pipeline.admit(call, gate::Operation::DelayedEventRead, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto events = co_await services.delayed->list(*admitted.permit);
  if (!events) co_return failed(events.error());
  const std::int64_t now_ms = pipeline.clock().now_ms();
  std::erase_if(*events, [&](const DelayedEvent& event) { return !is_wanted(*query, event, now_ms); });
  std::ranges::sort(*events, [&](const DelayedEvent& a, const DelayedEvent& b) {
    const std::int64_t first = query->key(a);
    const std::int64_t second = query->key(b);
    const bool is_before = std::tie(first, a.delay_id) < std::tie(second, b.delay_id);
    const bool is_after = std::tie(second, b.delay_id) < std::tie(first, a.delay_id);
    return query->is_backward ? is_after : is_before;
  });
  const bool has_more = events->size() > kPage;
  if (has_more) events->resize(kPage);
  json::Array list;
  for (const DelayedEvent& event : *events) list.emplace_back(render(event));
  json::Object body;
  body.emplace("delayed_events", std::move(list));
  if (has_more) {
    const DelayedEvent& last = events->back();
    body.emplace(query->is_backward ? "prev_batch" : "next_batch",
                 std::to_string(query->key(last)) + "." + last.delay_id);
  }
  co_return ok(body);
}

Task<Response> get_delayed_event(Call& call, Pipeline& pipeline, RoomsServices& services) {
  auto admitted = co_await pipeline.admit(call, gate::Operation::DelayedEventRead, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto event = co_await services.delayed->find(*admitted.permit, call.parameter(0));
  co_return event ? ok(render(*event)) : failed(event.error());
}

}  // namespace

std::optional<std::string> delay_of(const net::Request& request) {
  const auto delay = request.query_value("org.matrix.msc4140.delay");
  return delay ? std::optional(std::string(*delay)) : std::nullopt;
}

Result<std::optional<Milliseconds>> sticky_duration_of(const net::Request& request) {
  const auto text = request.query_value("org.matrix.msc4354.sticky_duration_ms");
  if (!text) return std::optional<Milliseconds>();
  const auto duration = text::to_integer(*text);
  if (!duration || *duration < 0 || *duration > matrix::kStickyMax.count()) {
    return invalid_argument("The sticky duration must lie between 0 and 3600000 ms.");
  }
  return std::optional(Milliseconds(*duration));
}

Task<Response> schedule(Call& call, Pipeline& pipeline, RoomsServices& services, rooms::ScheduleEvent event,
                        std::string delay_ms) {
  if (services.delayed == nullptr) co_return failed(invalid_argument("This server takes no delayed events."));
  const auto delay = text::to_integer(delay_ms);
  if (!delay || *delay <= 0)
    co_return failed(invalid_argument("The delay must be a number of milliseconds above 0."));
  event.delay = Milliseconds(*delay);
  gate::Resource resource = resource_in(event.room);
  resource.event_type = event.type;
  auto admitted =
      co_await pipeline.admit(call, gate::Operation::DelayedEventSet, std::move(resource), &event.content);
  if (admitted.denied) co_return *std::move(admitted.denied);
  const std::string warning = admitted.permit->warning();
  const auto id = co_await services.delayed->schedule(*std::move(admitted.permit), std::move(event));
  if (!id && id.error().reason().ends_with("MAX_DELAY_EXCEEDED")) {
    json::Object body;
    body.emplace("errcode", id.error().reason());
    body.emplace("error", id.error().message());
    body.emplace("org.matrix.msc4140.max_delay", services.delayed->options().delay_max.count());
    co_return with_status(400, body);
  }
  if (!id) co_return failed(id.error());
  json::Object body;
  body.emplace("delay_id", *id);
  co_return answer(std::move(body), warning);
}

void add_delayed_events_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  if (services.delayed == nullptr) return;
  const EndpointOptions own{.access = Access::User, .limit = "delayed_event"};
  pipeline.add(router, net::Method::Put, {path("/rooms/{room}/delayed_event/{type}/{transaction}")},
               {.access = Access::User, .limit = "message", .takes_body = true},
               [&](Call& call) { return put_delayed_event(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, {path("/delayed_events/{id}")},
               {.access = Access::Public, .limit = "delayed_event", .takes_body = true},
               [&](Call& call) { return post_action_in_body(call, services); });
  pipeline.add(router, net::Method::Post, {path("/delayed_events/{id}/{action}")},
               {.access = Access::Public, .limit = "delayed_event"},
               [&](Call& call) { return manage(services, call.parameter(0), call.parameter(1)); });
  pipeline.add(router, net::Method::Get, {path("/delayed_events")}, own,
               [&](Call& call) { return get_delayed_events(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, {path("/delayed_events/{id}")}, own,
               [&](Call& call) { return get_delayed_event(call, pipeline, services); });
}

}  // namespace kuramori::api::client
