#include "sync/account_data.hpp"

#include "identity/personal.hpp"
#include "identity/user_lanes.hpp"
#include "sync/changes.hpp"
#include "sync/tables.hpp"

namespace kuramori::sync {

using runtime::Task;

namespace {

namespace column {
enum : std::size_t { User, Room, Type, Position, Sealed };
}

// A room id and a type: NUL occurs in neither.
std::string place_key(const RoomId& room, std::string_view type) {
  return room.str() + '\0' + std::string(type);
}

Result<AccountDataItem> open_row(const storage::Row& row, const crypto::SecretKey& key) {
  AccountDataItem item{.room = RoomId(storage::text(row[column::Room])),
                       .type = storage::text(row[column::Type]),
                       .content = {},
                       .position = {storage::integer(row[column::Position])}};
  const std::string where = place_key(item.room, item.type);
  const identity::Place place{"account_data.content", storage::text(row[column::User]), where};
  KURAMORI_TRY(content, identity::open_personal(key, place, storage::blob(row[column::Sealed])));
  item.content = std::move(content);
  return item;
}

}  // namespace

struct AccountData::State {
  storage::Reader& reader;
  gate::Gate& gate;
  storage::KeyRing& keys;
  Random& random;
  identity::UserLanes lanes{};  // for what is read before it is written

  Task<Result<std::vector<AccountDataItem>>> read_items(UserId user, storage::Scan scan);
  Task<Result<void>> write(gate::Permit permit, UserId user, RoomId room, std::string type,
                           json::Object content);
};

AccountData::AccountData(storage::Reader& reader, gate::Gate& gate, storage::KeyRing& keys,
                         const Clock& /*clock*/, Random& random)
    : state_(new State{reader, gate, keys, random}) {}
AccountData::~AccountData() = default;

Task<Result<std::vector<AccountDataItem>>> AccountData::State::read_items(UserId user, storage::Scan scan) {
  auto query = [scan = std::move(scan)](storage::Snapshot& s) { return s.scan(scan); };
  auto rows = co_await reader.read(std::move(query));
  if (!rows) co_return std::move(rows).error();
  std::vector<AccountDataItem> items;
  if (rows->empty()) co_return items;
  auto key = co_await keys.get(crypto::KeyScope::Person, user.view());
  if (!key) co_return std::move(key).error();
  for (const storage::Row& row : *rows) {
    auto item = open_row(row, *key);
    if (!item) co_return std::move(item).error();
    items.push_back(*std::move(item));
  }
  co_return items;
}

Task<Result<void>> AccountData::State::write(gate::Permit permit, UserId user, RoomId room, std::string type,
                                             json::Object content) {
  auto key = co_await keys.get_or_create(crypto::KeyScope::Person, user.view());
  if (!key) co_return std::move(key).error();
  const std::string where = place_key(room, type);
  const identity::Place place{"account_data.content", user.view(), where};
  Bytes sealed = identity::seal_personal(*key, place, json::serialize(content), random);

  storage::UnitOfWork work;
  const storage::NextOf position = work.next(storage::Sequence::Stream);
  work.upsert(kAccountData, {user.str(), room.str(), type, position, std::move(sealed)});
  auto change = std::make_shared<AccountDataChanged>();
  change->user = user;
  change->room = room;
  change->type = type;
  work.publish(position, std::move(change));
  gate::Outcome outcome{.detail = room.str(), .personal = {{"type", type}}};
  auto receipt = co_await gate.commit(std::move(permit), std::move(work), std::move(outcome));
  if (!receipt) co_return std::move(receipt).error();
  co_return Result<void>();
}

Task<Result<void>> AccountData::set(gate::Permit permit, UserId user, RoomId room, std::string type,
                                    json::Object content) {
  permit.require_any(
      {gate::Operation::AccountDataSet, gate::Operation::PushRulesSet, gate::Operation::RoomReadMarker});
  auto lane = co_await state_->lanes.of(user).enter();
  if (!lane) co_return std::move(lane).error();
  auto written = co_await state_->write(std::move(permit), std::move(user), std::move(room), std::move(type),
                                        std::move(content));
  co_return written;
}

Task<Result<void>> AccountData::change(gate::Permit permit, UserId user, RoomId room, std::string type,
                                       Change change) {
  permit.require_any({gate::Operation::AccountDataSet, gate::Operation::PushRulesSet});
  auto lane = co_await state_->lanes.of(user).enter();
  if (!lane) co_return std::move(lane).error();
  auto found = co_await find(user, room, type);
  if (!found) co_return std::move(found).error();
  auto changed = change(found->has_value() ? **std::move(found) : json::Object());
  if (!changed) co_return std::move(changed).error();
  if (!changed->has_value()) co_return Result<void>();
  auto written = co_await state_->write(std::move(permit), std::move(user), std::move(room), std::move(type),
                                        **std::move(changed));
  co_return written;
}

Task<Result<std::optional<json::Object>>> AccountData::find(UserId user, RoomId room, std::string type) {
  using Found = std::optional<json::Object>;
  const storage::Key row_key{user.str(), room.str(), type};
  auto query = [row_key](storage::Snapshot& s) { return s.get(kAccountData, row_key); };
  auto row = co_await state_->reader.read(std::move(query));
  if (!row) co_return std::move(row).error();
  if (!*row) co_return Found();
  auto key = co_await state_->keys.get(crypto::KeyScope::Person, user.view());
  if (!key) co_return std::move(key).error();
  auto item = open_row(**row, *key);
  if (!item) co_return std::move(item).error();
  auto object = json::parse_object(item->content);
  if (!object) co_return std::move(object).error();
  co_return Found(*std::move(object));
}

Task<Result<json::Object>> AccountData::get(const gate::Permit& permit, UserId user, RoomId room,
                                            std::string type) {
  permit.require_any(
      {gate::Operation::AccountDataRead, gate::Operation::AccountDataSet, gate::Operation::Sync});
  auto found = co_await find(std::move(user), std::move(room), std::move(type));
  if (!found) co_return std::move(found).error();
  if (!*found) co_return not_found("There is no account data of this type.");
  co_return **std::move(found);
}

Task<Result<std::vector<AccountDataItem>>> AccountData::changes(const gate::Permit& permit, UserId user,
                                                                StreamPosition after, StreamPosition up_to) {
  permit.require_any({gate::Operation::Sync, gate::Operation::AccountDataRead});
  storage::Scan scan{.table = &kAccountData,
                     .index = &kAccountData.index("account_data_by_position"),
                     .prefix = {user.str()},
                     .from = storage::Value(after.value + 1),
                     .below = storage::Value(up_to.value + 1),
                     .direction = storage::Direction::Forward,
                     .limit = 100'000};
  auto items = co_await state_->read_items(std::move(user), std::move(scan));
  co_return items;
}

Task<Result<std::vector<AccountDataItem>>> AccountData::of_room(const gate::Permit& permit, UserId user,
                                                                RoomId room, StreamPosition up_to) {
  permit.require_any({gate::Operation::Sync, gate::Operation::AccountDataRead});
  storage::Scan scan{
      .table = &kAccountData, .prefix = {user.str(), room.str()}, .from = {}, .below = {}, .limit = 100'000};
  auto items = co_await state_->read_items(std::move(user), std::move(scan));
  if (items) std::erase_if(*items, [&](const AccountDataItem& item) { return item.position > up_to; });
  co_return items;
}

}  // namespace kuramori::sync
