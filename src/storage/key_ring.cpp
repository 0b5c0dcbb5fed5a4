#include "storage/key_ring.hpp"

#include "runtime/manual_executor.hpp"
#include "storage/key_cache.hpp"

namespace kuramori::storage {

// A destroyed key leaves its row without the key: the owner never gets another one by accident.
const Table kWrappedKeys{.name = "wrapped_keys",
                         .columns = {{"scope", ColumnType::Text},
                                     {"owner", ColumnType::Text},
                                     {"wrapped", ColumnType::Blob, Nullable::Yes},
                                     {"created_ms", ColumnType::Integer, Nullable::Yes},
                                     {"destroyed_ms", ColumnType::Integer, Nullable::Yes}},
                         .key_columns = 2,
                         .indexes = {}};

namespace {

using crypto::KeyScope;
using crypto::SecretKey;
constexpr std::size_t kWrappedColumn = 2;
constexpr std::string_view kAbsent = "KURAMORI_NO_KEY";
constexpr std::string_view kOrganisationOwner = "organisation";

Key row_key(KeyScope scope, std::string_view owner) {
  return {std::string(crypto::to_string(scope)), std::string(owner)};
}

Row fresh_row(KeyScope scope, std::string_view owner, Bytes wrapped, std::int64_t now_ms) {
  return {std::string(crypto::to_string(scope)), std::string(owner), std::move(wrapped), now_ms, Null{}};
}

Error no_key(KeyScope scope) {
  return Error(ErrorCode::NotFound, kAbsent, "There is no key for this.")
      .with_detail("key scope " + std::string(crypto::to_string(scope)));
}

Error destroyed_key(KeyScope scope) {
  return Error(ErrorCode::NotFound, "KURAMORI_KEY_DESTROYED",
               "The key of this was destroyed; it cannot be read again.")
      .with_detail("key scope " + std::string(crypto::to_string(scope)));
}

Error wrong_root_key() {
  return Error(
      ErrorCode::Unauthenticated, "KURAMORI_WRONG_ROOT_KEY",
      "The root key in the key file is not the one that sealed this store. Put the key file back that "
      "belongs to this data directory, from its backup; nothing has been changed.");
}

runtime::Task<Result<CommitReceipt>> await_ticket(CommitTicket ticket) {
  auto receipt = co_await ticket;
  co_return receipt;
}

// At start-up there is no executor yet: drive a loop of our own until the writer answers.
Result<void> commit_blocking(Store& store, UnitOfWork work, const Clock& clock) {
  runtime::ManualExecutor executor(clock);
  KURAMORI_CHECK(executor.run(await_ticket(store.submit(std::move(work)))));
  return {};
}

Result<std::optional<Row>> find_row(Snapshot& snapshot, KeyScope scope, std::string_view owner) {
  return snapshot.get(kWrappedKeys, row_key(scope, owner));
}

Result<SecretKey> create_organisation_key(Store& store, const SecretKey& root, const Clock& clock,
                                          Random& random) {
  // Other keys without the one above them: something took rows away, and a new key would hide it.
  auto others = store.read_blocking([](Snapshot& s) { return s.count({.table = &kWrappedKeys}); });
  if (!others) return std::move(others).error();
  if (*others > 0) return corrupt("wrapped_keys holds keys, but not the organisation key");
  const SecretKey key = SecretKey::generate(random);
  UnitOfWork work;
  work.insert(kWrappedKeys,
              fresh_row(KeyScope::Organisation, kOrganisationOwner,
                        crypto::wrap_key(root, key, KeyScope::Organisation, kOrganisationOwner, random),
                        clock.now_ms()));
  KURAMORI_CHECK(commit_blocking(store, std::move(work), clock));
  return key;
}

Result<SecretKey> open_organisation_key(Store& store, const SecretKey& root, const Clock& clock,
                                        Random& random) {
  KURAMORI_TRY(row, store.read_blocking(
                        [](Snapshot& s) { return find_row(s, KeyScope::Organisation, kOrganisationOwner); }));
  if (!row) return create_organisation_key(store, root, clock, random);
  if (is_null((*row)[kWrappedColumn])) return destroyed_key(KeyScope::Organisation);
  auto key =
      crypto::unwrap_key(root, blob((*row)[kWrappedColumn]), KeyScope::Organisation, kOrganisationOwner);
  if (!key) return wrong_root_key();
  return key;
}

}  // namespace

struct KeyRing::State {
  Store& store;
  const Clock& clock;
  Random& random;
  SecretKey organisation;
  detail::KeyCache cache;

