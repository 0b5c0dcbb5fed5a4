#include "gate/tests/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "gate/tests/gate_fixture.hpp"
#include "governance/labels.hpp"

namespace kuramori::gate {
namespace {

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<Scenario> all_scenarios() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(KURAMORI_SCENARIOS)) {
    if (entry.path().extension() == ".scenario") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<Scenario> scenarios;
  for (const auto& file : files) {
    auto parsed = parse_scenarios(file.filename().string(), file_text(file));
    if (!parsed) throw std::runtime_error(parsed.error().message());
    scenarios.insert(scenarios.end(), parsed->begin(), parsed->end());
  }
  return scenarios;
}

std::shared_ptr<const governance::CompiledPolicy> policy_named(const std::string& name) {
  static std::map<std::string, std::shared_ptr<const governance::CompiledPolicy>> cache;
  auto& policy = cache[name];
  if (policy == nullptr) {
    const std::filesystem::path folder = std::filesystem::path(KURAMORI_SCENARIOS) / "policies";
    policy = name == "default" ? compiled(governance::default_policy_text(), 1)
                               : compiled(file_text(folder / (name + ".json")), 1);
  }
  return policy;
}

// What happened, in the words of the scenarios.
struct Happened {
  std::string verdict;
  std::string rule;
  std::string explanation;
  std::string masked;
  std::string obligations;
  std::string findings;
  std::string label;
  std::string told;
  std::string alerts;
  std::string marks;  // the content as it goes on, where it was amended
  std::string audit = "nothing";
};

// The organisation and the room as the scenario gives them.
class ScenarioWorld final : public OrganisationFacts,
                            public governance::PersonFacts,
                            public governance::RoomFacts,
                            public LinkJudge,
                            public ContentOrigins,
                            public PasswordProofs,
                            public Witness {
 public:
  ScenarioWorld(const Scenario& scenario, const Clock& clock) : scenario_(scenario), clock_(clock) {}
  std::optional<Timestamp> proved(const SessionId&) const override {
    if (!scenario_.proved_ago) return std::nullopt;
    return clock_.now() - std::chrono::minutes(*scenario_.proved_ago);
  }
  void happened(Occurrence occurrence) override {
    for (const governance::NoticeDuty& duty : occurrence.notices) {
      for (const std::string& name : duty.to) told.append("\"").append(name).append("\"");
    }
    for (const governance::AlertDuty& alert : occurrence.alerts)
      alerts.append("\"").append(governance::to_string(alert.severity)).append("\"");
  }
  std::string told;
  std::string alerts;
  std::shared_ptr<const governance::PersonFacts> people() const override {
    return {std::shared_ptr<const void>(), static_cast<const governance::PersonFacts*>(this)};
  }
  std::shared_ptr<const governance::RoomFacts> rooms() const override {
    return {std::shared_ptr<const void>(), static_cast<const governance::RoomFacts*>(this)};
  }
  bool knows(const RoomId&) const override { return true; }
  runtime::Task<void> prepare(RoomId) const override { co_return; }
  bool works_in(std::string_view, std::string_view unit) const override {
    return unit == scenario_.department;
  }
  bool has_role(std::string_view, std::string_view role) const override {
    return role == scenario_.organisation_role;
  }
  std::string_view clearance(std::string_view) const override { return scenario_.clearance; }
  std::string_view region(std::string_view) const override { return "HK"; }
  std::string_view employment(std::string_view) const override { return "active"; }
  bool may_contact(std::string_view, std::string_view) const override { return scenario_.may_contact; }
  std::optional<governance::Destination> destination(std::string_view, std::string_view) const override {
    return scenario_.destination;
  }
  governance::Destination place_of(std::string_view, std::string_view) const override {
    return scenario_.destination.value_or(governance::Destination::OwnDepartment);
  }
  bool is_encrypted(std::string_view) const override { return scenario_.is_encrypted; }
  std::string_view label(std::string_view) const override { return scenario_.room_label; }
  governance::LinkVerdicts judge(const json::Object&) const override { return scenario_.links; }
  governance::ContentOrigin origin(const json::Object&, std::string_view) const override {
    return {.label = scenario_.origin_label,
            .is_forwarded = scenario_.is_forwarded,
            .hops = scenario_.is_forwarded ? 1U : 0U,
            .no_forward = scenario_.no_forward};
  }
  std::string_view label_of_file(std::string_view) const override { return scenario_.origin_label; }

 private:
  const Scenario& scenario_;
  const Clock& clock_;
};

std::string_view verdict_of(Refusal::Kind kind) {
  if (kind == Refusal::Kind::StepUp) return "password";
  return kind == Refusal::Kind::Confirm ? "asked" : kind == Refusal::Kind::Hold ? "held" : "refused";
}

Happened play(const Scenario& scenario) {
  GateFixture f(policy_named(scenario.policy));
  ScenarioWorld world(scenario, f.clock);
  f.gate->provide(
      {.organisation = &world, .links = &world, .origins = &world, .proofs = &world, .witness = &world});
  std::optional<governance::FileFacts> file = scenario.inspected;
  if (file) file->type = scenario.file_type;
  const auto attempt = [&] {
    Action action{scenario.subject, scenario.operation, scenario.resource,
                  scenario.content.empty() ? nullptr : &scenario.content};
    if (file) action.file = &*file;
    return f.admit(std::move(action));
  };
  Admission admission = attempt();
  for (int i = 1; i < scenario.attempts; ++i) admission = attempt();
  Happened happened;
  if (const auto* refusal = std::get_if<Refusal>(&admission)) {
    happened.verdict = verdict_of(refusal->kind);
    if (refusal->content) happened.label = governance::label_of(*refusal->content);
    happened.rule = refusal->rule;
    happened.explanation = refusal->message();
    happened.obligations = json::serialize(json::Value(refusal->obligations));
  } else if (auto* permit = std::get_if<Permit>(&admission)) {
    happened.verdict = permit->warning().empty()   ? "allowed"
                       : permit->amended_content() ? "masked"
                                                   : "warned";
    happened.label = permit->label();
    happened.rule = permit->rule();
    happened.explanation = permit->warning();
    happened.obligations = json::serialize(json::Value(permit->obligations()));
    if (permit->amended_content()) {
      happened.masked = json::string_or(*permit->amended_content(), scenario.field, "");
      happened.marks = json::serialize(json::Value(*permit->amended_content()));
    }
    const Effect effect = effect_of(scenario.operation);
    if (effect == Effect::Mutates) {
      EXPECT_TRUE(f.executor.run(f.gate->commit(std::move(*permit), {}, {})).has_value());
    } else {
      EXPECT_TRUE(f.executor.run(f.gate->record(std::move(*permit), {})).has_value());
    }
  } else {
    happened.verdict = "error: " + std::get<Error>(admission).to_log();
  }
  happened.told = world.told;
  happened.alerts = world.alerts;
  if (const auto entry = f.last_entry()) {
    happened.audit = entry->outcome;
    EXPECT_EQ(entry->rule, happened.rule);
    EXPECT_EQ(entry->operation, to_string(scenario.operation));
    if (!scenario.subject.user.empty()) {
      happened.findings = json::serialize(f.personal_of(*entry, scenario.subject.user));
    }
  }
  return happened;
}

class Scenarios : public ::testing::TestWithParam<Scenario> {};

TEST_P(Scenarios, Holds) {
  const Scenario& scenario = GetParam();
  const Happened happened = play(scenario);
  for (const Expectation& expectation : scenario.expectations) {
    SCOPED_TRACE(scenario.file + ":" + std::to_string(expectation.line) + ": " + scenario.title);
    if (expectation.kind == "verdict") {
      EXPECT_EQ(happened.verdict, expectation.verdict) << "by " << happened.rule;
      if (!expectation.rule.empty()) EXPECT_EQ(happened.rule, expectation.rule);
      if (!expectation.text.empty()) EXPECT_EQ(happened.masked, expectation.text);
    } else if (expectation.kind == "audit") {
      EXPECT_EQ(happened.audit, expectation.text);
    } else if (expectation.kind == "explanation") {
      EXPECT_THAT(happened.explanation, ::testing::HasSubstr(expectation.text));
    } else if (expectation.kind == "obligation") {
      EXPECT_THAT(happened.obligations, ::testing::HasSubstr("\"" + expectation.text + "\""));
    } else if (expectation.kind == "told") {
      EXPECT_THAT(happened.told, ::testing::HasSubstr("\"" + expectation.text + "\""));
    } else if (expectation.kind == "alert") {
      EXPECT_THAT(happened.alerts, ::testing::HasSubstr("\"" + expectation.text + "\""));
    } else if (expectation.kind == "mark") {
      EXPECT_THAT(happened.marks, ::testing::HasSubstr("\"" + expectation.text + "\":"));
    } else if (expectation.kind == "label") {
      EXPECT_EQ(happened.label, expectation.text);
    } else if (expectation.kind == "finding") {
      EXPECT_THAT(happened.findings, ::testing::HasSubstr("\"" + expectation.text + "\":"));
    } else {
      ADD_FAILURE() << "nobody checks '" << expectation.kind << "'";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Scenarios, ::testing::ValuesIn(all_scenarios()),
                         [](const ::testing::TestParamInfo<Scenario>& info) {
                           std::string name = info.param.file.substr(0, info.param.file.find('.'));
                           std::ranges::replace_if(
                               name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; },
                               '_');
                           return name + "_line_" + std::to_string(info.param.line);
                         });

TEST(ScenarioFiles, AreManyAndInThreeLanguages) {
  EXPECT_GE(all_scenarios().size(), 25U);
}

TEST(ScenarioParser, NamesTheLineOfAMistake) {
  const auto mistake = [](const std::string& text) {
    const auto parsed = parse_scenarios("f", text);
    return parsed ? std::string() : parsed.error().message();
  };
  EXPECT_THAT(mistake("given role boss"), ::testing::HasSubstr("f:1"));
  EXPECT_THAT(mistake("scenario x\nwhen @a:b does room.sned"), ::testing::HasSubstr("f:2"));
  EXPECT_THAT(mistake("scenario x\nwhen @a:b does room.send\nexpect nothing"), ::testing::HasSubstr("f:3"));
  EXPECT_THAT(mistake("scenario x\nwhen @a:b does room.send with \"open"), ::testing::HasSubstr("f:2"));
  EXPECT_THAT(mistake("\nscenario x\ngiven role guest"), ::testing::HasSubstr("f:2: a scenario needs"));
}

}  // namespace
}  // namespace kuramori::gate
