#include "sync/sliding_connection.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kuramori::sync {
namespace {

constexpr std::size_t kNonceLength = 12;

}  // namespace

Error unknown_position() {
  return {ErrorCode::InvalidArgument, "M_UNKNOWN_POS",
          "This connection is not known (any more); begin it anew, without 'pos'."};
}

std::string SlidingConnection::position_text(std::uint64_t number) const {
  return nonce + "." + std::to_string(number);
}

bool SlidingConnection::accept(std::uint64_t number) {
  if (pending && number == pending->number) {
    acknowledged.number = number;
    acknowledged.up_to = pending->up_to;
    acknowledged.fingerprint = pending->fingerprint;
    acknowledged.account_data = pending->account_data;
    for (auto& [room, sent] : pending->rooms) acknowledged.rooms.insert_or_assign(room, std::move(sent));
    for (const RoomFeedPtr& room : pending->gone) acknowledged.rooms.erase(room);
    pending.reset();
    return true;
  }
  if (number != acknowledged.number) return false;
  pending.reset();
  return true;
}

RequiredStatePtr SlidingConnection::intern(RequiredStatePtr state) {
  const auto known = std::ranges::find(required, state->fingerprint(), &RequiredState::fingerprint);
  if (known != required.end()) return *known;
  std::erase_if(required, [](const RequiredStatePtr& old) { return old.use_count() == 1; });
  required.push_back(state);
  return state;
}

SlidingConnections::Slots::iterator* SlidingConnections::find_slot(const SessionId& session,
                                                                   const std::string& name) {
  const auto of_session = by_session_.find(session);
  if (of_session == by_session_.end()) return nullptr;
  for (Slots::iterator& slot : of_session->second) {
    if (slot->connection->name == name) return &slot;
  }
  return nullptr;
}

void SlidingConnections::drop(Slots::iterator slot) {
  const auto of_session = by_session_.find(slot->connection->session);
  std::erase(of_session->second, slot);
  if (of_session->second.empty()) by_session_.erase(of_session);
  rooms_ -= slot->rooms;
  slots_.erase(slot);
}

void SlidingConnections::shrink() {
  while (slots_.size() > 1 && (slots_.size() > limits_.connections_max || rooms_ > limits_.rooms_max))
    drop(std::prev(slots_.end()));
}

SlidingConnectionPtr SlidingConnections::open(const SessionId& session, const std::string& name) {
  auto connection = std::make_shared<SlidingConnection>(session, name, random_.alphanumeric(kNonceLength));
  const std::scoped_lock lock(mutex_);
  if (const Slots::iterator* old = find_slot(session, name)) drop(*old);
  const auto of_session = by_session_.find(session);
  if (of_session != by_session_.end() && of_session->second.size() >= limits_.per_session_max) {
    // The list is in the order of use: of the session's own, the one that comes last in it.
    const auto oldest = std::find_if(slots_.rbegin(), slots_.rend(),
                                     [&](const Slot& slot) { return slot.connection->session == session; });
    drop(std::prev(oldest.base()));
  }
  slots_.push_front({.connection = connection});
  by_session_[session].push_back(slots_.begin());
  shrink();
  return connection;
}

Result<SlidingConnections::Position> SlidingConnections::find(const SessionId& session,
                                                              const std::string& name,
                                                              std::string_view position) {
  const std::size_t dot = std::min(position.find('.'), position.size());
  const auto number = dot == position.size() ? std::nullopt : text::to_integer(position.substr(dot + 1));
  if (!number || *number < 0) return unknown_position();
  const std::scoped_lock lock(mutex_);
  const Slots::iterator* slot = find_slot(session, name);
  if (slot == nullptr || (*slot)->connection->nonce != position.substr(0, dot)) return unknown_position();
  slots_.splice(slots_.begin(), slots_, *slot);
  return Position{.connection = (*slot)->connection, .number = static_cast<std::uint64_t>(*number)};
}

void SlidingConnections::note_rooms(const SlidingConnection& connection, std::size_t rooms) {
  const std::scoped_lock lock(mutex_);
  const Slots::iterator* slot = find_slot(connection.session, connection.name);
  if (slot == nullptr || (*slot)->connection.get() != &connection) return;
  rooms_ += rooms;
  rooms_ -= (*slot)->rooms;
  (*slot)->rooms = rooms;
  shrink();
}

std::size_t SlidingConnections::size() const {
  const std::scoped_lock lock(mutex_);
  return slots_.size();
}

}  // namespace kuramori::sync
