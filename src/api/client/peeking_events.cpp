// GET /events: the stream as it was before /sync, for rooms that one looks into without being in them
// (client-server API, module room_previews) and for old clients.
#include "api/client/paths.hpp"
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"
#include "base/text.hpp"
#include "runtime/sleep.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr std::size_t kPeekedEventsMax = 100;
constexpr Milliseconds kTimeoutMax{60'000};
constexpr Milliseconds kBetweenLooks{250};

struct Question {
  std::optional<RoomId> room;  // nothing: all that the caller is in
  StreamPosition from;
  Milliseconds timeout{0};
};

Result<Question> read_question(const Call& call, StreamPosition now) {
  Question question;
  if (const auto room = call.request.query_value("room_id")) question.room = RoomId(*room);
  KURAMORI_TRY(from, read_token(call.request, "from"));
  question.from = from.value_or(now);
  if (const auto given = call.request.query_value("timeout")) {
    const auto number = text::to_integer(*given);
    if (!number || *number < 0) return invalid_argument("'timeout' must be a number of milliseconds.");
    question.timeout = std::min(Milliseconds(*number), kTimeoutMax);
  }
  return question;
}

struct Look {
  std::vector<rooms::PersonalEvent> events;
  StreamPosition end;
};

// What is visible in (from, now], oldest first; when there is more than a page, up to where the page ends.
Task<Result<Look>> look(const gate::Permit& permit, RoomsServices& services, const Question& question) {
  Look found{.events = {}, .end = std::max(services.rooms.last_position(), question.from)};
  std::vector<RoomId> watched;
  if (question.room) {
    watched.push_back(*question.room);
  } else {
    KURAMORI_CO_TRY(joined, co_await services.rooms.joined_rooms(permit));
    watched = std::move(joined);
  }
  std::vector<rooms::PersonalEvent> all;
  for (const RoomId& room : watched) {
    rooms::TimelineQuery query{.room = room,
                               .after = question.from,
                               .up_to = found.end,
                               .direction = storage::Direction::Forward,
                               .limit = kPeekedEventsMax,
                               .filter = std::nullopt};
    auto reading = services.rooms.timeline(permit, std::move(query));
    KURAMORI_CO_TRY(timeline, co_await std::move(reading));
    if (!timeline.complete) found.end = std::min(found.end, timeline.reached);
    auto rendering = personal_events(services.rooms, permit, std::move(timeline.events));
    KURAMORI_CO_TRY(events, co_await std::move(rendering));
    std::ranges::move(events, std::back_inserter(all));
  }
  std::ranges::sort(all, {}, [](const rooms::PersonalEvent& event) { return event.event->position; });
  for (rooms::PersonalEvent& event : all) {
    if (event.event->position <= found.end) found.events.push_back(std::move(event));
  }
  co_return found;
}

Task<Response> get_events(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const auto question = read_question(call, services.rooms.last_position());
  if (!question) co_return failed(question.error());
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomRead,
                                          resource_in(question->room.value_or(RoomId())));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const SteadyTime deadline = pipeline.clock().steady_now() + question->timeout;
  for (;;) {
    auto looking = look(*admitted.permit, services, *question);
    const auto found = co_await std::move(looking);
    if (!found) co_return failed(found.error());
    bool is_over = !found->events.empty() || pipeline.clock().steady_now() >= deadline;
    if (!is_over) {
      const bool goes_on = co_await runtime::sleep_for(kBetweenLooks, call.request.disconnected);
      is_over = !goes_on;
    }
    if (!is_over) continue;
    std::string out = "{\"start\":\"" + pagination_token(question->from) + "\",\"end\":\"";
    out += pagination_token(found->end) + "\",\"chunk\":" + event_array(found->events, *call.session) + "}";
    co_return ok_text(std::move(out));
  }
}

}  // namespace

void add_peeking_events_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  pipeline.add(router, net::Method::Get, v3_paths("/events"),
               {.access = Access::User, .limit = "sync", .may_park = true},
               [&](Call& call) { return get_events(call, pipeline, services); });
}

}  // namespace kuramori::api::client
