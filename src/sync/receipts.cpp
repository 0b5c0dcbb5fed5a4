#include "sync/receipts.hpp"

#include <map>
#include <mutex>
#include <set>
#include <tuple>
#include <unordered_map>

#include "identity/user_lanes.hpp"
#include "sync/tables.hpp"
#include "sync/threads.hpp"

namespace kuramori::sync {

using runtime::Task;

namespace {

namespace column {
enum : std::size_t { Room, User, Type, Thread, Event, EventPosition, Time, Position };
}

constexpr std::size_t kRoomsMax = 20'000;
constexpr std::string_view kPrivate = "m.read.private";

using ReceiptKey = std::tuple<std::string, std::string, std::string>;  // user, type, thread
ReceiptKey key_of(const Receipt& r) {
  return {r.user.str(), r.type, r.thread};
}

// The receipts of one room. Registered before storage is read, so that nothing committed meanwhile is missed.
struct RoomReceipts {
  bool loaded = false;
  std::map<ReceiptKey, Receipt> by_key;
  std::map<StreamPosition, const Receipt*> by_position;

  void take(const Receipt& receipt) {
    Receipt& known = by_key[key_of(receipt)];
    if (known.position >= receipt.position) return;
    by_position.erase(known.position);
    known = receipt;
    by_position[known.position] = &known;
  }
};
using RoomReceiptsPtr = std::shared_ptr<RoomReceipts>;

Receipt from_row(const storage::Row& row) {
  return {.user = UserId(storage::text(row[column::User])),
          .type = storage::text(row[column::Type]),
          .event = EventId(storage::text(row[column::Event])),
          .thread = storage::text(row[column::Thread]),
          .ts = storage::integer(row[column::Time]),
          .position = {storage::integer(row[column::Position])},
          .event_position = {storage::integer(row[column::EventPosition])}};
}

}  // namespace

struct Receipts::State {
  storage::Reader& reader;
  gate::Gate& gate;
  rooms::RoomReader& rooms;
  const Clock& clock;
  std::mutex mutex;  // guards what the pointers lead to, too
  std::unordered_map<RoomId, RoomReceiptsPtr> by_room;
  identity::UserLanes lanes{};  // a receipt is compared with the one before it

