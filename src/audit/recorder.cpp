#include "audit/recorder.hpp"

#include <mutex>
#include <unordered_map>

#include "audit/entry_format.hpp"
#include "audit/person_keys.hpp"
#include "audit/tables.hpp"
#include "base/assert.hpp"
#include "base/text.hpp"

namespace kuramori::audit {
namespace {

// Two generations: what was used since the last turn survives the next one, so that nothing leaves between
// `ready` and `append`.
constexpr std::size_t kGenerationMax = 50'000;

struct Known {
  crypto::SecretKey person;
  std::shared_ptr<const PersonKeys> derived;
};

bool same_key(const crypto::SecretKey& a, const crypto::SecretKey& b) {
  return text::equals_constant_time(as_text(a.view()), as_text(b.view()));
}

}  // namespace

struct Recorder::State {
  State(storage::KeyRing& key_ring, const Clock& c, Random& r)
      : keys(key_ring),
        clock(c),
        random(r),
        system_sealing(derive_system_sealing_key(key_ring.organisation_key())),
        authenticator(key_ring.organisation_key()) {}

  std::shared_ptr<const PersonKeys> find(const UserId& user) {
    const std::scoped_lock lock(mutex);
    if (const auto found = current.find(user); found != current.end()) return found->second.derived;
    const auto old = previous.find(user);
    if (old == previous.end()) return nullptr;
    auto derived = old->second.derived;
    remember_locked(user, std::move(old->second));
    return derived;
  }

  // What belongs to this key, which may be another than the last time (erased and come back).
  std::shared_ptr<const PersonKeys> of_key(const UserId& user, const crypto::SecretKey& person) {
    {
      const std::scoped_lock lock(mutex);
      const auto found = current.find(user);
      if (found != current.end() && same_key(found->second.person, person)) return found->second.derived;
    }
    Known known{person, std::make_shared<const PersonKeys>(derive_person_keys(person))};
    auto derived = known.derived;
    const std::scoped_lock lock(mutex);
    remember_locked(user, std::move(known));
    return derived;
  }

  void remember_locked(const UserId& user, Known known) {
    if (current.size() >= kGenerationMax) {
      previous = std::move(current);
      current.clear();
    }
    current.insert_or_assign(user, std::move(known));
  }

  std::shared_ptr<const PersonKeys> keys_of(const UserId& user) {
    if (const auto person = keys.cached(crypto::KeyScope::Person, user.view())) return of_key(user, *person);
    // The key ring has let go of it since `ready`. What is sealed under a key that was destroyed meanwhile is
    // erased like the rest.
    return find(user);
  }

  storage::KeyRing& keys;
  const Clock& clock;
  Random& random;
  const crypto::SecretKey system_sealing;
  const EntryAuthenticator authenticator;
  std::mutex mutex;
  std::unordered_map<UserId, Known> current;
  std::unordered_map<UserId, Known> previous;
};

Recorder::Recorder(storage::KeyRing& keys, const Clock& clock, Random& random)
    : state_(std::make_unique<State>(keys, clock, random)) {}
Recorder::~Recorder() = default;

runtime::Task<Result<void>> Recorder::prepare(const UserId& user_id) {
  const UserId user = user_id;
  if (user.empty()) co_return Result<void>();
  auto key = co_await state_->keys.get_or_create(crypto::KeyScope::Person, user.view());
  if (!key) co_return std::move(key).error();
  state_->of_key(user, *key);
  co_return Result<void>();
}

bool Recorder::ready(const UserId& user) const {
  if (user.empty()) return true;
  const auto person = state_->keys.cached(crypto::KeyScope::Person, user.view());
  if (!person) return false;
  state_->of_key(user, *person);
  return true;
}

void Recorder::append(storage::UnitOfWork& work, Entry entry) {
  State& state = *state_;
  if (entry.time == Timestamp{}) entry.time = state.clock.now();
  std::string encoded;
  if (entry.who.user.empty()) {
    encoded = encode_entry(entry, state.system_sealing, kSystemSubject, state.random);
  } else {
    const auto person = state.keys_of(entry.who.user);
    ensure(person != nullptr, "an entry is appended for a person who was not prepared");
    encoded = encode_entry(entry, person->sealing, person->pseudonym, state.random);
  }
  Bytes bytes(encoded.begin(), encoded.end());
  Bytes mac = state.authenticator.code(leaf_hash(bytes));
  const storage::NextOf index = work.next(storage::Sequence::Audit);
  storage::Row row;  // built in place: an initializer list would copy the octets
  row.reserve(kRecordEntries.columns.size());
  row.emplace_back(index);
  row.emplace_back(to_unix_ms(entry.time));
  row.emplace_back(static_cast<std::int64_t>(entry.kind));
  row.emplace_back(std::move(bytes));
  row.emplace_back(std::move(mac));
  work.insert(kRecordEntries, std::move(row));
}

void Recorder::forget(const UserId& user) {
  const std::scoped_lock lock(state_->mutex);
  state_->current.erase(user);
  state_->previous.erase(user);
}

}  // namespace kuramori::audit
