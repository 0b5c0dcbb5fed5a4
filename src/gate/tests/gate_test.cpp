#include "gate/gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "gate/decision_id.hpp"
#include "gate/role_limits.hpp"
#include "gate/tests/gate_fixture.hpp"
#include "gate/vocabulary.hpp"

namespace kuramori::gate {
namespace {

using ::testing::HasSubstr;

static_assert(!std::is_copy_constructible_v<Permit> && !std::is_default_constructible_v<Permit>);
static_assert(std::is_nothrow_move_constructible_v<Permit>);

std::shared_ptr<const governance::CompiledPolicy> default_policy() {
  return compiled(governance::default_policy_text(), 3);
}

const json::Object kHarmless{{"body", "good morning"}};
const json::Object kSensitive{{"body", "my number is A123456(3)"}};

TEST(Gate, PermitsAndRecordsWithTheCommit) {
  GateFixture f(default_policy());
  Permit permit = f.permitted(GateFixture::action(Operation::RoomSend, &kHarmless));
  EXPECT_EQ(permit.operation(), Operation::RoomSend);
  EXPECT_EQ(permit.policy_version(), 3);
  EXPECT_EQ(permit.rule(), "");
  EXPECT_EQ(permit.warning(), "");
  EXPECT_EQ(f.entries(), 0);
  const auto receipt = f.executor.run(f.gate->commit(std::move(permit), {}, {.detail = "$event"}));
  ASSERT_TRUE(receipt.has_value()) << receipt.error().to_log();
  ASSERT_EQ(f.entries(), 1);
  const auto entry = *f.last_entry();
  EXPECT_EQ(entry.kind, audit::EntryKind::Change);
  EXPECT_EQ(entry.operation, "room.send");
  EXPECT_EQ(entry.resource, "room:!room:corp.example type:m.room.message");
  EXPECT_EQ(entry.detail, "$event");
  EXPECT_EQ(entry.outcome, "allowed");
  EXPECT_EQ(entry.policy_version, 3);
  const json::Object who = f.personal_of(entry, UserId("@chan:corp.example"));
  EXPECT_EQ(json::string_or(who, "user", ""), "@chan:corp.example");
  EXPECT_EQ(json::string_or(who, "address", ""), "192.0.2.7");
}

TEST(Gate, RefusalIsRecordedBeforeItIsTold) {
  GateFixture f(default_policy());
  Action action = GateFixture::action(Operation::RoomSend, &kSensitive);
  action.subject.language = "zh-Hant";
  const Admission admission = f.admit(std::move(action));
  const auto* refusal = std::get_if<Refusal>(&admission);
  ASSERT_NE(refusal, nullptr);
  EXPECT_EQ(refusal->rule, "hk-identity-card");
  EXPECT_EQ(refusal->policy_version, 3);
  EXPECT_THAT(refusal->message(), HasSubstr("香港身份證號碼"));
  EXPECT_THAT(refusal->explanation.en, HasSubstr("Hong Kong identity card"));
  EXPECT_EQ(refusal->decision_id.size(), 16U);
  EXPECT_EQ(time_of_decision(refusal->decision_id), f.clock.now());
  ASSERT_EQ(f.entries(), 1);
  const auto entry = *f.last_entry();
  EXPECT_EQ(entry.kind, audit::EntryKind::Decision);
  EXPECT_EQ(entry.outcome, "refused");
  EXPECT_EQ(entry.rule, "hk-identity-card");
  EXPECT_EQ(entry.detail, refusal->decision_id);
  EXPECT_EQ(entry.public_json.find("123456"), std::string::npos);
  const json::Object personal = f.personal_of(entry, UserId("@chan:corp.example"));
  EXPECT_EQ(json::serialize(*json::object_at(personal, "personal")),
            R"({"findings":{"hk_identity_card":1}})");
}

TEST(Gate, NamesOfRefusalsTellTheirTime) {
  SeededRandom random(3);
  const Timestamp now = from_unix_ms(1'767'225'600'123);
  const std::string id = new_decision_id(now, random);
  EXPECT_EQ(id.size(), kDecisionIdLength);
  EXPECT_EQ(time_of_decision(id), now);
  EXPECT_NE(new_decision_id(now, random), id);
  for (const char* other :
       {"", "short", "0123456789abcde", "0123456789abcdefg", "ABCDEFGHabcdefgh", "01234567 bcdefgh"})
    EXPECT_EQ(time_of_decision(other), std::nullopt) << other;
}

TEST(Gate, ResourcesComeBackFromTheRecord) {
  Resource resource;
  resource.room = RoomId("!a:b");
  resource.user = UserId("@x:y");
  resource.event_type = "m.room.message";
  resource.name = "a name";
  const Resource back = Resource::from_record(resource.to_record());
  EXPECT_EQ(back.room, resource.room);
  EXPECT_EQ(back.user, resource.user);
  EXPECT_EQ(back.event_type, resource.event_type);
  EXPECT_EQ(back.name, "a_name");
  EXPECT_TRUE(Resource::from_record("nothing known:").room.empty());
}

TEST(Gate, RefusesWhenTheRecordFails) {
  GateFixture f(default_policy());
  (void)f.permitted(GateFixture::action(Operation::RoomSend, &kHarmless));  // the person's key is there
  f.store.fail_next_commit(unavailable("The disk is full.", "test"));
  const Admission admission = f.admit(GateFixture::action(Operation::RoomSend, &kSensitive));
  ASSERT_TRUE(std::holds_alternative<Error>(admission));
  EXPECT_EQ(std::get<Error>(admission).code(), ErrorCode::Unavailable);
  EXPECT_EQ(f.entries(), 0);
}

TEST(Gate, RefusesWhenThePersonsKeyCannotBeMade) {
  GateFixture f(default_policy());
  f.store.fail_next_commit(unavailable("The disk is full.", "test"));
  const Admission admission = f.admit(GateFixture::action(Operation::RoomSend, &kHarmless));
  EXPECT_TRUE(std::holds_alternative<Error>(admission));
}

TEST(Gate, NeitherEffectNorEntryWithoutTheOther) {
  GateFixture f(default_policy());
  Permit permit = f.permitted(GateFixture::action(Operation::RoomSend, &kHarmless));
  storage::UnitOfWork work;
  work.expect(kPolicies, {std::int64_t{99}}, true);  // does not hold
  const auto receipt = f.executor.run(f.gate->commit(std::move(permit), std::move(work), {}));
  ASSERT_FALSE(receipt.has_value());
  EXPECT_EQ(receipt.error().code(), ErrorCode::Conflict);
  EXPECT_EQ(f.entries(), 0);
}

TEST(Gate, SubmissionsCommitInTheirOrder) {
  GateFixture f(default_policy());
  Permit first = f.permitted(GateFixture::action(Operation::RoomSend, &kHarmless));
  Permit second = f.permitted(GateFixture::action(Operation::RoomSend, &kHarmless));
  auto work = [](Gate& gate, Permit a, Permit b) -> runtime::Task<void> {
    auto later = gate.submit(std::move(b), {}, {.detail = "$second"});
    auto latest = gate.submit(std::move(a), {}, {.detail = "$first"});
    auto one = co_await later;
    auto two = co_await latest;
    EXPECT_TRUE(one.has_value());
    EXPECT_TRUE(two.has_value());
  };
  f.executor.run(work(*f.gate, std::move(first), std::move(second)));
  EXPECT_EQ(f.last_entry()->detail, "$first");
}

constexpr std::string_view kWarnAndMask = R"({"format":1,"name":"t","rules":[
  {"id":"w","operations":["room.send","room.read","room.typing"],"effect":"warn",
   "when":{"network":["192.0.2.0/24"]},"obligations":["notify_auditor"]},
  {"id":"m","operations":["room.send"],"effect":"mask","when":{"finding":{"detector":"hk_identity_card"}}}]})";

