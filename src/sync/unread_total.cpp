#include "sync/unread_total.hpp"

#include "sync/context.hpp"

namespace kuramori::sync {

runtime::Task<Result<UnreadCounts>> UnreadTotals::of(const gate::Permit& permit, UserId user) {
  permit.require(gate::Operation::PushDeliver);
  UserFeedPtr feed = ports_.hub.cached_user(user);
  if (!feed) {
    auto loaded = co_await ports_.hub.user(user);
    if (!loaded) co_return std::move(loaded).error();
    feed = *std::move(loaded);
  }
  SyncRequest request;
  identity::Session reader;
  reader.user = user;
  request.session = std::make_shared<const identity::Session>(std::move(reader));
  request.filter = std::make_shared<const matrix::Filter>();
  Hub::View view = ports_.hub.view(*feed);
  detail::Context context{
      .ports = ports_,
      .lazy_members = lazy_members_,
      .permit = permit,
      .request = request,
      .feed = *feed,
      .since = {},
      .up_to = view.position,
      .reader = {request.session->user, request.session->device, ports_.clock.now_ms(), *request.filter},
      .room_account_data = {}};
  if (ports_.choices != nullptr) {
    auto ignored = co_await ports_.choices->ignored_by(user);
    if (!ignored) co_return std::move(ignored).error();
    context.ignored = *std::move(ignored);
  }
  UnreadCounts total;
  for (const UserRoomEntry& entry : view.rooms) {
    if (!entry.is_joined()) continue;
    auto loaded = co_await ports_.hub.load(entry.feed);
    if (!loaded) co_return std::move(loaded).error();
    auto counted = co_await detail::count_unread(context, entry.feed, entry.unread);
    if (!counted) co_return std::move(counted).error();
    const UnreadCounts room = entry.unread->summary().total;
    total.notifications += room.notifications;
    total.highlights += room.highlights;
  }
  co_return total;
}

}  // namespace kuramori::sync
