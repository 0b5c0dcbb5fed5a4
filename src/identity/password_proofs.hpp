// When each session last proved the password of its account: by its login, or by user-interactive
// authentication. In memory alone: after a restart everybody proves it again when a rule asks.
//
//   PasswordProofBook proofs;
//   proofs.note(session, clock.now());
//   gate.provide({.proofs = &proofs});
//
// Thread-safe; bounded: the oldest proofs are forgotten.
#pragma once
#include <cstddef>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "gate/ports.hpp"

namespace kuramori::identity {

class PasswordProofBook final : public gate::PasswordProofs {
 public:
  explicit PasswordProofBook(std::size_t sessions_max = 200'000) : sessions_max_(sessions_max) {}

  void note(const SessionId& session, Timestamp when);
  std::optional<Timestamp> proved(const SessionId& session) const override;

 private:
  struct Note {
    SessionId session;
    Timestamp when;
  };
  const std::size_t sessions_max_;
  mutable std::mutex mutex_;
  std::unordered_map<SessionId, Timestamp> proved_;
  std::deque<Note> order_;  // every proof, the oldest first
};

}  // namespace kuramori::identity