TEST(Gate, WarningsGoWithTheChange) {
  GateFixture f(compiled(kWarnAndMask, 1));
  const Admission first = f.admit(GateFixture::action(Operation::RoomSend, &kHarmless));
  ASSERT_TRUE(std::holds_alternative<Refusal>(first));
  const Refusal& asked = std::get<Refusal>(first);
  EXPECT_EQ(asked.kind, Refusal::Kind::Confirm);
  EXPECT_THAT(asked.message(), HasSubstr("“w”"));
  EXPECT_EQ(f.last_entry()->outcome, "asked");
  Permit permit = f.permitted(GateFixture::action(Operation::RoomSend, &kHarmless));
  EXPECT_EQ(permit.warning(), "");
  EXPECT_EQ(permit.rule(), "w");
  EXPECT_EQ(json::serialize(json::Value(permit.obligations())), R"(["notify_auditor"])");
  EXPECT_EQ(f.entries(), 1);
  ASSERT_TRUE(f.executor.run(f.gate->commit(std::move(permit), {}, {})).has_value());
  EXPECT_EQ(f.last_entry()->outcome, "confirmed");
  EXPECT_EQ(f.last_entry()->rule, "w");
}

TEST(Gate, AConfirmationIsForThatActAndThatMinute) {
  GateFixture f(compiled(kWarnAndMask, 1));
  const auto is_asked = [&](const json::Object& content) {
    return std::holds_alternative<Refusal>(f.admit(GateFixture::action(Operation::RoomSend, &content)));
  };
  const json::Object other{{"body", "something else"}};
  EXPECT_TRUE(is_asked(kHarmless));
  EXPECT_TRUE(is_asked(other));
  EXPECT_FALSE(is_asked(kHarmless));
  EXPECT_FALSE(is_asked(kHarmless)) << "a repetition of what was confirmed";
  f.clock.advance(std::chrono::minutes(2));
  EXPECT_TRUE(is_asked(other)) << "too late";
}