  RoomReceiptsPtr find_or_add(const RoomId& room);
  Task<Result<RoomReceiptsPtr>> load(RoomId room);
  Task<Result<void>> check_thread(RoomId room, StreamPosition event, std::string thread);
};

RoomReceiptsPtr Receipts::State::find_or_add(const RoomId& room) {
  const std::scoped_lock lock(mutex);
  // Whoever loads or reads a room holds its pointer: such a room stays.
  for (auto it = by_room.begin(); by_room.size() >= kRoomsMax && it != by_room.end();) {
    it = it->second.use_count() == 1 && it->first != room ? by_room.erase(it) : std::next(it);
  }
  RoomReceiptsPtr& slot = by_room[room];
  if (!slot) slot = std::make_shared<RoomReceipts>();
  return slot;
}

Task<Result<RoomReceiptsPtr>> Receipts::State::load(RoomId room) {
  RoomReceiptsPtr receipts = find_or_add(room);
  {
    const std::scoped_lock lock(mutex);
    if (receipts->loaded) co_return receipts;
  }
  storage::Scan scan{
      .table = &kReceipts, .prefix = {room.str()}, .from = {}, .below = {}, .limit = 10'000'000};
  auto query = [scan = std::move(scan)](storage::Snapshot& s) { return s.scan(scan); };
  auto rows = co_await reader.read(std::move(query));
  if (!rows) co_return std::move(rows).error();
  const std::scoped_lock lock(mutex);
  for (const storage::Row& row : *rows) receipts->take(from_row(row));
  receipts->loaded = true;
  co_return receipts;
}

// A receipt of a thread points at an event of that thread, or at its root (module receipts, "Threaded read
// receipts").
Task<Result<void>> Receipts::State::check_thread(RoomId room, StreamPosition position, std::string thread) {
  auto event = co_await event_at(rooms, room, position);
  if (!event) co_return std::move(event).error();
  if (*event && (*event)->event->id().view() == thread) co_return Result<void>();
  auto actual = co_await thread_root(rooms, room, *event);
  if (!actual) co_return std::move(actual).error();
  const bool is_main = actual->empty();
  if (thread == "main" ? is_main : *actual == thread) co_return Result<void>();
  co_return invalid_argument("The event does not belong to the thread that 'thread_id' names.");
}

Receipts::Receipts(storage::Reader& reader, gate::Gate& gate, rooms::RoomReader& rooms, const Clock& clock)
    : state_(new State{reader, gate, rooms, clock, {}, {}}) {}
Receipts::~Receipts() = default;

Task<Result<StreamPosition>> Receipts::check(UserId user, RoomId room, EventId event) {
  auto room_state = co_await state_->rooms.current_state(room);
  const bool is_joined = room_state && (*room_state)->membership(user) == matrix::Membership::Join;
  if (!room_state && room_state.error().code() != ErrorCode::NotFound)
    co_return std::move(room_state).error();
  if (!is_joined) co_return forbidden("You are not in this room.");
  auto position = co_await state_->rooms.position_of(room, event);
  if (!position && position.error().code() == ErrorCode::NotFound)
    co_return invalid_argument("There is no such event in this room.");
  co_return position;
}

Task<Result<void>> Receipts::set(gate::Permit permit, UserId user, RoomId room, std::string type,
                                 EventId event, std::string thread) {
  permit.require_any({gate::Operation::RoomReceipt, gate::Operation::RoomReadMarker});
  auto event_position = co_await check(user, room, event);
  if (!event_position) co_return std::move(event_position).error();
  if (!thread.empty()) {
    auto checked = co_await state_->check_thread(room, *event_position, thread);
    if (!checked) co_return std::move(checked).error();
  }
  auto lane = co_await state_->lanes.of(user).enter();
  if (!lane) co_return std::move(lane).error();
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
  {
    // A receipt never moves back, whatever order a client's requests arrive in.
    const std::scoped_lock lock(state_->mutex);
    const auto earlier = (*loaded)->by_key.find(key_of(change->receipt));
    if (earlier != (*loaded)->by_key.end() && earlier->second.event_position >= *event_position)
      co_return Result<void>();
  }
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
  auto loaded = co_await state_->load(std::move(room));
  if (!loaded) co_return std::move(loaded).error();
  std::vector<Receipt> receipts;
  const std::scoped_lock lock(state_->mutex);
  const auto& by_position = (*loaded)->by_position;
  for (auto it = by_position.upper_bound(after); it != by_position.end() && it->first <= up_to; ++it) {
    if (it->second->type != kPrivate || it->second->user == reader) receipts.push_back(*it->second);
  }
  co_return receipts;
}

Task<Result<std::vector<Receipt>>> Receipts::of_user(UserId user, RoomId room) {
  auto loaded = co_await state_->load(std::move(room));
  if (!loaded) co_return std::move(loaded).error();
  std::vector<Receipt> receipts;
  const std::scoped_lock lock(state_->mutex);
  const auto& by_key = (*loaded)->by_key;
  for (auto it = by_key.lower_bound({user.str(), "", ""}); it != by_key.end(); ++it) {
    if (std::get<0>(it->first) != user.view()) break;
    receipts.push_back(it->second);
  }
  co_return receipts;
}

Task<Result<bool>> Receipts::covers(UserId user, RoomId room, StreamPosition position) {
  auto receipts = co_await of_user(std::move(user), room);
  if (!receipts) co_return std::move(receipts).error();
  std::set<std::string> threads;  // that are read up to there or beyond
  for (const Receipt& receipt : *receipts) {
    if (receipt.event_position < position) continue;
    if (receipt.thread.empty()) co_return true;
    threads.insert(receipt.thread);
  }
  if (threads.empty()) co_return false;
  auto event = co_await event_at(state_->rooms, room, position);
  if (!event) co_return std::move(event).error();
  if (*event == nullptr) co_return false;
  auto root = co_await thread_root(state_->rooms, room, *std::move(event));
  if (!root) co_return std::move(root).error();
  co_return threads.contains(root->empty() ? "main" : *root);
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
    room->second->take(receipt);
  }
}

}  // namespace kuramori::sync
