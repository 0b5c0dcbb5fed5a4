// The stored inspections: written through the gate, read by who looks after quarantine.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "gate/gate.hpp"
#include "inspection/ports.hpp"
#include "storage/key_ring.hpp"

namespace kuramori::inspection {

// What the policy holds until somebody approves.
struct InspectionHold {
  std::vector<std::string> rules = {};
  json::Array obligations = {};
};

struct InspectionRecord {
  media::MediaId id = {};
  std::string state = {};  // "released", "held", "removed"
  std::string reason = {};
  std::string rule = {};
  std::string label = {};  // that this inspection gave; kept by FileLabels
  std::int64_t policy_version = 0;
  std::int64_t inspected_ms = 0;
  std::string decided_by = {};  // empty: the inspection itself
  json::Object findings = {};   // empty when the file is gone
  UserId uploader = {};         // empty: the server itself, or not kept (before files had approvals)
  std::optional<InspectionHold> hold = {};  // nothing when officers alone decide
};

class Records {
 public:
  struct Ports {
    storage::Store& store;
    gate::Gate& gate;
    storage::KeyRing& keys;
    const Clock& clock;
    Random& random;
    FileLabels* labels = nullptr;
    std::function<void()> changed = {};  // after each that was written
  };
  explicit Records(Ports ports);

  // Recorded: how an inspection ended, as what its uploader did; what somebody decided, as the system.
  runtime::Task<Result<void>> write(InspectionRecord record);
  runtime::Task<Result<std::optional<InspectionRecord>>> find(media::MediaId id);
  // Where a list goes on.
  struct Place {
    std::int64_t inspected_ms = 0;
    media::MediaId id = {};
  };
  // The oldest first, behind `after` when it is given.
  runtime::Task<Result<std::vector<InspectionRecord>>> list_behind(std::string state,
                                                                   std::optional<Place> after,
                                                                   std::size_t limit);
  // The oldest first.
  runtime::Task<Result<std::vector<InspectionRecord>>> list(std::string state, std::size_t limit);

 private:
  InspectionRecord read(const storage::Row& row) const;
  Ports ports_;
  crypto::SecretKey key_;
};

}  // namespace kuramori::inspection