constexpr std::string_view kRemembers = R"({"format":1,"name":"t","rules":[
  {"id":"r","operations":["room.send"],"effect":"warn","obligations":[{"remember_minutes":60}]}]})";

TEST(Gate, AConfirmationMayBeRememberedForTheRoom) {
  GateFixture f(compiled(kRemembers, 1));
  const auto is_asked = [&](const json::Object& content) {
    return std::holds_alternative<Refusal>(f.admit(GateFixture::action(Operation::RoomSend, &content)));
  };
  const json::Object other{{"body", "something else"}};
  EXPECT_TRUE(is_asked(kHarmless));
  EXPECT_FALSE(is_asked(kHarmless));
  EXPECT_FALSE(is_asked(other));
  f.clock.advance(std::chrono::minutes(61));
  EXPECT_TRUE(is_asked(other));
}

constexpr std::string_view kHolds = R"({"format":1,"name":"t","rules":[
  {"id":"h","operations":["room.send"],"effect":"hold","obligations":[{"chain":["manager"]},{"label":"confidential"}]}]})";

class GrantEverything final : public Grants {
 public:
  bool covers(const Action&, std::span<const std::string> rules) const override {
    return rules.size() == 1 && rules.front() == "h";
  }
};

TEST(Gate, WhatIsHeldGoesThroughWithAGrant) {
  GateFixture f(compiled(kHolds, 1));
  const Admission held = f.admit(GateFixture::action(Operation::RoomSend, &kHarmless));
  ASSERT_TRUE(std::holds_alternative<Refusal>(held));
  const Refusal& refusal = std::get<Refusal>(held);
  EXPECT_EQ(refusal.kind, Refusal::Kind::Hold);
  EXPECT_EQ(refusal.holding_rules, std::vector<std::string>{"h"});
  ASSERT_TRUE(refusal.content.has_value());
  EXPECT_EQ(governance::label_of(*refusal.content), "confidential");
  EXPECT_EQ(f.last_entry()->outcome, "held");
  const GrantEverything grants;
  f.gate->provide({.grants = &grants});
  Permit permit = f.permitted(GateFixture::action(Operation::RoomSend, &kHarmless));
  EXPECT_EQ(permit.label(), "confidential");
  ASSERT_TRUE(f.executor.run(f.gate->commit(std::move(permit), {}, {})).has_value());
  EXPECT_EQ(f.last_entry()->outcome, "approved");
}

