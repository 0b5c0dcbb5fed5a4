#include "decisions.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "governance/compiled_policy.hpp"
#include "governance/surroundings.hpp"

namespace kuramori::bench {

namespace {

using namespace kuramori::governance;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kRules = 10'000;
constexpr std::size_t kUnits = 500;
// So many that what they borrow stays in the cache, as with an act that was just read.
constexpr std::size_t kActs = 512;

// A large organisation's policy: walls between departments, rules of rooms and people, labels, files,
// detectors with a condition beside them.
std::string policy_text() {
  std::string text = R"({"format":1,"name":"many rules","rules":[)";
  for (std::size_t i = 0; i < kRules; ++i) {
    const std::string n = std::to_string(i);
    const std::string unit = std::to_string(i % kUnits);
    text += i == 0 ? "{" : ",{";
    text += R"("id":"rule-)" + n + R"(","operations":["room.send"],"effect":")" +
            (i % 3 == 0 ? "hold" : "refuse") + "\",";
    switch (i % 5) {
      case 0:
        text += R"("when":{"all":[{"department":["unit-)" + unit +
                R"("]},{"destination":["outside"]},{"label":{"is":["secret"]}}]}})";
        break;
      case 1:
        text += R"("resource":{"rooms":["!room-)" + n +
                R"(:corp.example"]},"when":{"not":{"department":["unit-)" + unit + R"("]}}})";
        break;
      case 2:
        text += R"("when":{"all":[{"user":["@person-)" + n +
                R"(:corp.example"]},{"finding":{"detector":"payment_card"}}]}})";
        break;
      case 3:
        text +=
            R"("when":{"all":[{"department":["unit-)" + unit + R"("]},{"finding":{"detector":"iban"}}]}})";
        break;
      default:
        text += R"("resource":{"event_types":["org.corp.type-)" + n + R"("]}})";
    }
  }
  return text + "]}";
}

class People final : public Surroundings {
 public:
  explicit People(std::string unit) : unit_(std::move(unit)) {}
  bool works_in(std::string_view, std::string_view unit) const override {
    return unit == unit_ || unit == "company";
  }
  bool list_units(std::string_view, std::vector<std::string_view>& units) const override {
    units.push_back(unit_);
    units.push_back("company");
    return true;
  }
  bool has_role(std::string_view, std::string_view) const override { return false; }
  std::string_view clearance(std::string_view) const override { return "confidential"; }
  std::string_view region(std::string_view) const override { return "HK"; }
  std::string_view employment(std::string_view) const override { return "active"; }
  std::optional<Destination> destination(std::string_view, std::string_view) const override {
    return Destination::OtherDepartment;
  }
  Destination place_of(std::string_view, std::string_view) const override { return Destination::Outside; }
  bool is_encrypted(std::string_view) const override { return false; }
  std::string_view label(std::string_view) const override { return "internal"; }
  LinkVerdicts links(const json::Object&) const override { return {}; }
  ContentOrigin origin(const json::Object&, std::string_view) const override { return {}; }
  bool may_contact(std::string_view, std::string_view) const override { return true; }
  std::uint32_t recent(std::size_t, const Question&) const override { return 0; }

 private:
  std::string unit_;
};

// Acts of many people in many rooms; what they borrow from lives here.
struct Acts {
  std::vector<std::string> names;
  std::vector<std::unique_ptr<People>> worlds;
  json::Object content{{"msgtype", "m.text"}, {"body", "See you at ten."}};
  std::vector<Question> questions;

  Acts() {
    std::mt19937 engine(7);
    names.reserve(2 * kActs);
    for (std::size_t i = 0; i < kActs; ++i) {
      // Departments that no rule inspects content of: what inspection costs is measured apart.
      const std::string unit = "unit-" + std::to_string(engine() % kUnits / 5 * 5);
      worlds.push_back(std::make_unique<People>(unit));
      names.push_back("@person-" + std::to_string(engine() % 100'000 / 5 * 5) + ":corp.example");
      names.push_back("!room-" + std::to_string(engine() % 100'000) + ":corp.example");
      questions.push_back(
          {.operation = "room.send",
           .subject = {.user = names[2 * i], .role = "member", .device = "PHONE", .address = "10.1.2.3"},
           .resource = {.room = names[2 * i + 1], .event_type = "m.room.message"},
           .content = &content,
           .surroundings = worlds.back().get()});
    }
  }
};

double median_of(const CompiledPolicy& policy, const RuleSelection& rules, const Acts& acts,
                 std::size_t series) {
  std::vector<double> times;
  for (std::size_t round = 0; round < series; ++round) {
    const std::size_t from = round * 64 % kActs;
    const auto begin = SteadyClock::now();
    for (std::size_t i = 0; i < 64; ++i) {
      if (!policy.evaluate(rules, acts.questions[(from + i) % kActs])) return 0;
    }
    const std::chrono::duration<double, std::nano> taken = SteadyClock::now() - begin;
    times.push_back(taken.count() / 64);
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

double per_second(const CompiledPolicy& policy, const RuleSelection& rules, const Acts& acts,
                  std::size_t threads) {
  std::atomic<std::size_t> decided = 0;
  const auto begin = SteadyClock::now();
  std::vector<std::thread> workers;
  for (std::size_t t = 0; t < threads; ++t) {
    workers.emplace_back([&, t] {
      std::size_t mine = 0;
      while (SteadyClock::now() - begin < std::chrono::seconds(2)) {
        for (std::size_t i = 0; i < 256; ++i)
          mine += policy.evaluate(rules, acts.questions[(mine + t) % kActs]) ? 1 : 0;
      }
      decided += mine;
    });
  }
  for (std::thread& worker : workers) worker.join();
  const std::chrono::duration<double> taken = SteadyClock::now() - begin;
  return static_cast<double>(decided) / taken.count();
}

}  // namespace

bool measure_decisions() {
  const auto begin = SteadyClock::now();
  auto document = parse_policy_or_error(policy_text());
  if (!document) return false;
  const auto compiled = CompiledPolicy::compile(*std::move(document), 1);
  if (!compiled) return false;
  const CompiledPolicy& policy = **compiled;
  RuleSelection linear = policy.rules_for("room.send");
  RuleSelection indexed = linear;
  indexed.index = policy.index(linear);
  const std::chrono::duration<double, std::milli> taken = SteadyClock::now() - begin;
  std::printf("a policy of %zu rules: read, compiled and indexed in %.0f ms\n", linear.rules.size(),
              taken.count());
  const Acts acts;
  std::size_t touched = 0;
  for (const Question& question : acts.questions) {
    const auto one = policy.evaluate(linear, question);
    const auto other = policy.evaluate(indexed, question);
    if (!one || !other || one->effect != other->effect || one->rule != other->rule) return false;
    touched += one->rule.empty() ? 0 : 1;
  }
  std::printf("  %zu acts, %zu of them decided by a rule\n", acts.questions.size(), touched);
  std::printf("  one decision, median: %.2f us with the index, %.2f us by asking every rule\n",
              median_of(policy, indexed, acts, 4'000) / 1000, median_of(policy, linear, acts, 60) / 1000);
  std::printf("  decisions a second: %.0f on one core, %.0f on two\n", per_second(policy, indexed, acts, 1),
              per_second(policy, indexed, acts, 2));
  return true;
}

}  // namespace kuramori::bench
