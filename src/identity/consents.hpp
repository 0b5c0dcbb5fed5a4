// Who has agreed to the organisation's notice: with `[consent] required_version` nobody writes before they
// have agreed to that version (client-server API, M_CONSENT_NOT_GIVEN). What people agreed to stays stored,
// also when a newer version is required. Those who agreed to it are in memory, because every write asks.
// Thread-safe.
//
// A link carries whom it is for as a sealed statement; whoever opens it can give consent for that account,
// and nothing else.
#pragma once
#include <functional>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_set>

#include "crypto/aead.hpp"
#include "gate/gate.hpp"
#include "runtime/task.hpp"
#include "storage/key_ring.hpp"
#include "storage/store.hpp"

namespace kuramori::identity {

struct ConsentGiven final : storage::ChangePayload {
  UserId user;
  std::string version;
};

class Consents final : public storage::StreamListener {
 public:
  static constexpr Milliseconds kLinkLifetime = std::chrono::hours(24);

  struct Options {
    std::string required_version = {};  // empty: nobody is asked
    std::string base_url = {};
    // Accounts that no person stands behind, such as those of bridges; empty: none.
    std::function<bool(const UserId&)> is_exempt = {};
  };
  // Reads the table, blocking: for start-up. The wiring adds it to the store.
  Consents(storage::Reader& reader, gate::Gate& gate, const storage::KeyRing& keys, const Clock& clock,
           Random& random, Options options);

  bool is_required() const { return !options_.required_version.empty(); }
  const std::string& required_version() const { return options_.required_version; }
  // Whether this person has to agree before they may write.
  bool is_missing(const UserId& user) const;
  // The address of the page where this person agrees.
  std::string link(const UserId& user) const;
  // Whose link it is; nothing for what is none, is over, or was for an earlier version.
  std::optional<UserId> owner(std::string_view token) const;
  // ConsentGive, for the permit's subject: durable, and in force when this returns.
  runtime::Task<Result<void>> give(gate::Permit permit);
  void committed(std::span<const Change> changes) override;

 private:
  gate::Gate& gate_;
  const crypto::SecretKey key_;
  const Clock& clock_;
  Random& random_;
  const Options options_;
  mutable std::shared_mutex mutex_;
  std::unordered_set<UserId> given_;  // to the required version
};

}  // namespace kuramori::identity