constexpr std::string_view kCounts = R"({"format":1,"name":"t",
  "counters":[{"id":"downloads","within_minutes":60,"operations":["media.download"]}],
  "rules":[{"id":"bulk","operations":["media.download"],"effect":"refuse","when":{"counter":{"id":"downloads","more_than":3}}}]})";

TEST(Gate, CountersCountWhatWasDoneInTheirWindow) {
  GateFixture f(compiled(kCounts, 1));
  const auto is_refused = [&] {
    return std::holds_alternative<Refusal>(f.admit(GateFixture::action(Operation::MediaDownload)));
  };
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(is_refused());
  EXPECT_TRUE(is_refused());
  f.clock.advance(std::chrono::minutes(61));
  EXPECT_FALSE(is_refused());
}

TEST(Gate, EachPageThatIsShownIsRecorded) {
  GateFixture f(governance::CompiledPolicy::permissive());
  for (const Operation operation : {Operation::MediaView, Operation::MediaDownload}) {
    Action action = GateFixture::action(operation);
    action.resource = {};
    action.resource.name = "mxc://corp.example/plan";
    Permit permit = f.permitted(std::move(action));
    ASSERT_TRUE(
        f.executor.run(f.gate->record(std::move(permit), {.detail = "mxc://corp.example/plan page 2"})));
  }
  ASSERT_EQ(f.entries(), 1) << "downloads are summarised elsewhere";
  EXPECT_EQ(f.last_entry()->operation, "media.view");
  EXPECT_EQ(f.last_entry()->kind, audit::EntryKind::Read);
  EXPECT_EQ(f.last_entry()->detail, "mxc://corp.example/plan page 2");
}

TEST(Gate, WhatWasJudgedBeforeIsRecordedAsItWasJudged) {
  GateFixture f(governance::CompiledPolicy::permissive());
  Permit permit = f.permitted(GateFixture::action(Operation::InspectionVerdict));
  Outcome outcome{.detail = "inspected"};
  outcome.judged = Judged{.outcome = "held", .rule = "numbers", .findings = {{"hk_identity_card", 2}}};
  ASSERT_TRUE(f.executor.run(f.gate->commit(std::move(permit), {}, std::move(outcome))).has_value());
  EXPECT_EQ(f.last_entry()->outcome, "held");
  EXPECT_EQ(f.last_entry()->rule, "numbers");
  const json::Object personal = f.personal_of(*f.last_entry(), UserId("@chan:corp.example"));
  EXPECT_EQ(json::serialize(personal).find("hk_identity_card") == std::string::npos, false);
}

TEST(Gate, MasksHandOverTheMaskedContent) {
  GateFixture f(compiled(kWarnAndMask, 1));
  EXPECT_TRUE(
      std::holds_alternative<Refusal>(f.admit(GateFixture::action(Operation::RoomSend, &kSensitive))));
  Permit permit = f.permitted(GateFixture::action(Operation::RoomSend, &kSensitive));
  ASSERT_TRUE(permit.amended_content().has_value());
  EXPECT_EQ(json::string_or(*permit.amended_content(), "body", ""), "my number is *******(*)");
  ASSERT_TRUE(f.executor.run(f.gate->commit(std::move(permit), {}, {})).has_value());
  EXPECT_EQ(f.last_entry()->outcome, "masked");
  EXPECT_EQ(f.last_entry()->rule, "w");
}

