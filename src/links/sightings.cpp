#include "links/sightings.hpp"

#include <algorithm>
#include <unordered_map>

#include "links/rows.hpp"
#include "links/tables.hpp"
#include "rooms/tables.hpp"

namespace kuramori::links {
namespace {

const std::string kSightingsName = "sightings";
constexpr std::int64_t kWorthNoting = 1'000;  // positions
constexpr std::size_t kBatchOctetsMax = 8UL << 20U;

// What people read and can follow. Encrypted events show the server nothing.
bool may_hold_links(std::string_view type, bool is_state) {
  if (is_state) return type == "m.room.topic";
  return type != "m.room.encrypted" && type != "m.room.redaction" && type != "m.reaction";
}

Result<std::int64_t> read_position(storage::Snapshot& snapshot) {
  KURAMORI_TRY(row, snapshot.get(kProgress, {kSightingsName}));
  return row ? storage::integer((*row)[1]) : std::int64_t{0};
}

}  // namespace

Result<rooms::RoomSecrets> secrets_of(storage::Snapshot& snapshot, storage::KeyRing& keys,
                                      const RoomId& room) {
  KURAMORI_TRY(row, snapshot.get(rooms::kRooms, {room.str()}));
  if (!row) return not_found("There is no such room.");
  const std::size_t version_column = rooms::kRooms.column("version");
  const matrix::RoomVersion* version = matrix::find_room_version(storage::text((*row)[version_column]));
  if (version == nullptr) return corrupt("a room has an unknown version");
  KURAMORI_TRY(key, keys.get_in(snapshot, crypto::KeyScope::Room, room.view()));
  return rooms::RoomSecrets{.version = version, .key = key};
}

void Sightings::look_at(const json::Object& content, StreamPosition position, Batch& batch) const {
  for (const link_risk::Link& link : ports_.clicks.links_in(content)) {
    for (const std::int64_t hash : ports_.clicks.hashes_of(link.host))
      batch.seen.emplace_back(hash, position.value);
  }
}

// From memory, when all that is wanted is there.
std::optional<Sightings::Batch> Sightings::recent_batch() const {
  if (ports_.recent == nullptr || looked_up_to_ == 0) return std::nullopt;
  Batch batch{.reached = std::max(looked_up_to_, ports_.recent->newest().value)};
  const auto events = ports_.recent->between({looked_up_to_}, {batch.reached}, kBatchEvents);
  if (!events) return std::nullopt;
  batch.has_more = events->size() == kBatchEvents;
  if (batch.has_more) batch.reached = events->back()->event->position.value;
  for (const auto& committed : *events) {
    const matrix::Event& event = *committed->event->event;
    if (may_hold_links(event.type(), event.is_state()))
      look_at(event.content(), committed->event->position, batch);
  }
  return batch;
}

Result<Sightings::Batch> Sightings::read_batch(storage::Snapshot& snapshot) {
  Batch batch;
  KURAMORI_TRY(stored, read_position(snapshot));
  const std::int64_t after = std::max(stored, looked_up_to_);
  KURAMORI_TRY(last, snapshot.last(storage::Sequence::Stream));
  batch.reached = std::max(after, last);
  std::vector<storage::Row> rows;
  std::size_t octets = 0;
  const storage::Scan scan{.table = &rooms::kEvents, .prefix = {}, .from = storage::Value(after + 1)};
  const std::size_t sealed_column = rooms::kEvents.column("sealed");
  KURAMORI_CHECK(snapshot.for_each(scan, [&](storage::Row&& row) {
    octets += storage::blob(row[sealed_column]).size();
    rows.push_back(std::move(row));
    batch.has_more = rows.size() >= kBatchEvents || octets >= kBatchOctetsMax;
    return !batch.has_more;
  }));
  if (batch.has_more) batch.reached = rooms::event_columns(rows.back()).position.value;
  std::unordered_map<std::string, std::optional<rooms::RoomSecrets>> rooms_seen;
  for (const storage::Row& row : rows) {
    const rooms::EventColumns columns = rooms::event_columns(row);
    if (!may_hold_links(columns.type, columns.state_key.has_value())) continue;
    const auto [place, is_new] = rooms_seen.try_emplace(std::string(columns.room));
    if (is_new) {
      auto secrets = secrets_of(snapshot, ports_.keys, RoomId(columns.room));
      // A destroyed key took the room's content with it.
      if (!secrets && secrets.error().code() != ErrorCode::NotFound) return std::move(secrets).error();
      if (secrets) place->second = *std::move(secrets);
    }
    if (!place->second) continue;
    const auto event = rooms::open_event(row, place->second->key, *place->second->version);
    // One damaged event must not keep the others from being seen.
    if (!event) {
      ports_.log.error("link_event_skipped", {{"error", event.error().to_log()}});
      continue;
    }
    look_at(event->event->content(), columns.position, batch);
  }
  return batch;
}

Result<Sightings::Batch> Sightings::next_batch() {
  if (auto recent = recent_batch()) return *std::move(recent);
  auto query = [this](storage::Snapshot& snapshot) { return read_batch(snapshot); };
  return ports_.store.read_blocking(std::move(query));
}

Result<bool> Sightings::step() {
  KURAMORI_TRY(batch, next_batch());
  std::ranges::sort(batch.seen);
  const auto repeated = std::ranges::unique(batch.seen);
  batch.seen.erase(repeated.begin(), repeated.end());
  if (batch.reached <= looked_up_to_) return false;
  storage::UnitOfWork work;
  for (const auto& [hash, position] : batch.seen) work.upsert(kSightings, {hash, position});
  work.upsert(kProgress, {kSightingsName, batch.reached});
  // What says nothing new is not worth a transaction: it is read again after a restart.
  looked_up_to_ = batch.reached;
  if (batch.seen.empty() && batch.reached - noted_ < kWorthNoting) return batch.has_more;
  const auto receipt = write_and_wait(ports_.store, ports_.clock, std::move(work));
  if (!receipt) {
    looked_up_to_ = noted_;
    return receipt.error();
  }
  noted_ = batch.reached;
  return batch.has_more;
}

Result<StreamPosition> Sightings::position() {
  KURAMORI_TRY(position, ports_.store.read_blocking(read_position));
  return StreamPosition{position};
}

}  // namespace kuramori::links
