#include "push/pushers.hpp"

#include <algorithm>

#include "crypto/base64.hpp"
#include "crypto/hash.hpp"
#include "crypto/key_tree.hpp"
#include "identity/personal.hpp"
#include "push/tables.hpp"

namespace kuramori::push {
namespace {

constexpr std::size_t kSharersMax = 1'000;  // of one pushkey

struct PusherColumn {
  enum : std::uint8_t { kUser, kDevice, kKey, kSealed, kCreated, kSince };
};

identity::Place place_of(const PusherRef& ref) {
  return {.column = "pushers.sealed", .user = ref.user.view(), .device = ref.key};
}

PusherRef ref_of(const storage::Row& row) {
  return {UserId(storage::text(row[PusherColumn::kUser])),
          DeviceId(storage::text(row[PusherColumn::kDevice])), storage::text(row[PusherColumn::kKey])};
}

void erase_in(storage::UnitOfWork& work, const PusherRef& ref) {
  for (const storage::Table* table : device_tables()) work.erase(*table, ref.row());
}

struct Existing {
  std::vector<storage::Row> own;      // all of the account
  std::vector<storage::Row> sharing;  // with the same app and pushkey, of anybody
  StreamPosition now;
};

Result<Existing> read_existing(storage::Snapshot& snapshot, const UserId& user, const std::string& key) {
  Existing found;
  KURAMORI_TRY(own, snapshot.scan({.table = &kPushers, .prefix = {user.str()}, .limit = kSharersMax}));
  KURAMORI_TRY(sharing, snapshot.scan({.table = &kPushers,
                                       .index = &kPushers.index("pushers_by_key"),
                                       .prefix = {key},
                                       .limit = kSharersMax}));
  KURAMORI_TRY(last, snapshot.last(storage::Sequence::Stream));
  found.own = std::move(own);
  found.sharing = std::move(sharing);
  found.now = StreamPosition{last};
  return found;
}

}  // namespace

// Whoever sets a pusher may have one from before the commit on: an event right behind it must find the user
// here.
class Pushers::Setting {
 public:
  Setting(Pushers& pushers, const UserId& user) : pushers_(pushers) {
    const std::scoped_lock lock(pushers_.mutex_);
    pushers_.users_.insert(user);
    ++pushers_.setting_;
    ++pushers_.changes_;
  }
  ~Setting() {
    const std::scoped_lock lock(pushers_.mutex_);
    --pushers_.setting_;
    ++pushers_.changes_;
  }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

 private:
  Pushers& pushers_;
};

Pushers::Pushers(Ports ports)
    : ports_(ports), key_(crypto::derive_key(ports.keys.organisation_key(), "pushers")) {}

std::string Pushers::key_of(std::string_view app_id, std::string_view pushkey) const {
  const std::string text = std::to_string(app_id.size()) + "\n" + std::string(app_id) + std::string(pushkey);
  return crypto::to_base64_url(crypto::hmac_sha256(key_.view(), as_bytes(text)));
}

runtime::Task<Result<void>> Pushers::set(gate::Permit permit, PusherChange change) {
  permit.require(gate::Operation::PusherSet);
  const PusherRef ref{permit.subject().user, permit.subject().device, key_of(change.app_id, change.pushkey)};
  const SessionId session = permit.subject().session;
  // Against the end of the device meanwhile, whose rows would stay behind.
  KURAMORI_CO_TRY(lane, co_await ports_.sessions.lane(ref.user).enter());
  if (!ports_.sessions.is_live(session))
    co_return Error(ErrorCode::Unauthenticated, "M_UNKNOWN_TOKEN", "This session has ended.");
  auto query = [ref](storage::Snapshot& snapshot) { return read_existing(snapshot, ref.user, ref.key); };
  auto read = ports_.reader.read(std::move(query));
  KURAMORI_CO_TRY(existing, co_await std::move(read));

  std::optional<Setting> setting;
  if (change.pusher) setting.emplace(*this, ref.user);
  storage::UnitOfWork work;
  std::int64_t created_ms = ports_.clock.now_ms();
  StreamPosition since = existing.now;
  bool is_new = true;
  for (const storage::Row& row : existing.sharing) {
    const PusherRef other = ref_of(row);
    const bool is_own = other.user == ref.user;
    if (is_own) {
      created_ms = storage::integer(row[PusherColumn::kCreated]);
      since = StreamPosition{storage::integer(row[PusherColumn::kSince])};
      is_new = false;
    }
    const bool goes = is_own ? !change.pusher || other.device != ref.device : change.pusher && !change.append;
    if (goes) erase_in(work, other);
  }
  if (change.pusher) {
    if (is_new && existing.own.size() >= kPerAccountMax)
      co_return invalid_argument("An account can have " + std::to_string(kPerAccountMax) +
                                 " pushers; remove one first.");
    auto opening = ports_.keys.get_or_create(crypto::KeyScope::Person, ref.user.view());
    KURAMORI_CO_TRY(person, co_await std::move(opening));
    work.upsert(kPushers, {ref.user.str(), ref.device.str(), ref.key,
                           identity::seal_personal(person, place_of(ref),
                                                   json::serialize(change.pusher->to_json()), ports_.random),
                           created_ms, since.value});
  }
  gate::Outcome outcome{.detail = change.pusher ? "pusher set" : "pusher deleted"};
  auto committing = ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome));
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  co_return Result<void>();
}

