#include "governance/obligations.hpp"

#include <algorithm>
#include <array>

#include "governance/document_reader.hpp"

namespace kuramori::governance {
namespace {

constexpr std::array<std::string_view, 3> kSeverities{"low", "medium", "high"};
constexpr std::array<std::string_view, 5> kDuties{"notify", "alert", "step_up", "encrypt", "no_forward"};
constexpr std::size_t kToldMax = 20;
constexpr std::int64_t kStepUpMinutesMax = 7 * 24 * 60;

bool can_be_told(std::string_view name) {
  if (name == "manager" || name == "department_head" || name == "owner") return true;
  if (name.starts_with("role:")) return name.size() > 5;
  const auto colon = name.find(':');
  return name.starts_with('@') && colon != std::string_view::npos && colon > 1 && colon + 1 < name.size();
}

std::optional<std::chrono::minutes> minutes_in(const json::Object& obligation) {
  const json::Value* minutes = json::find(obligation, "step_up");
  if (minutes == nullptr || !minutes->is_int64()) return std::nullopt;
  return std::chrono::minutes(minutes->get_int64());
}

void add(Duties& duties, const json::Object& obligation, const std::string& rule) {
  if (const json::Array* names = json::array_at(obligation, "notify")) {
    NoticeDuty duty{.rule = rule};
    for (const json::Value& name : *names) {
      if (name.is_string()) duty.to.emplace_back(json::view(name.get_string()));
    }
    duties.notices.push_back(std::move(duty));
  }
  if (const auto severity = severity_named(json::string_or(obligation, "alert", "")))
    duties.alerts.push_back({.rule = rule, .severity = *severity});
  if (const auto within = minutes_in(obligation)) {
    if (!duties.step_up || *within < duties.step_up->within)
      duties.step_up = StepUpDuty{.rule = rule, .within = *within};
  }
  if (const json::Value* mark = json::find(obligation, "no_forward"))
    duties.no_forward = duties.no_forward || (mark->is_bool() && mark->get_bool());
}

void check_told(DocumentReader& reader, const json::Value& value, const std::string& pointer) {
  const auto names = reader.texts(value, pointer, {.min = 1, .max = kToldMax});
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!can_be_told(names[i]))
      reader.report(pointer_to(pointer, i),
                    "must be manager, department_head, owner, role:NAME or @user:server");
  }
}

void check_true(DocumentReader& reader, const json::Value& value, const std::string& pointer) {
  if (!value.is_bool() || !value.get_bool())
    reader.report(pointer, "must be true; leave the obligation out otherwise");
}

}  // namespace

std::string_view to_string(Severity severity) {
  return kSeverities[static_cast<std::size_t>(severity)];
}

std::optional<Severity> severity_named(std::string_view name) {
  const auto found = std::ranges::find(kSeverities, name);
  if (found == kSeverities.end()) return std::nullopt;
  return static_cast<Severity>(found - kSeverities.begin());
}

Duties duties_of(const Decision& decision) {
  Duties duties;
  for (std::size_t i = 0; i < decision.obligations.size(); ++i) {
    const json::Value& obligation = decision.obligations[i];
    if (!obligation.is_object()) continue;
    const bool is_known = i < decision.obliging_rules.size();
    add(duties, obligation.get_object(), is_known ? decision.obliging_rules[i] : decision.rule);
  }
  return duties;
}

bool asks_to_encrypt(const Rule& rule) {
  return std::ranges::any_of(rule.obligations, [](const json::Value& obligation) {
    if (!obligation.is_object()) return false;
    const json::Value* encrypt = json::find(obligation.get_object(), "encrypt");
    return encrypt != nullptr && encrypt->is_bool() && encrypt->get_bool();
  });
}

std::optional<std::chrono::minutes> step_up_of(const Rule& rule) {
  std::optional<std::chrono::minutes> within;
  for (const json::Value& obligation : rule.obligations) {
    if (!obligation.is_object()) continue;
    const auto minutes = minutes_in(obligation.get_object());
    if (minutes && (!within || *minutes < *within)) within = minutes;
  }
  return within;
}

bool is_duty(std::string_view name) {
  return std::ranges::find(kDuties, name) != kDuties.end();
}

void check_duty(DocumentReader& reader, const json::Object& obligation, const std::string& pointer) {
  if (const json::Value* told = json::find(obligation, "notify"))
    check_told(reader, *told, pointer + "/notify");
  if (const json::Value* alert = json::find(obligation, "alert")) {
    if (!alert->is_string() || !severity_named(json::view(alert->get_string())))
      reader.report(pointer + "/alert", "must be " + listed(kSeverities));
  }
  if (const json::Value* minutes = json::find(obligation, "step_up")) {
    const bool is_good =
        minutes->is_int64() && minutes->get_int64() >= 1 && minutes->get_int64() <= kStepUpMinutesMax;
    if (!is_good) reader.report(pointer + "/step_up", "must be minutes, 1 to 10080: at most a week");
  }
  if (const json::Value* encrypt = json::find(obligation, "encrypt"))
    check_true(reader, *encrypt, pointer + "/encrypt");
  if (const json::Value* mark = json::find(obligation, "no_forward"))
    check_true(reader, *mark, pointer + "/no_forward");
}

}  // namespace kuramori::governance
