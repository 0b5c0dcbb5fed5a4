#include "identity/profiles.hpp"

#include <list>
#include <mutex>
#include <unordered_map>

#include "identity/account_rows.hpp"
#include "identity/personal.hpp"
#include "identity/profile_rules.hpp"
#include "identity/tables.hpp"

namespace kuramori::identity {

using gate::Operation;
using runtime::Task;
using storage::Snapshot;
using storage::UnitOfWork;

namespace {

// Least recently used first out. What was read before a change is not put in after it.
class ProfileCache {
 public:
  explicit ProfileCache(std::size_t profiles_max) : profiles_max_(profiles_max) {}

  ProfilePtr find(const UserId& user) {
    const std::scoped_lock lock(mutex_);
    const auto found = by_user_.find(user);
    if (found == by_user_.end()) return nullptr;
    recent_.splice(recent_.begin(), recent_, found->second);
    return found->second->second;
  }
  std::uint64_t generation() const {
    const std::scoped_lock lock(mutex_);
    return generation_;
  }
  void put(const UserId& user, ProfilePtr profile, std::uint64_t read_at) {
    const std::scoped_lock lock(mutex_);
    if (read_at != generation_ || by_user_.contains(user)) return;
    recent_.emplace_front(user, std::move(profile));
    by_user_.emplace(user, recent_.begin());
    if (recent_.size() <= profiles_max_) return;
    by_user_.erase(recent_.back().first);
    recent_.pop_back();
  }
  void erase(const UserId& user) {
    const std::scoped_lock lock(mutex_);
    ++generation_;
    const auto found = by_user_.find(user);
    if (found == by_user_.end()) return;
    recent_.erase(found->second);
    by_user_.erase(found);
  }

 private:
  const std::size_t profiles_max_;
  mutable std::mutex mutex_;
  std::uint64_t generation_ = 0;
  std::list<std::pair<UserId, ProfilePtr>> recent_;
  std::unordered_map<UserId, std::list<std::pair<UserId, ProfilePtr>>::iterator> by_user_;
};

constexpr std::string_view kFieldsColumn = "profiles.fields";

Result<std::optional<Bytes>> find_fields(Snapshot& snapshot, const UserId& user) {
  KURAMORI_TRY(row, snapshot.get(kProfiles, {user.str()}));
  if (!row) return std::optional<Bytes>();
  return std::optional(storage::blob((*row)[1]));
}

Error profile_too_large() {
  return {ErrorCode::InvalidArgument, "M_PROFILE_TOO_LARGE", "A profile has at most 64 KiB."};
}

}  // namespace

struct Profiles::State final : storage::StreamListener {
  State(storage::Reader& r, gate::Gate& g, storage::KeyRing& k, Sessions& s, Random& n,
        std::size_t cached_max)
      : reader(r), gate(g), keys(k), sessions(s), random(n), cache(cached_max) {}

  void committed(std::span<const Change> changes) override {
    for (const Change& change : changes) {
      if (const auto* profile = dynamic_cast<const ProfileChanged*>(change.payload.get())) {
        cache.erase(profile->user);
      } else if (const auto* gone = dynamic_cast<const AccountDeactivated*>(change.payload.get())) {
        cache.erase(gone->user);
      }
    }
  }

  Task<Result<json::Object>> stored_fields(UserId user) {
    auto query = [user](Snapshot& snapshot) { return find_fields(snapshot, user); };
    KURAMORI_CO_TRY(sealed, co_await reader.read(std::move(query)));
    if (!sealed) co_return json::Object();
    const auto person = co_await keys.get(crypto::KeyScope::Person, user.view());
    if (!person && person.error().code() == ErrorCode::NotFound) co_return json::Object();  // erased
    if (!person) co_return person.error();
    KURAMORI_CO_TRY(plain, open_personal(*person, {kFieldsColumn, user.view()}, *sealed));
    co_return json::parse_object(plain);
  }

  storage::Reader& reader;
  gate::Gate& gate;
  storage::KeyRing& keys;
  Sessions& sessions;
  Random& random;
  ProfileCache cache;
};

Profiles::Profiles(storage::Reader& reader, gate::Gate& gate, storage::KeyRing& keys, Sessions& sessions,
                   Random& random, std::size_t cached_profiles_max)
    : state_(std::make_unique<State>(reader, gate, keys, sessions, random, cached_profiles_max)) {}

Profiles::~Profiles() = default;

storage::StreamListener& Profiles::listener() {
  return *state_;
}

ProfilePtr Profiles::cached(const UserId& user) const {
  return state_->cache.find(user);
}

Task<Result<ProfilePtr>> Profiles::read(UserId user) {
  if (ProfilePtr known = cached(user)) co_return known;
  const std::uint64_t read_at = state_->cache.generation();
  KURAMORI_CO_TRY(fields, co_await state_->stored_fields(user));
  auto profile = std::make_shared<const Profile>(Profile{std::move(fields)});
  state_->cache.put(user, profile, read_at);
  co_return ProfilePtr(profile);
}

Task<Result<ProfilePtr>> Profiles::get(const gate::Permit& permit, UserId user) {
  permit.require(Operation::ProfileRead);
  KURAMORI_CO_TRY(profile, co_await read(user));
  if (!profile->fields.empty()) co_return profile;
  auto query = [user](Snapshot& snapshot) { return find_account(snapshot, user); };
  KURAMORI_CO_TRY(account, co_await state_->reader.read(std::move(query)));
  if (!account || account->account.deactivated) co_return not_found("No such user.");
  co_return profile;
}

Task<Result<bool>> Profiles::set(gate::Permit permit, UserId user, std::string key,
                                 std::optional<json::Value> value) {
  permit.require(Operation::ProfileSet);
  KURAMORI_CO_CHECK(check_profile_key(key));
  if (value && permit.amended_content()) {
    const json::Value* masked = json::find(*permit.amended_content(), key);
    if (masked != nullptr) value = *masked;
  }
  if (value) {
    KURAMORI_CO_TRY(checked, check_profile_value(key, *value));
    value = std::move(checked);
  }
  KURAMORI_CO_TRY(person, co_await state_->keys.get_or_create(crypto::KeyScope::Person, user.view()));
  KURAMORI_CO_TRY(in_lane, co_await state_->sessions.lane(user).enter());
  KURAMORI_CO_TRY(fields, co_await state_->stored_fields(user));
  const json::Value* before = json::find(fields, key);
  if (value ? before != nullptr && *before == *value : before == nullptr) co_return false;

  if (value) {
    fields[key] = *std::move(value);
  } else {
    fields.erase(key);
  }
  const std::string text = json::serialize(fields);
  if (text.size() >= kProfileBytesMax) co_return profile_too_large();

  UnitOfWork work;
  const Place place{kFieldsColumn, user.view()};
  work.expect(kAccounts, {user.str()}, true);
  work.upsert(kProfiles, {user.str(), seal_personal(person, place, text, state_->random)});
  auto changed = std::make_shared<ProfileChanged>();
  changed->user = user;
  changed->key = key;
  work.publish(work.next(storage::Sequence::Stream), std::move(changed));
  gate::Outcome outcome{.detail = key};
  KURAMORI_CO_CHECK(co_await state_->gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  state_->cache.erase(user);
  co_return true;
}

}  // namespace kuramori::identity
