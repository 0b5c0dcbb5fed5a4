#include "sync/sliding_engine.hpp"

#include <algorithm>

#include "sync/sliding_look.hpp"

namespace kuramori::sync {
namespace {

using runtime::Task;

Error session_ended() {
  return {ErrorCode::Unauthenticated, "M_UNKNOWN_TOKEN", "This session has ended."};
}

// Ends the wait when the client has gone.
struct WakeOnDisconnect {
  runtime::Wakeup* wakeup;
  void operator()() const { wakeup->notify(); }
};

class Parked {
 public:
  explicit Parked(SlidingConnection& connection) : connection_(connection) { ++connection_.parked; }
  ~Parked() { --connection_.parked; }
  Parked(const Parked&) = delete;
  Parked& operator=(const Parked&) = delete;

 private:
  SlidingConnection& connection_;
};

// The client has asked again meanwhile: nothing is told here that the other answer would not tell.
SyncAnswer superseded(const SlidingConnection& connection, std::uint64_t number, StreamPosition since) {
  SyncAnswer answer{.body = {}, .from = since, .to = since};
  answer.body.append("{\"pos\":");
  json::append_string(answer.body, connection.position_text(number));
  answer.body.append(",\"lists\":{},\"rooms\":{},\"extensions\":{}}");
  return answer;
}

}  // namespace

Task<Result<void>> SlidingEngine::begin(Watch& watch, const SlidingRequest& request) {
  auto entered = co_await watch.connection->lane.enter();
  if (!entered) co_return std::move(entered).error();
  SlidingConnection& connection = *watch.connection;
  if (request.position && !connection.accept(watch.number)) co_return unknown_position();
  watch.turn = ++connection.turn;
  watch.since = connection.acknowledged.up_to;
  watch.looks_anew = !request.position || connection.acknowledged.fingerprint != request.fingerprint;
  // The rest of sticky events that were too many for one answer.
  const SlidingExtensions::Sticky& sticky = request.extensions.sticky;
  if (sticky.enabled() && sticky.since < watch.since) watch.looks_anew = true;
  connections_.note_rooms(connection, connection.acknowledged.rooms.size());
  if (connection.parked > 0) watch.feed->wake();
  co_return Result<void>();
}

// One look at the stream. Its memory is gone before anybody waits.
Task<Result<SyncAnswer>> SlidingEngine::look(const gate::Permit& permit, const SlidingRequest& request,
                                             Watch& watch, Last last) {
  auto entered = co_await watch.connection->lane.enter();
  if (!entered) co_return std::move(entered).error();
  SlidingConnection& connection = *watch.connection;
  if (connection.turn != watch.turn) co_return superseded(connection, watch.number, watch.since);

  rooms::IgnoredUsers ignored;
  if (ports_.choices != nullptr) {
    auto read = co_await ports_.choices->ignored_by(request.session->user);
    if (!read) co_return std::move(read).error();
    ignored = *std::move(read);
  }
  detail::SlidingLook look(ports_, lazy_members_, permit, request, connection, *watch.feed, watch.since,
                           std::move(ignored));
  auto done = co_await look.run(watch.looks_anew);
  if (!done) co_return std::move(done).error();
  SyncAnswer answer = look.finish();
  watch.since = answer.to;
  watch.looks_anew = false;
  if (answer.has_content || last == Last::Yes) connection.pending = look.take_delta();
  co_return answer;
}

Task<Result<SyncAnswer>> SlidingEngine::sync(const gate::Permit& permit, SlidingRequest request) {
  permit.require(gate::Operation::Sync);
  const UserId& user = request.session->user;
  Watch watch;
  if (request.position) {
    auto found = connections_.find(request.session->id, request.connection, *request.position);
    if (!found) co_return std::move(found).error();
    watch.connection = std::move(found->connection);
    watch.number = found->number;
  } else {
    watch.connection = connections_.open(request.session->id, request.connection);
  }
  watch.feed = ports_.hub.cached_user(user);
  if (!watch.feed) {
    auto loaded = co_await ports_.hub.user(user);
    if (!loaded) co_return std::move(loaded).error();
    watch.feed = *std::move(loaded);
  }
  auto begun = co_await begin(watch, request);
  if (!begun) co_return std::move(begun).error();

  const bool at_once = !request.position || request.timeout.count() <= 0;
  const Milliseconds timeout = at_once ? Milliseconds(0) : std::min(request.timeout, Engine::kTimeoutMax);
  ports_.presence.touch({user, request.session->device}, request.set_presence, timeout);
  if (at_once) {
    auto answer = co_await look(permit, request, watch, Last::Yes);
    co_return answer;
  }
  auto answer = co_await wait(permit, request, watch, ports_.clock.steady_now() + timeout);
  ports_.presence.touch({user, request.session->device}, request.set_presence, Milliseconds(0));
  co_return answer;
}

Task<Result<SyncAnswer>> SlidingEngine::wait(const gate::Permit& permit, const SlidingRequest& request,
                                             Watch& watch, SteadyTime deadline) {
  // Registered before the first look, so that nothing falls between a look and the wait.
  UserFeed::Waiter waiter(watch.feed);
  const Parked parked(*watch.connection);
  const std::stop_callback on_disconnect(request.disconnected, WakeOnDisconnect{&waiter.wakeup});
  for (;;) {
    if (!ports_.sessions.is_live(request.session->id)) co_return session_ended();
    const bool over = ports_.hub.is_draining() || request.disconnected.stop_requested() ||
                      ports_.clock.steady_now() >= deadline || watch.connection->turn != watch.turn;
    auto answer = co_await look(permit, request, watch, over ? Last::Yes : Last::No);
    if (!answer || answer->has_content || over) co_return answer;
    co_await waiter.wakeup.wait_until(deadline);
  }
}

}  // namespace kuramori::sync