runtime::Task<Result<std::vector<Pusher>>> Pushers::list(const gate::Permit& permit) {
  permit.require(gate::Operation::PusherRead);
  auto reading = of(permit.subject().user);
  KURAMORI_CO_TRY(stored, co_await std::move(reading));
  std::vector<Pusher> pushers;
  for (StoredPusher& one : stored) pushers.push_back(std::move(one.pusher));
  co_return pushers;
}

runtime::Task<Result<std::vector<StoredPusher>>> Pushers::list_of(const gate::Permit& permit, UserId user) {
  permit.require(gate::Operation::DeviceRead);
  ensure(permit.resource().user == user, "a permission is for one person's pushers");
  auto reading = of(std::move(user));
  auto stored = co_await std::move(reading);
  co_return stored;
}

runtime::Task<Result<void>> Pushers::remove(gate::Permit permit, PusherRef ref, std::string_view why) {
  permit.require_any({gate::Operation::PusherSet, gate::Operation::AdminPusherRemove});
  storage::UnitOfWork work;
  erase_in(work, ref);
  gate::Outcome outcome{.detail = "pusher deleted: " + std::string(why)};
  auto committing = ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome));
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  co_return Result<void>();
}

runtime::Task<Result<std::vector<StoredPusher>>> Pushers::of(UserId user) {
  auto query = [user](storage::Snapshot& snapshot) {
    return snapshot.scan({.table = &kPushers, .prefix = {user.str()}, .limit = kSharersMax});
  };
  auto read = ports_.reader.read(std::move(query));
  KURAMORI_CO_TRY(rows, co_await std::move(read));
  std::vector<StoredPusher> pushers;
  if (rows.empty()) co_return pushers;
  auto opening = ports_.keys.get(crypto::KeyScope::Person, user.view());
  KURAMORI_CO_TRY(person, co_await std::move(opening));
  for (const storage::Row& row : rows) {
    StoredPusher stored{.ref = ref_of(row),
                        .pusher = {},
                        .created_ms = storage::integer(row[PusherColumn::kCreated]),
                        .since = StreamPosition{storage::integer(row[PusherColumn::kSince])}};
    KURAMORI_CO_TRY(text, identity::open_personal(person, place_of(stored.ref),
                                                  storage::blob(row[PusherColumn::kSealed])));
    KURAMORI_CO_TRY(pusher, parse_stored_pusher(text));
    stored.pusher = std::move(pusher);
    pushers.push_back(std::move(stored));
  }
  co_return pushers;
}

runtime::Task<Result<void>> Pushers::load() {
  auto query = [](storage::Snapshot& snapshot) -> Result<std::set<UserId>> {
    std::set<UserId> users;
    const storage::Scan all{.table = &kPushers};
    const auto note = [&users](storage::Row&& row) {
      users.insert(UserId(storage::text(row[PusherColumn::kUser])));
      return true;
    };
    KURAMORI_CHECK(snapshot.for_each(all, note));
    return users;
  };
  auto read = ports_.reader.read(std::move(query));
  KURAMORI_CO_TRY(users, co_await std::move(read));
  const std::scoped_lock lock(mutex_);
  users_.merge(users);
  co_return Result<void>();
}

std::vector<UserId> Pushers::users() const {
  const std::scoped_lock lock(mutex_);
  return {users_.begin(), users_.end()};
}

std::size_t Pushers::user_count() const {
  const std::scoped_lock lock(mutex_);
  return users_.size();
}

bool Pushers::may_have(const UserId& user) const {
  const std::scoped_lock lock(mutex_);
  return users_.contains(user);
}

Pushers::Mark Pushers::mark() const {
  const std::scoped_lock lock(mutex_);
  return changes_;
}

void Pushers::forget_user(const UserId& user, Mark mark) {
  const std::scoped_lock lock(mutex_);
  if (setting_ == 0 && changes_ == mark) users_.erase(user);
}

runtime::Task<Result<std::optional<StreamPosition>>> Pushers::earliest() {
  auto query = [](storage::Snapshot& snapshot) -> Result<std::optional<StreamPosition>> {
    std::optional<StreamPosition> first;
    const storage::Scan all{.table = &kPushers};
    const auto note = [&first](storage::Row&& row) {
      const StreamPosition since{storage::integer(row[PusherColumn::kSince])};
      if (!first || since < *first) first = since;
      return true;
    };
    KURAMORI_CHECK(snapshot.for_each(all, note));
    return first;
  };
  auto read = ports_.reader.read(std::move(query));
  auto first = co_await std::move(read);
  co_return first;
}

}  // namespace kuramori::push
