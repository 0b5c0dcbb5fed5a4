#include "sync/engine.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "sync/context.hpp"

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

}  // namespace

Result<SyncToken> parse_sync_token(std::string_view token) {
  const std::size_t end = std::min(token.find('_'), token.size());
  const auto number = token.starts_with('s') ? text::to_integer(token.substr(1, end - 1)) : std::nullopt;
  const auto to_device = end == token.size() ? number : text::to_integer(token.substr(end + 1));
  if (!number || !to_device || *to_device < 0 || *to_device > *number)
    return invalid_argument("This is not a token that this server gave out.");
  return SyncToken{{*number}, {*to_device}};
}

Result<StreamPosition> parse_token(std::string_view token) {
  KURAMORI_TRY(parsed, parse_sync_token(token));
  return parsed.position;
}

std::string render_token(SyncToken token) {
  std::string text = render_token(token.position);
  if (token.to_device < token.position) text += "_" + std::to_string(token.to_device.value);
  return text;
}

// One look at the stream. Its memory is gone before anybody waits.
Task<Result<SyncAnswer>> Engine::look(const gate::Permit& permit, const SyncRequest& request,
                                      UserFeed& feed) {
  const StreamPosition since = request.since.value_or(StreamPosition{0});
  Hub::View view = since.value == 0 || request.full_state ? ports_.hub.view(feed)
                                                          : ports_.hub.view_of_changes(feed, since);
  detail::Context context{
      .ports = ports_,
      .lazy_members = lazy_members_,
      .permit = permit,
      .request = request,
      .feed = feed,
      .since = since,
      .up_to = std::max(view.position, since),
      .reader = {request.session->user, request.session->device, ports_.clock.now_ms(), *request.filter},
      .room_account_data = {}};
  if (ports_.choices != nullptr) {
    auto ignored = co_await ports_.choices->ignored_by(request.session->user);
    if (!ignored) co_return std::move(ignored).error();
    context.ignored = *std::move(ignored);
  }
  auto answer = co_await detail::build(context, std::move(view.rooms));
  co_return answer;
}

Task<Result<SyncAnswer>> Engine::sync(const gate::Permit& permit, SyncRequest request) {
  permit.require(gate::Operation::Sync);
  const UserId& user = request.session->user;
  if (request.since && *request.since > ports_.hub.position()) {
    co_return invalid_argument("The token lies in the future of this server; start with an initial sync.");
  }
  UserFeedPtr feed = ports_.hub.cached_user(user);
  if (!feed) {
    auto loaded = co_await ports_.hub.user(user);
    if (!loaded) co_return std::move(loaded).error();
    feed = *std::move(loaded);
  }
  const bool at_once =
      !request.since || request.since->value == 0 || request.full_state || request.timeout.count() <= 0;
  const Milliseconds timeout = at_once ? Milliseconds(0) : std::min(request.timeout, kTimeoutMax);
  ports_.presence.touch({user, request.session->device}, request.set_presence, timeout);
  // What the client has not shown to have stays, however often this request looks.
  if (!request.to_device_since) request.to_device_since = request.since;
  if (at_once) {
    auto answer = co_await look(permit, request, *feed);
    co_return answer;
  }
  auto answer = co_await wait(permit, request, std::move(feed), ports_.clock.steady_now() + timeout);
  ports_.presence.touch({user, request.session->device}, request.set_presence, Milliseconds(0));
  co_return answer;
}

Task<Result<SyncAnswer>> Engine::wait(const gate::Permit& permit, SyncRequest& request, UserFeedPtr feed,
                                      SteadyTime deadline) {
  // Registered before the first look, so that nothing falls between a look and the wait.
  UserFeed::Waiter waiter(feed);
  const std::stop_callback on_disconnect(request.disconnected, WakeOnDisconnect{&waiter.wakeup});
  for (;;) {
    if (!ports_.sessions.is_live(request.session->id)) co_return session_ended();
    const bool over = ports_.hub.is_draining() || request.disconnected.stop_requested() ||
                      ports_.clock.steady_now() >= deadline;
    {
      auto answer = co_await look(permit, request, *feed);
      if (!answer || answer->has_content || over) co_return answer;
      // Nothing to see up to here: the next look starts from it. The empty answer goes before the wait.
      request.since = answer->to;
    }
    co_await waiter.wakeup.wait_until(deadline);
  }
}

}  // namespace kuramori::sync
