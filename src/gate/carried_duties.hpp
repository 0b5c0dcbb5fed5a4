// What rules want told of an act (governance::Duties), carried out by the gate: alerts have entries of their
// own in the record, a line in the log and a count; whoever tells people hears of it.
#pragma once
#include <string_view>
#include <vector>

#include "audit/entry.hpp"
#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "gate/ports.hpp"

namespace kuramori::gate {

// Borrows from whoever asks.
struct Told {
  const Subject& subject;
  Operation operation;
  const Resource& resource;
  std::string_view outcome;
  std::int64_t policy_version;
  const governance::Duties& duties;
};

audit::Who who_of(Subject subject);

// One for each alert: "alerted", with the severity as detail. What the server itself does raises none.
std::vector<audit::Entry> alert_entries(const Told& told);
void note_alerts(const Told& told, MetricsRegistry& metrics, const Logger& log);
Occurrence occurrence_of(const Told& told, Timestamp now);

}  // namespace kuramori::gate
