// What approvals ask of the rest of the house.
#pragma once
#include <vector>

#include "approvals/held_files.hpp"
#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "gate/gate.hpp"
#include "organisation/directory.hpp"
#include "rooms/delayed_events.hpp"
#include "rooms/service.hpp"
#include "storage/key_ring.hpp"

namespace kuramori::approvals {

class Organisation {
 public:
  virtual ~Organisation() = default;
  virtual organisation::DirectoryPtr directory() const = 0;
};

// The account that asks and tells; nobody can log in to it.
inline UserId author_of(const ServerName& server) {
  return UserId("@kuramori-approvals:" + server.str());
}
constexpr std::string_view kAuthorLocalpart = "kuramori-approvals";

struct Options {
  ServerName server = {};
  Milliseconds expires = std::chrono::hours(72);
  Milliseconds escalate = std::chrono::hours(24);
  Milliseconds grant_max = std::chrono::hours(24 * 31);
  std::size_t open_per_person_max = 200;
};

struct Ports {
  storage::Store& store;
  storage::KeyRing& keys;
  gate::Gate& gate;
  rooms::RoomService& rooms;
  rooms::Authors& authors;  // in whose name what was held is sent
  const Organisation& organisation;
  const Clock& clock;
  Random& random;
  MetricsRegistry& metrics;
  Logger log;
  HeldFiles* files = nullptr;  // null: none are held for approval
};

}  // namespace kuramori::approvals
