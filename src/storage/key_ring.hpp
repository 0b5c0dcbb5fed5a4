// The stored part of the key tree: wrapped keys in a table, opened ones in a bounded cache. Thread-safe.
//
//   auto key = co_await keys.get_or_create(KeyScope::Room, room_id);    // durable before it is returned
//
// A key can also be made inside a unit of work (`create_in`), so that a room and its key appear together.
#pragma once
#include <memory>
#include <string_view>

#include "base/random.hpp"
#include "crypto/key_tree.hpp"
#include "runtime/task.hpp"
#include "storage/store.hpp"

namespace kuramori::storage {

// wrapped_keys(scope, owner | wrapped, created_ms, destroyed_ms)
extern const Table kWrappedKeys;

class KeyRing {
 public:
  // `root` unwraps the organisation key, which is created (durably, blocking) when the store has none. Unauthenticated
  // error naming the key file when the root key is not the one that sealed this store.
  static Result<std::unique_ptr<KeyRing>> open(Store& store, const crypto::SecretKey& root, const Clock& clock,
                                               Random& random, std::size_t cached_keys_max = 100'000);
  ~KeyRing();

  // NotFound when there is none, or it was destroyed.
  runtime::Task<Result<crypto::SecretKey>> get(crypto::KeyScope scope, std::string_view owner);
  runtime::Task<Result<crypto::SecretKey>> get_or_create(crypto::KeyScope scope, std::string_view owner);
  Result<crypto::SecretKey> get_in(Snapshot& snapshot, crypto::KeyScope scope, std::string_view owner);
  // From the cache alone: hot paths try this first.
  std::optional<crypto::SecretKey> cached(crypto::KeyScope scope, std::string_view owner) const;
  // A fresh key, stored by `work`; the caller must not use it for anything outside `work` before the commit.
  crypto::SecretKey create_in(UnitOfWork& work, crypto::KeyScope scope, std::string_view owner);
  // Erasure: overwrites the wrapped key with a tombstone in `work`. Call `forget` after the commit.
  void destroy_in(UnitOfWork& work, crypto::KeyScope scope, std::string_view owner);
  void forget(crypto::KeyScope scope, std::string_view owner);

  const crypto::SecretKey& organisation_key() const;

 private:
  struct State;
  explicit KeyRing(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::storage
