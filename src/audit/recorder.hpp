// Appends entries to the unit of work that they describe, so that neither exists without the other.
#pragma once
#include "audit/entry.hpp"
#include "base/random.hpp"
#include "runtime/task.hpp"
#include "storage/key_ring.hpp"
#include "storage/unit_of_work.hpp"

namespace kuramori::audit {

class Recorder {
 public:
  Recorder(storage::KeyRing& keys, const Clock& clock, Random& random);

  // Makes sure that the person's key exists and is in memory; a hot path skips it when `ready` says so.
  runtime::Task<Result<void>> prepare(const UserId& user);
  bool ready(const UserId& user) const;
  // Requires ready(entry.who.user), or an empty user. Sets `time` when it is zero.
  void append(storage::UnitOfWork& work, Entry entry);

 private:
  storage::KeyRing& keys_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace kuramori::audit
