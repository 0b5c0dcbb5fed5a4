#include "gate/carried_duties.hpp"

namespace kuramori::gate {

audit::Who who_of(Subject subject) {
  return {.user = std::move(subject.user),
          .device = std::move(subject.device),
          .session = std::move(subject.session),
          .address = std::move(subject.address),
          .user_agent = std::move(subject.user_agent)};
}

std::vector<audit::Entry> alert_entries(const Told& told) {
  std::vector<audit::Entry> entries;
  for (const governance::AlertDuty& alert : told.duties.alerts) {
    audit::Entry entry{.time = {},
                       .kind = audit::EntryKind::Decision,
                       .operation = std::string(to_string(told.operation)),
                       .who = who_of(told.subject),
                       .resource = told.resource.to_record(),
                       .detail = std::string(governance::to_string(alert.severity)),
                       .outcome = "alerted",
                       .rule = alert.rule,
                       .policy_version = told.policy_version,
                       .personal = {}};
    entries.push_back(std::move(entry));
  }
  return entries;
}

void note_alerts(const Told& told, MetricsRegistry& metrics, const Logger& log) {
  for (const governance::AlertDuty& alert : told.duties.alerts) {
    const std::string severity(governance::to_string(alert.severity));
    metrics
        .counter("kuramori_policy_alerts_total", "Alerts that rules of the policy raised, by severity.",
                 {{"severity", severity}})
        .add();
    log.warning("policy_alert", {{"severity", severity},
                                 {"rule", alert.rule},
                                 {"operation", to_string(told.operation)},
                                 {"outcome", told.outcome},
                                 {"room", told.resource.room.view()}});
  }
}

Occurrence occurrence_of(const Told& told, Timestamp now) {
  return {.when = now,
          .who = told.subject.user.empty() ? told.subject.outsider : told.subject.user,
          .operation = told.operation,
          .resource = told.resource,
          .outcome = std::string(told.outcome),
          .notices = told.duties.notices,
          .alerts = told.duties.alerts};
}

}  // namespace kuramori::gate
