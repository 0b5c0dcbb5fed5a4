// Accounts that administrators have locked or suspended (client-server API, "Account locking", "Account
// suspension"). All of them are in memory, because every request asks. Thread-safe.
#pragma once
#include <atomic>
#include <shared_mutex>
#include <unordered_map>

#include "gate/gate.hpp"
#include "runtime/sequencer.hpp"
#include "runtime/task.hpp"
#include "storage/store.hpp"

namespace kuramori::identity {

enum class Locked : bool { No, Yes };     // no request of theirs is answered
enum class Suspended : bool { No, Yes };  // they may read, and leave

struct Restriction {
  Locked locked = Locked::No;
  Suspended suspended = Suspended::No;
};

struct RestrictionChanged final : storage::ChangePayload {
  UserId user;
  Restriction restriction;
};

class Restrictions final : public storage::StreamListener {
 public:
  // Reads the table, blocking: for start-up. The wiring adds it to the store.
  Restrictions(storage::Reader& reader, gate::Gate& gate, const Clock& clock);

  Restriction of(const UserId& user) const;
  // AdminUserLock, AdminUserSuspend: durable, and in force when this returns.
  runtime::Task<Result<void>> lock(gate::Permit permit, UserId user, Locked locked);
  runtime::Task<Result<void>> suspend(gate::Permit permit, UserId user, Suspended suspended);
  void committed(std::span<const Change> changes) override;

 private:
  runtime::Task<Result<void>> store(gate::Permit permit, UserId user, Restriction restriction);
  gate::Gate& gate_;
  const Clock& clock_;
  runtime::Sequencer changing_;
  std::atomic<bool> is_any_{false};
  mutable std::shared_mutex mutex_;
  std::unordered_map<UserId, Restriction> restricted_;
};

}  // namespace kuramori::identity