TEST(Gate, WarningsOfWhatLeavesNoEntryAreRecordedAtOnce) {
  GateFixture f(compiled(kWarnAndMask, 1));
  Permit read = f.permitted(GateFixture::action(Operation::RoomRead));
  ASSERT_EQ(f.entries(), 1);
  EXPECT_EQ(f.last_entry()->kind, audit::EntryKind::Decision);
  EXPECT_EQ(f.last_entry()->outcome, "warned");
  ASSERT_TRUE(f.executor.run(f.gate->record(std::move(read), {})).has_value());
  EXPECT_EQ(f.entries(), 1);
  (void)f.permitted(GateFixture::action(Operation::RoomTyping));
  EXPECT_EQ(f.entries(), 2);
}

TEST(Gate, OrdinaryReadsAndSignalsLeaveNoEntry) {
  GateFixture f(default_policy());
  for (const Operation operation : {Operation::RoomRead, Operation::Sync, Operation::RoomTyping}) {
    Permit permit = f.permitted(GateFixture::action(operation));
    EXPECT_TRUE(f.executor.run(f.gate->record(std::move(permit), {})).has_value());
  }
  EXPECT_EQ(f.entries(), 0);
}

TEST(Gate, PrivilegedReadsAreRecorded) {
  GateFixture f(default_policy());
  Permit by_auditor = f.permitted(GateFixture::action(Operation::RoomRead, nullptr, Role::Auditor));
  ASSERT_TRUE(f.executor.run(f.gate->record(std::move(by_auditor), {})).has_value());
  EXPECT_EQ(f.entries(), 1);
  EXPECT_EQ(f.last_entry()->kind, audit::EntryKind::Read);

  Action own = GateFixture::action(Operation::DeviceRead, nullptr, Role::Administrator);
  own.resource.user = own.subject.user;
  Permit of_own = f.permitted(std::move(own));
  ASSERT_TRUE(f.executor.run(f.gate->record(std::move(of_own), {})).has_value());
  EXPECT_EQ(f.entries(), 1);

  Action other = GateFixture::action(Operation::DeviceRead, nullptr, Role::Administrator);
  other.resource.user = UserId("@bob:corp.example");
  Permit of_other = f.permitted(std::move(other));
  ASSERT_TRUE(f.executor.run(f.gate->record(std::move(of_other), {})).has_value());
  EXPECT_EQ(f.entries(), 2);
}

TEST(Gate, AdministrativeActsAreRecorded) {
  GateFixture f(default_policy());
  Permit permit = f.permitted(GateFixture::action(Operation::AuditExport, nullptr, Role::Administrator));
  ASSERT_TRUE(f.executor.run(f.gate->record(std::move(permit), {.detail = "0..99"})).has_value());
  EXPECT_EQ(f.last_entry()->kind, audit::EntryKind::Administration);
  EXPECT_EQ(f.last_entry()->detail, "0..99");
}

TEST(Gate, TheSystemActsWithoutAPerson) {
  GateFixture f(default_policy());
  Permit permit = f.permitted({Subject::system(), Operation::SystemStart, {}, nullptr});
  ASSERT_TRUE(f.executor.run(f.gate->record(std::move(permit), {})).has_value());
  EXPECT_EQ(f.last_entry()->operation, "system.start");
}

TEST(Gate, RolesAreClosedByDefault) {
  GateFixture f(governance::CompiledPolicy::permissive());
  struct Case {
    Role role;
    Operation operation;
    bool allowed;
  };
  const Case cases[] = {
      {Role::Guest, Operation::RoomSend, true},        {Role::Guest, Operation::RoomCreate, false},
      {Role::Guest, Operation::RoomInvite, false},     {Role::Guest, Operation::AdminUserAdd, false},
      {Role::Member, Operation::RoomCreate, true},     {Role::Member, Operation::AdminUserAdd, false},
      {Role::Member, Operation::AuditExport, false},   {Role::Auditor, Operation::AuditExport, true},
      {Role::Auditor, Operation::RoomSend, false},     {Role::Auditor, Operation::AdminPolicySwap, false},
      {Role::Auditor, Operation::RoomRead, true},      {Role::Administrator, Operation::AdminUserAdd, true},
      {Role::System, Operation::SystemStop, true},     {static_cast<Role>(77), Operation::RoomRead, false},
      {static_cast<Role>(77), Operation::Sync, false},
  };
  for (const Case& c : cases) {
    const Admission admission = f.admit(GateFixture::action(c.operation, nullptr, c.role));
    EXPECT_EQ(std::holds_alternative<Permit>(admission), c.allowed)
        << to_string(c.role) << " " << to_string(c.operation);
    if (const auto* refusal = std::get_if<Refusal>(&admission)) {
      EXPECT_EQ(refusal->rule, role_rule(c.role));
      EXPECT_FALSE(refusal->message().empty());
      EXPECT_EQ(f.last_entry()->outcome, "refused");
    }
  }
}

