#include "sync/sliding_look.hpp"

#include <algorithm>

namespace kuramori::sync::detail {

using runtime::Task;

SlidingLook::SlidingLook(Engine::Ports& ports, LazyMembers& lazy_members, const gate::Permit& permit,
                         const SlidingRequest& request, SlidingConnection& connection, UserFeed& feed,
                         StreamPosition since, rooms::IgnoredUsers ignored)
    : request_(request),
      connection_(connection),
      since_(since),
      shared_request_{.session = request.session,
                      .since = connection.acknowledged.up_to,
                      .to_device_since = std::nullopt,
                      .filter = std::make_shared<const matrix::Filter>(),
                      .use_state_after = true,
                      .disconnected = request.disconnected},
      context_{.ports = ports,
               .lazy_members = lazy_members,
               .permit = permit,
               .request = shared_request_,
               .feed = feed,
               .since = connection.acknowledged.up_to,
               .up_to = std::max(ports.hub.position(), since),
               .reader = {request.session->user, request.session->device, ports.clock.now_ms(),
                          *shared_request_.filter},
               .room_account_data = {},
               .ignored = std::move(ignored)},
      told_from_(connection.acknowledged.up_to) {
  // The reader keeps a reference to this one; others take its place in the request.
  filters_.emplace(Engine::kTimelineLimitMax + 1, shared_request_.filter);
  for (const auto& [name, list] : request.lists) {
    list_names_.push_back(&name);
    lists_.push_back(&list);
  }
}

const RoomSent* SlidingLook::sent(const RoomFeedPtr& feed) const {
  const auto found = told().rooms.find(feed);
  return found == told().rooms.end() ? nullptr : &found->second;
}

RoomSent& SlidingLook::next(const RoomFeedPtr& feed) {
  const auto [slot, is_new] = delta_.rooms.try_emplace(feed);
  if (is_new) {
    if (const RoomSent* before = sent(feed)) slot->second = *before;
  }
  return slot->second;
}

StreamPosition SlidingLook::bump_of(const UserRoomEntry& entry) const {
  return entry.is_joined() ? entry.feed->last_bump() : entry.position;
}

Task<Result<void>> SlidingLook::run(bool looks_anew) {
  const bool asks_for_rooms = !request_.lists.empty() || !request_.subscriptions.empty();
  if (asks_for_rooms && !looks_anew) {
    const Hub::View changes = context_.ports.hub.view_of_changes(context_.feed, since_);
    context_.up_to = std::max(changes.position, since_);
    looks_anew = !changes.rooms.empty() || context_.feed.account_data_position() > since_;
  }
  if (asks_for_rooms && looks_anew) {
    Hub::Everything view = context_.ports.hub.view_of_all(context_.feed);
    context_.up_to = std::max(view.position, since_);
    entries_ = std::move(view.rooms);
    auto found = co_await find_rooms();
    if (!found) co_return std::move(found).error();
    for (const Shown& room : shown_) {
      auto done = co_await tell(room);
      if (!done) co_return std::move(done).error();
    }
    for (const UserRoomPtr& entry : entries_) {
      const bool is_gone =
          entry->membership == matrix::Membership::Leave || entry->membership == matrix::Membership::Ban;
      const RoomSent* before = is_gone ? sent(entry->feed) : nullptr;
      if (before == nullptr) continue;
      auto done = co_await tell_left(*entry, *before);
      if (!done) co_return std::move(done).error();
    }
    auto receipts = co_await tell_receipts();
    if (!receipts) co_return std::move(receipts).error();
    tell_typing();
  }
  auto sticky = co_await tell_sticky();
  if (!sticky) co_return std::move(sticky).error();
  auto account_data = co_await tell_account_data();
  if (!account_data) co_return std::move(account_data).error();
  auto device = co_await tell_device();
  if (!device) co_return std::move(device).error();
  co_return Result<void>();
}

SyncAnswer SlidingLook::finish() {
  delta_.number = ++connection_.last_number;
  delta_.up_to = context_.up_to;
  delta_.fingerprint = request_.fingerprint;
  has_content_ = has_content_ || !rooms_text_.empty();

  SyncAnswer answer{.body = {}, .from = told_from_, .to = context_.up_to, .has_content = has_content_};
  std::string& out = answer.body;
  out.reserve(128 + lists_text_.size() + rooms_text_.size() + extensions_text_.size());
  out.append("{\"pos\":");
  json::append_string(out, connection_.position_text(delta_.number));
  if (request_.transaction) {
    out.append(",\"txn_id\":");
    json::append_string(out, *request_.transaction);
  }
  // Where nobody looked at the rooms their number is as it was.
  if (!looked_at_rooms_) {
    for (const auto& [name, count] : connection_.counts) {
      if (!request_.lists.contains(name)) continue;
      separate(lists_text_);
      json::append_string(lists_text_, name);
      lists_text_.append(":{\"count\":").append(std::to_string(count)).append("}");
    }
  }
  out.append(",\"lists\":{").append(lists_text_);
  out.append("},\"rooms\":{").append(rooms_text_);
  out.append("},\"extensions\":{").append(extensions_text_).append("}}");
  return answer;
}

}  // namespace kuramori::sync::detail
