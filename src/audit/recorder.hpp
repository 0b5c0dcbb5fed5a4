// Appends entries to the unit of work that they describe, so that neither exists without the other.
// Thread-safe.
#pragma once
#include <memory>

#include "audit/entry.hpp"
#include "base/random.hpp"
#include "runtime/task.hpp"
#include "storage/key_ring.hpp"
#include "storage/unit_of_work.hpp"

namespace kuramori::audit {

class Recorder {
 public:
  Recorder(storage::KeyRing& keys, const Clock& clock, Random& random);
  ~Recorder();

  // Makes sure that the person's key exists and is in memory; a hot path skips it when `ready` says so.
  runtime::Task<Result<void>> prepare(const UserId& user);
  bool ready(const UserId& user) const;
  // Requires ready(entry.who.user), or an empty user. Sets `time` when it is zero.
  void append(storage::UnitOfWork& work, Entry entry);
  // Erasure: forgets what was derived from the person's key. Call it with KeyRing::forget.
  void forget(const UserId& user);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::audit
