// The index of rules: the same decisions as asking every rule, and nothing allocated for an act that no rule
// is about.
#include "governance/rule_index.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <random>

#include "governance/compiled_policy.hpp"
#include "governance/surroundings.hpp"

namespace {
thread_local std::size_t allocations = 0;
}  // namespace

// Counted for the whole program, and only looked at here.
void* operator new(std::size_t octets) {
  ++allocations;
  if (void* memory = std::malloc(octets > 0 ? octets : 1)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace kuramori::governance {
namespace {

class Chance {
 public:
  explicit Chance(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(engine_);
  }
  bool one_in(std::size_t count) { return below(count) == 0; }
  template <class List>
  auto of(const List& list) {
    return list[below(std::size(list))];
  }

 private:
  std::mt19937 engine_;
};

constexpr std::string_view kUnits[] = {"sales", "sales-hk", "research", "legal"};
constexpr std::string_view kLabelNames[] = {"public", "internal", "confidential", "secret"};
constexpr std::string_view kRoleNames[] = {"member", "guest", "administrator"};
constexpr std::string_view kPlaces[] = {"own_department", "partner", "customer", "outside"};
constexpr std::string_view kRoomNames[] = {"!a:x", "!b:x", "!C:x"};
constexpr std::string_view kUserNames[] = {"@ann:x", "@bob:y", "@cho:x"};
constexpr std::string_view kTexts[] = {"hello",       "card 4111 1111 1111 1111", "the heron plan",
                                       "a@b.example", "heron 4111111111111111",   ""};

class World final : public Surroundings {
 public:
  bool lists = true;
  std::string_view unit = "sales";
  std::string_view room_label = {};
  std::optional<Destination> place;
  bool sealed = false;

  bool works_in(std::string_view user, std::string_view asked) const override {
    return !user.empty() && (asked == unit || (asked == "sales" && unit == "sales-hk"));
  }
  bool list_units(std::string_view user, std::vector<std::string_view>& units) const override {
    if (!lists) return false;
    if (user.empty()) return true;
    units.push_back(unit);
    if (unit == "sales-hk") units.push_back("sales");
    return true;
  }
  bool has_role(std::string_view user, std::string_view role) const override {
    return user == "@ann:x" && role == "approver";
  }
  std::string_view clearance(std::string_view user) const override {
    return user == "@bob:y" ? "public" : "confidential";
  }
  std::string_view region(std::string_view) const override { return "CN-SH"; }
  std::string_view employment(std::string_view) const override { return "active"; }
  bool may_contact(std::string_view, std::string_view) const override { return true; }
  std::optional<Destination> destination(std::string_view, std::string_view) const override { return place; }
  Destination place_of(std::string_view, std::string_view) const override { return Destination::Outside; }
  bool is_encrypted(std::string_view) const override { return sealed; }
  std::string_view label(std::string_view) const override { return room_label; }
  LinkVerdicts links(const json::Object&) const override { return {}; }
  ContentOrigin origin(const json::Object&, std::string_view) const override { return {}; }
  std::uint32_t recent(std::size_t, const Question&) const override { return 0; }
};

json::Object named_condition(std::string_view kind, json::Value value) {
  return {{kind, std::move(value)}};
}

json::Object random_condition(Chance& chance, std::size_t depth) {
  const auto list = [&](const auto& names) { return json::Array{json::Value(chance.of(names))}; };
  if (depth > 0 && chance.one_in(2)) {
    if (chance.one_in(5)) return named_condition("not", random_condition(chance, depth - 1));
    json::Array children;
    for (std::size_t i = 1 + chance.below(3); i > 0; --i)
      children.push_back(random_condition(chance, depth - 1));
    return named_condition(chance.one_in(2) ? "all" : "any", std::move(children));
  }
  constexpr std::string_view kGlobs[] = {"@ann:x", "@*:y", "@CHO:x", "*"};
  constexpr std::string_view kDevices[] = {"PHONE", "lap*"};
  constexpr std::string_view kDetectorNames[] = {"payment_card", "email_address"};
  switch (chance.below(11)) {
    case 0:
      return named_condition("department", list(kUnits));
    case 1:
      return named_condition("role", list(kRoleNames));
    case 2:
      return named_condition("label", json::Object{{"is", list(kLabelNames)}});
    case 3:
      return named_condition("destination", list(kPlaces));
    case 4:
      return named_condition("user", list(kGlobs));
    case 5:
      return named_condition("device", list(kDevices));
    case 6:
      return named_condition("clearance", "below_label");
    case 7:
      return named_condition("keyword", json::Object{{"dictionary", "projects"}});
    case 8:
      return named_condition("organisation_role", json::Array{"approver"});
    default:
      return named_condition("finding", json::Object{{"detector", chance.of(kDetectorNames)}});
  }
}

json::Object random_rule(Chance& chance, std::size_t number) {
  constexpr std::string_view kEffects[] = {"allow", "warn", "hold", "refuse", "mask", "allow"};
  json::Object rule{{"id", "r" + std::to_string(number)}, {"operations", json::Array{"room.send"}}};
  json::Object resource;
  if (chance.one_in(3))
    resource["rooms"] = json::Array{json::Value(chance.one_in(4) ? "!*" : chance.of(kRoomNames))};
  if (chance.one_in(6)) resource["event_types"] = json::Array{"m.room.message"};
  if (!resource.empty()) rule["resource"] = std::move(resource);
  std::string_view effect = chance.of(kEffects);
  if (!chance.one_in(8)) rule["when"] = random_condition(chance, 2);
  if (effect == "mask") {
    rule["when"] = named_condition(
        "all", json::Array{named_condition("finding", json::Object{{"detector", "payment_card"}}),
                           random_condition(chance, 1)});
  }
  if (!rule.contains("when") && effect == "refuse") effect = "warn";
  rule["effect"] = effect;
  if (chance.one_in(4)) rule["obligations"] = json::Array{json::Object{{"label", chance.of(kLabelNames)}}};
  return rule;
}

std::shared_ptr<const CompiledPolicy> random_policy(Chance& chance, std::size_t rule_count) {
  json::Array rules;
  for (std::size_t i = 0; i < rule_count; ++i) rules.push_back(random_rule(chance, i));
  const json::Object document{
      {"format", 1},
      {"name", "random"},
      {"unmatched", chance.one_in(5) ? "refuse" : "allow"},
      {"dictionaries", json::Array{json::Object{{"id", "projects"}, {"terms", json::Array{"heron"}}}}},
      {"rules", std::move(rules)}};
  auto parsed = parse_policy_or_error(json::serialize(document));
  EXPECT_TRUE(parsed.has_value()) << parsed.error().message();
  return *CompiledPolicy::compile(*std::move(parsed), 1);
}

std::string told(const Decision& decision) {
  json::Array findings;
  for (const Finding& finding : decision.findings)
    findings.push_back(json::Object{{"source", finding.source}, {"count", finding.count}});
  json::Object all{{"effect", to_string(decision.effect)},
                   {"rule", decision.rule},
                   {"en", decision.explanation.en},
                   {"findings", std::move(findings)},
                   {"label", decision.label},
                   {"obligations", decision.obligations}};
  if (decision.masked_content) all["masked"] = *decision.masked_content;
  for (const auto* list : {&decision.matched_rules, &decision.asking_rules, &decision.holding_rules}) {
    json::Array names;
    for (const std::string& name : *list) names.emplace_back(name);
    all["list" + std::to_string(all.size())] = std::move(names);
  }
  return json::serialize(all);
}

TEST(RuleIndex, DecidesAsIfEveryRuleWereAsked) {
  std::size_t matched = 0;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    Chance chance(seed);
    const auto policy = random_policy(chance, 1 + chance.below(40));
    const RuleSelection linear = policy->rules_for("room.send");
    RuleSelection indexed = linear;
    indexed.index = policy->index(linear);
    for (int act = 0; act < 60; ++act) {
      World world;
      world.lists = chance.one_in(2);
      world.unit = chance.of(kUnits);
      if (chance.one_in(2)) world.room_label = chance.of(kLabelNames);
      if (!chance.one_in(3)) world.place = static_cast<Destination>(chance.below(kDestinations));
      const json::Object content{{"msgtype", "m.text"}, {"body", chance.of(kTexts)}};
      Question question{.operation = "room.send",
                        .subject = {.user = chance.of(kUserNames),
                                    .role = chance.of(kRoleNames),
                                    .device = chance.one_in(2) ? "phone" : "LAPTOP"},
                        .resource = {.room = chance.of(kRoomNames), .event_type = "m.room.message"},
                        .content = chance.one_in(6) ? nullptr : &content,
                        .surroundings = chance.one_in(6) ? nullptr : &world};
      const auto one = policy->evaluate(linear, question);
      const auto other = policy->evaluate(indexed, question);
      ASSERT_EQ(one.has_value(), other.has_value());
      ASSERT_EQ(told(*one), told(*other)) << "seed " << seed << ", act " << act;
      matched += one->matched_rules.size();
    }
  }
  EXPECT_GT(matched, 3000U);
}

// Ten thousand rules of five kinds, each for a room, a department, a person, a label with a detector, or a
// detector.
std::shared_ptr<const CompiledPolicy> ten_thousand_rules() {
  std::string text = R"({"format":1,"name":"many","rules":[)";
  for (int i = 0; i < 10'000; ++i) {
    const std::string n = std::to_string(i);
    text += i == 0 ? "" : ",";
    text += R"({"id":"r)" + n + R"(","operations":["room.send"],"effect":"refuse",)";
    switch (i % 4) {
      case 0:
        text += R"("resource":{"rooms":["!room)" + n + R"(:x"]},"when":{"role":["guest"]}})";
        break;
      case 1:
        text += R"("when":{"all":[{"department":["unit)" + n + R"("]},{"destination":["outside"]}]}})";
        break;
      case 2:
        text += R"("when":{"any":[{"user":["@p)" + n + R"(:x"]},{"user":["@q)" + n + R"(:x"]}]}})";
        break;
      default:
        text += R"("when":{"all":[{"device":["D)" + n + R"("]},{"finding":{"detector":"payment_card"}}]}})";
    }
  }
  auto parsed = parse_policy_or_error(text + "]}");
  EXPECT_TRUE(parsed.has_value());
  return *CompiledPolicy::compile(*std::move(parsed), 1);
}

TEST(RuleIndex, AnActThatNoRuleIsAboutAllocatesNothing) {
  const auto policy = ten_thousand_rules();
  RuleSelection rules = policy->rules_for("room.send");
  rules.index = policy->index(rules);
  World world;
  world.unit = "elsewhere";
  const json::Object content{{"msgtype", "m.text"}, {"body", "hello"}};
  const Question question{.operation = "room.send",
                          .subject = {.user = "@ann:x", .role = "member", .device = "PHONE"},
                          .resource = {.room = "!a:x", .event_type = "m.room.message"},
                          .content = &content,
                          .surroundings = &world};
  ASSERT_EQ(policy->evaluate(rules, question)->effect, Effect::Allow);  // buffers of this thread are made
  const std::size_t before = allocations;
  const auto decision = policy->evaluate(rules, question);
  const std::size_t made = allocations - before;
  EXPECT_EQ(decision->effect, Effect::Allow);
  EXPECT_EQ(made, 0U);
  // And one that a rule is about is decided by it.
  Question other = question;
  other.subject.user = "@P4002:X";
  EXPECT_EQ(policy->evaluate(rules, other)->rule, "r4002");
  EXPECT_GT(allocations - before, 0U);
}

}  // namespace
}  // namespace kuramori::governance