TEST(Gate, SwapsThePolicyWhole) {
  GateFixture f(governance::CompiledPolicy::permissive());
  EXPECT_TRUE(std::holds_alternative<Permit>(f.admit(GateFixture::action(Operation::RoomSend, &kSensitive))));
  f.gate->swap_policy(default_policy());
  EXPECT_EQ(f.gate->policy()->version(), 3);
  EXPECT_TRUE(
      std::holds_alternative<Refusal>(f.admit(GateFixture::action(Operation::RoomSend, &kSensitive))));
}

TEST(Gate, CountsItsDecisions) {
  GateFixture f(default_policy());
  (void)f.admit(GateFixture::action(Operation::RoomSend, &kSensitive));
  (void)f.admit(GateFixture::action(Operation::RoomSend, &kHarmless));
  const std::string metrics = f.metrics.render();
  EXPECT_THAT(metrics, HasSubstr("kuramori_gate_decisions_total{outcome=\"refused\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("kuramori_gate_decisions_total{outcome=\"allowed\"} 1"));
}

TEST(PermitDeathTest, IsForItsOperationAlone) {
  GateFixture f(governance::CompiledPolicy::permissive());
  const Permit permit = f.permitted(GateFixture::action(Operation::RoomSend));
  permit.require(Operation::RoomSend);
  permit.require_any({Operation::RoomJoin, Operation::RoomSend});
  EXPECT_DEATH(permit.require(Operation::RoomJoin), "a permit for another operation");
  EXPECT_DEATH(permit.require_any({Operation::RoomJoin}), "a permit for another operation");
}

TEST(Operations, HaveDistinctNamesThatParse) {
  const auto names = policy_vocabulary().operations;
  const std::set<std::string_view> distinct(names.begin(), names.end());
  EXPECT_EQ(distinct.size(), kOperations);
  for (const std::string_view name : names) EXPECT_EQ(to_string(*parse_operation(name)), name);
  EXPECT_FALSE(parse_operation("room.sned").has_value());
  EXPECT_EQ(parse_operation("room.send"), Operation::RoomSend);
  EXPECT_EQ(effect_of(Operation::RoomTyping), Effect::Signals);
}

TEST(Localised, ChoosesTheLanguage) {
  const Localised texts{"e", "s", "t", "j"};
  for (const auto& [language, text] : {std::pair("en", "e"),
                                       {"", "e"},
                                       {"fr", "e"},
                                       {"ja", "j"},
                                       {"ja-JP", "j"},
                                       {"zh", "s"},
                                       {"zh-Hans", "s"},
                                       {"zh-CN", "s"},
                                       {"zh-Hant", "t"},
                                       {"zh-Hant-HK", "t"},
                                       {"zh-HK", "t"},
                                       {"zh-TW", "t"},
                                       {"jam", "e"}}) {
    EXPECT_EQ(texts.in(language), text) << language;
  }
  EXPECT_EQ((Localised{"e", "", "", ""}).in("ja"), "e");
}

TEST(ResourceRecord, NamesWhatItHolds) {
  Resource resource;
  EXPECT_EQ(resource.to_record(), "");
  resource.room = RoomId("!a");
  resource.user = UserId("@b:c");
  resource.name = "two words\n";
  EXPECT_EQ(resource.to_record(), "room:!a user:@b:c name:two_words_");
}

}  // namespace
}  // namespace kuramori::gate
