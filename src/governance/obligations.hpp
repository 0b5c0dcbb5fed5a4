// What rules ask for besides their effect, as far as the gate sees to it: who is told, alerts, the password
// proved anew, the mark that content is not passed on. Others ("label", "chain", "click_through", …) belong
// to whoever carries them out.
//
//   const Duties duties = duties_of(decision);
//   if (duties.step_up && !proved_within(duties.step_up->within)) …
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "governance/policy_document.hpp"

namespace kuramori::governance {

class DocumentReader;

enum class Severity : std::uint8_t { Low, Medium, High };
std::string_view to_string(Severity severity);
std::optional<Severity> severity_named(std::string_view name);

// {"notify": ["manager", "department_head", "owner", "role:NAME", "@user:server"]}
struct NoticeDuty {
  std::string rule = {};
  std::vector<std::string> to = {};
};
// {"alert": "low" | "medium" | "high"}
struct AlertDuty {
  std::string rule = {};
  Severity severity = Severity::Low;
};
// {"step_up": MINUTES}
struct StepUpDuty {
  std::string rule = {};
  std::chrono::minutes within{};
};

struct Duties {
  std::vector<NoticeDuty> notices = {};
  std::vector<AlertDuty> alerts = {};
  std::optional<StepUpDuty> step_up = {};  // the shortest of those asked for
  bool no_forward = false;                 // {"no_forward": true}
  bool empty() const { return notices.empty() && alerts.empty() && !step_up && !no_forward; }
  bool are_told() const { return !notices.empty() || !alerts.empty(); }
};
Duties duties_of(const Decision& decision);

// {"encrypt": true}: rules are made of it (encryption_rules).
bool asks_to_encrypt(const Rule& rule);
// How lately the rule wants the password to be proved; nothing when it does not.
std::optional<std::chrono::minutes> step_up_of(const Rule& rule);

// Whether the name is of an obligation that is read here, and so needs its argument.
bool is_duty(std::string_view name);
// Reports what is wrong with the argument.
void check_duty(DocumentReader& reader, const json::Object& obligation, const std::string& pointer);

}  // namespace kuramori::governance
