// The ceilings of the sessions that lately read something, so that a session's is compiled once for as long
// as nothing changes that it follows from. Thread-safe.
#pragma once
#include <memory>
#include <mutex>
#include <unordered_map>

#include "gate/ceiling.hpp"

namespace kuramori::gate {

class CeilingBook {
 public:
  // In each of two generations; one takes about half a kilobyte.
  static constexpr std::size_t kSessions = 32'768;

  explicit CeilingBook(Ceiling::Ports ports) : ports_(ports) {}

  // Of the session in this moment. Whoever reads without one gets a ceiling of his own.
  std::shared_ptr<const Ceiling> of(const Subject& subject, std::shared_ptr<const PolicyInForce> policy);

 private:
  using Generation = std::unordered_map<SessionId, std::shared_ptr<const Ceiling>>;
  std::shared_ptr<const Ceiling> find(const SessionId& session);
  void keep(const SessionId& session, std::shared_ptr<const Ceiling> ceiling);

  const Ceiling::Ports ports_;
  std::mutex mutex_;
  Generation recent_;
  Generation older_;  // dropped when the recent ones are too many
};

}  // namespace kuramori::gate
