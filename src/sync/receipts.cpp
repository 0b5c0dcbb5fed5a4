#include "sync/receipts.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>
#include <unordered_map>

#include "sync/tables.hpp"

namespace kuramori::sync {

using runtime::Task;

namespace {

namespace column {
enum : std::size_t { Room, User, Type, Thread, Event, EventPosition, Time, Position };
}

using ReceiptKey = std::tuple<std::string, std::string, std::string>;  // user, type, thread
ReceiptKey key_of(const Receipt& r) {
  return {r.user.str(), r.type, r.thread};
}

// The receipts of one room. Registered before storage is read, so that nothing committed meanwhile is missed.
struct RoomReceipts {
  bool loaded = false;
  std::map<ReceiptKey, Receipt> by_key;

  void take(const Receipt& receipt) {
    Receipt& known = by_key[key_of(receipt)];
    if (known.position <= receipt.position) known = receipt;
  }
};

Receipt from_row(const storage::Row& row) {
  return {.user = UserId(storage::text(row[column::User])),
          .type = storage::text(row[column::Type]),
          .event = EventId(storage::text(row[column::Event])),
          .thread = storage::text(row[column::Thread]),
          .ts = storage::integer(row[column::Time]),
          .position = {storage::integer(row[column::Position])},
          .event_position = {storage::integer(row[column::EventPosition])}};
}

constexpr std::size_t kRoomsMax = 20'000;

}  // namespace

struct Receipts::State {
  storage::Reader& reader;
  gate::Gate& gate;
  rooms::RoomReader& rooms;
  const Clock& clock;
  std::mutex mutex;
  std::unordered_map<RoomId, RoomReceipts> by_room;

  Task<Result<void>> load(RoomId room);
  std::optional<Receipt> known(const RoomId& room, const Receipt& like);
};

Task<Result<void>> Receipts::State::load(RoomId room) {
  {
    const std::scoped_lock lock(mutex);
    if (by_room.size() >= kRoomsMax && !by_room.contains(room)) by_room.erase(by_room.begin());
    if (by_room[room].loaded) co_return Result<void>();
  }
  storage::Scan scan{
      .table = &kReceipts, .prefix = {room.str()}, .from = {}, .below = {}, .limit = 10'000'000};
  auto query = [scan = std::move(scan)](storage::Snapshot& s) { return s.scan(scan); };
  auto rows = co_await reader.read(std::move(query));
  if (!rows) co_return std::move(rows).error();
  const std::scoped_lock lock(mutex);
  RoomReceipts& receipts = by_room[room];
  for (const storage::Row& row : *rows) receipts.take(from_row(row));
  receipts.loaded = true;
  co_return Result<void>();
}

std::optional<Receipt> Receipts::State::known(const RoomId& room, const Receipt& like) {
  const std::scoped_lock lock(mutex);
  const auto receipts = by_room.find(room);
  if (receipts == by_room.end()) return std::nullopt;
  const auto it = receipts->second.by_key.find(key_of(like));
  if (it == receipts->second.by_key.end()) return std::nullopt;
  return it->second;
}

Receipts::Receipts(storage::Reader& reader, gate::Gate& gate, rooms::RoomReader& rooms, const Clock& clock)
    : state_(new State{reader, gate, rooms, clock, {}, {}}) {}
Receipts::~Receipts() = default;

Task<Result<void>> Receipts::set(gate::Permit permit, UserId user, RoomId room, std::string type,
                                 EventId event, std::string thread) {
  permit.require_any({gate::Operation::RoomReceipt, gate::Operation::RoomReadMarker});
  auto room_state = co_await state_->rooms.current_state(room);
  if (!room_state) co_return std::move(room_state).error();
  if ((*room_state)->membership(user) != matrix::Membership::Join)
    co_return forbidden("You are not in this room.");
  auto event_position = co_await state_->rooms.position_of(room, event);
  if (!event_position) co_return invalid_argument("There is no such event in this room.");
  auto loaded = co_await state_->load(room);
  if (!loaded) co_return std::move(loaded).error();

  auto change = std::make_shared<ReceiptChanged>();
  change->room = room;
  change->receipt = {.user = user,
                     .type = type,
                     .event = event,
                     .thread = thread,
                     .ts = state_->clock.now_ms(),
                     .position = {},
                     .event_position = *event_position};
  const auto earlier = state_->known(room, change->receipt);
  // A receipt never moves back, whatever order a client's requests arrive in.
  if (earlier && earlier->event_position >= *event_position) co_return Result<void>();

  storage::UnitOfWork work;
  const storage::NextOf position = work.next(storage::Sequence::Stream);
  work.upsert(kReceipts, {room.str(), user.str(), type, thread, event.str(), event_position->value,
                          change->receipt.ts, position});
  work.publish(position, change);
  gate::Outcome outcome{.detail = event.str(), .personal = {}};
  auto receipt = co_await state_->gate.commit(std::move(permit), std::move(work), std::move(outcome));
  if (!receipt) co_return std::move(receipt).error();
  co_return Result<void>();
}

Task<Result<std::vector<Receipt>>> Receipts::changes(const gate::Permit& permit, UserId reader, RoomId room,
                                                     StreamPosition after, StreamPosition up_to) {
  permit.require_any({gate::Operation::Sync, gate::Operation::RoomRead});
  auto loaded = co_await state_->load(room);
  if (!loaded) co_return std::move(loaded).error();
  std::vector<Receipt> receipts;
  const std::scoped_lock lock(state_->mutex);
  for (const auto& [key, receipt] : state_->by_room[room].by_key) {
    const bool visible = receipt.type != "m.read.private" || receipt.user == reader;
    if (visible && receipt.position > after && receipt.position <= up_to) receipts.push_back(receipt);
  }
  co_return receipts;
}

Task<Result<std::vector<Receipt>>> Receipts::of_user(UserId user, RoomId room) {
  auto loaded = co_await state_->load(room);
  if (!loaded) co_return std::move(loaded).error();
  std::vector<Receipt> receipts;
  const std::scoped_lock lock(state_->mutex);
  const auto& by_key = state_->by_room[room].by_key;
  for (auto it = by_key.lower_bound({user.str(), "", ""}); it != by_key.end(); ++it) {
    if (std::get<0>(it->first) != user.view()) break;
    receipts.push_back(it->second);
  }
  co_return receipts;
}

void Receipts::committed(std::span<const Change> changes) {
  for (const Change& change : changes) {
    const auto* moved = dynamic_cast<const ReceiptChanged*>(change.payload.get());
    if (moved == nullptr) continue;
    const std::scoped_lock lock(state_->mutex);
    const auto room = state_->by_room.find(moved->room);
    if (room == state_->by_room.end()) continue;
    Receipt receipt = moved->receipt;
    receipt.position = change.position;
    room->second.take(receipt);
  }
}

std::string render_receipts(const std::vector<Receipt>& receipts) {
  json::Object content;
  for (const Receipt& receipt : receipts) {
    json::Value& event = content[receipt.event.view()];
    if (!event.is_object()) event.emplace_object();
    json::Value& type = event.get_object()[receipt.type];
    if (!type.is_object()) type.emplace_object();
    json::Object entry{{"ts", receipt.ts}};
    if (!receipt.thread.empty()) entry["thread_id"] = receipt.thread;
    type.get_object()[receipt.user.view()] = std::move(entry);
  }
  return json::serialize(content);
}

}  // namespace kuramori::sync