  Result<SecretKey> unwrap(const std::optional<Row>& row, KeyScope scope, std::string_view owner) const {
    if (!row) return no_key(scope);
    if (is_null((*row)[kWrappedColumn])) return destroyed_key(scope);
    return crypto::unwrap_key(organisation, blob((*row)[kWrappedColumn]), scope, owner);
  }
};

KeyRing::KeyRing(std::unique_ptr<State> state) : state_(std::move(state)) {}
KeyRing::~KeyRing() = default;

Result<std::unique_ptr<KeyRing>> KeyRing::open(Store& store, const SecretKey& root, const Clock& clock,
                                               Random& random, std::size_t cached_keys_max) {
  KURAMORI_TRY(organisation, open_organisation_key(store, root, clock, random));
  auto state = std::unique_ptr<State>(new State{.store = store,
                                                .clock = clock,
                                                .random = random,
                                                .organisation = organisation,
                                                .cache = detail::KeyCache(cached_keys_max)});
  return std::unique_ptr<KeyRing>(new KeyRing(std::move(state)));
}

runtime::Task<Result<SecretKey>> KeyRing::get(KeyScope scope, std::string_view owner_view) {
  const std::string owner(owner_view);
  if (auto hit = state_->cache.get(scope, owner)) co_return *hit;
  auto query = [this, scope, owner](Snapshot& snapshot) { return get_in(snapshot, scope, owner); };
  auto key = co_await state_->store.read(std::move(query));
  co_return key;
}

Result<SecretKey> KeyRing::get_in(Snapshot& snapshot, KeyScope scope, std::string_view owner) {
  if (auto hit = state_->cache.get(scope, owner)) return *hit;
  KURAMORI_TRY(row, find_row(snapshot, scope, owner));
  KURAMORI_TRY(key, state_->unwrap(row, scope, owner));
  state_->cache.put(scope, owner, key);
  return key;
}

runtime::Task<Result<SecretKey>> KeyRing::get_or_create(KeyScope scope, std::string_view owner_view) {
  const std::string owner(owner_view);
  auto found = co_await get(scope, owner);
  if (found || found.error().reason() != kAbsent) co_return found;
  UnitOfWork work;
  const SecretKey key = create_in(work, scope, owner);
  auto ticket = state_->store.submit(std::move(work));
  auto receipt = co_await ticket;
  if (receipt) {
    state_->cache.put(scope, owner, key);
    co_return key;
  }
  // Somebody else was first: theirs is the key.
  if (receipt.error().code() != ErrorCode::Conflict) co_return std::move(receipt).error();
  auto theirs = co_await get(scope, owner);
  co_return theirs;
}

std::optional<SecretKey> KeyRing::cached(KeyScope scope, std::string_view owner) const {
  return state_->cache.get(scope, owner);
}

SecretKey KeyRing::create_in(UnitOfWork& work, KeyScope scope, std::string_view owner) {
  SecretKey key = SecretKey::generate(state_->random);
  Bytes wrapped = crypto::wrap_key(state_->organisation, key, scope, owner, state_->random);
  work.insert(kWrappedKeys, fresh_row(scope, owner, std::move(wrapped), state_->clock.now_ms()));
  return key;
}

void KeyRing::destroy_in(UnitOfWork& work, KeyScope scope, std::string_view owner) {
  work.upsert(kWrappedKeys, {std::string(crypto::to_string(scope)), std::string(owner), Null{}, Null{},
                             state_->clock.now_ms()});
}

void KeyRing::forget(KeyScope scope, std::string_view owner) {
  state_->cache.forget(scope, owner);
}

const SecretKey& KeyRing::organisation_key() const {
  return state_->organisation;
}

}  // namespace kuramori::storage
