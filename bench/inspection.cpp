// What inspection costs: a message and a large text through all built-in detectors, 10,000 terms and
// normalisation, beside RE2 that looks for expressions of the same kinds in the same run; and searches among
// 300,000 terms.
//
//   build/bench/bin/kuramori-bench-inspection
//   build/bench/bin/kuramori-bench-inspection --presidio FOLDER  // beside Presidio, too:
//   bench/peers/presidio install FOLDER build/bench/bin/kuramori-bench-inspection decisions  // under 10,000
//   rules, alone build/bench/bin/kuramori-bench-inspection FOLDER     // reads its files in the sandbox:
//   bench/make_documents.py
#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "decisions.hpp"
#include "documents.hpp"
#include "governance/inspection.hpp"
#include "governance/term_search.hpp"
#include "presidio.hpp"

namespace {

using namespace kuramori::governance;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kMessage =
    "Hi Anna, thanks for the notes. Could we move the review to half past two? The draft of the annual plan "
    "needs "
    "another look from the design team before it goes to the board, and I would like to have lunch first, "
    "OK?";
static_assert(kMessage.size() >= 200 && kMessage.size() <= 215);
constexpr std::string_view kChinese =
    "大家好，谢谢今天的记录。我们能不能把评审改到下午两点半？年度计划的草稿在提交给董事会之前，还需要设计团队"
    "再看一遍。";

constexpr std::string_view kJapanese =
    "お疲れさまです。議事録をありがとうございます。レビューを午後二時半に変更できますか？年度計画の案は取締役"
    "会に"
    "提出する前に、デザインチームにもう一度見てもらう必要があります。";
constexpr std::string_view kFindings =
    "Hi Anna, please pay with my card 4111 1111 1111 1111 and send the receipt to anna.lee@example.org, or "
    "call me on "
    "+852 9123 4567 before half past two; the rest of the plan can wait until Monday, when the team is back "
    "again.";
// Of a large text: a minute of Presidio's time otherwise.
constexpr std::size_t kPresidioOctets = 50'000;

std::string english_term(std::size_t i) {
  constexpr const char* kSyllables[] = {"ka", "ro",  "mi",  "ten", "sol", "ber",
                                        "lu", "vex", "pri", "don", "qua", "hel"};
  std::string term;
  for (std::size_t rest = i * 7919 + 13, n = 0; n < 4; ++n, rest /= 12) term += kSyllables[rest % 12];
  return term + " " + std::to_string(i % 97);
}

PolicyDocument policy_with(std::size_t terms) {
  PolicyDocument document;
  document.dictionaries.push_back({.id = "terms", .description = {}, .terms = {}, .names = {}});
  for (std::size_t i = 0; i < terms; ++i) document.dictionaries[0].terms.push_back(english_term(i));
  return document;
}

// Nanoseconds of one call: the median over many short series.
template <class Call>
double median_ns(Call call, std::size_t calls_in_series, std::size_t series) {
  std::vector<double> times;
  for (std::size_t i = 0; i < series; ++i) {
    const auto begin = Clock::now();
    for (std::size_t n = 0; n < calls_in_series; ++n) call();
    const std::chrono::duration<double, std::nano> taken = Clock::now() - begin;
    times.push_back(taken.count() / static_cast<double>(calls_in_series));
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

// Expressions without checksums, context or normalisation: what a scanner built on RE2 alone would begin
// with.
const std::vector<std::string> kExpressions{
    R"(\b[A-Z]{1,2}[0-9]{6}\(?[0-9A]\)?)",
    R"(\b[0-9]{17}[0-9Xx]\b)",
    R"(\b[0-9]{15}\b)",
    R"(\b(?:[0-9][ -]?){13,19}\b)",
    R"(\b[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}\b)",
    R"(\b[EGDSP][A-Z]?[0-9]{7,8}\b)",
    R"(\b[HMCW][0-9]{8,10}\b)",
    R"(\b[A-Z][1289][0-9]{8}\b)",
    R"(\b[A-Z][A-D][0-9]{8}\b)",
    R"(\b[0-9]{8,9}\b)",
    R"(\b[0-9]{13}\b)",
    R"(\b[0-9]{12}\b)",
    R"(\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b)",
    R"(\b[A-Z]{2}[0-9]{6}[A-D]\b)",
    R"(\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7})",
    R"((?i)(?:salary|wage|pay)\W{0,10}[0-9,]{4,})",
    R"(\+?[0-9][0-9 ()-]{7,15})",
    R"([A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,})",
    R"([0-9]{1,5} (?:[A-Z][a-z]+ ){1,4}(?:Street|Road|Avenue|Lane))",
    R"((?:AKIA|ASIA)[A-Z0-9]{16})",
    R"(-----BEGIN [A-Z ]*PRIVATE KEY)",
    R"(gh[pousr]_[A-Za-z0-9]{36})",
    R"(xox[abeprs]-[A-Za-z0-9-]{20,})",
    R"(AIza[A-Za-z0-9_-]{35})",
    R"(eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)",
    R"((?i)(?:password|passwd|pwd|token|secret)\s*[:=]\s*\S{6,})",
    R"((?i)\b(?:diabetes|cancer|hepatitis|depression|asthma|epilepsy|leukemia|stroke)\b)",
    R"((?i)\b(?:top secret|secret)\b)",
    R"((?i)\b(?:strictly )?confidential\b)",
    R"((?i)\binternal use only\b)"};

std::string repeated(std::string_view piece, std::size_t octets) {
  std::string text;
  while (text.size() < octets) text.append(piece).append("\n");
  return text;
}

void report(const char* what, std::size_t octets, double ns) {
  std::printf("%-64s %10.2f us %9.1f MB/s\n", what, ns / 1000, static_cast<double>(octets) * 1000 / ns);
}

}  // namespace

int main(int argc, char** argv) {
  constexpr std::size_t kRounds = 20;
  const std::string_view asked = argc >= 2 ? argv[1] : "";
  if (asked == "decisions") return kuramori::bench::measure_decisions() ? 0 : 1;
  const bool beside_presidio = asked == "--presidio" && argc == 3;
  if (argc == 2) return kuramori::bench::measure_documents(argv[1], kRounds) ? 0 : 1;
  PolicyDocument document = policy_with(10'000);
  const auto inspector = *Inspector::compile(document, Scope::Everything);
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(256 << 20);
  RE2::Set set(options, RE2::UNANCHORED);
  for (const std::string& expression : kExpressions) {
    if (set.Add(expression, nullptr) < 0) return 1;
  }
  if (!set.Compile()) return 1;
  std::size_t seen = 0;
  const auto ours = [&](const kuramori::json::Object& content) {
    const auto found = inspector->inspect(content, Masks::No);
    seen += found ? found->hits.size() : 1'000'000;
  };
  std::vector<int> indices;
  const auto theirs = [&](std::string_view text) {
    indices.clear();
    set.Match(re2::StringPiece(text.data(), text.size()), &indices);
    seen += indices.size();
  };
  struct Text {
    const char* name;
    std::string text;
    std::size_t series;
  };
  const std::vector<Text> texts{{"message of 200 octets", std::string(kMessage), 400},
                                {"message with a card and a mail address", std::string(kFindings), 400},
                                {"Chinese message", std::string(kChinese), 400},
                                {"Japanese message", std::string(kJapanese), 400},
                                {"large text, English", repeated(kMessage, 1 << 20), 0},
                                {"large text, Chinese", repeated(kChinese, 1 << 20), 0},
                                {"large text, Japanese", repeated(kJapanese, 1 << 20), 0}};
  for (const auto& [name, text, series] : texts) {
    const kuramori::json::Object content{{"msgtype", "m.text"}, {"body", text}};
    const std::size_t calls = series > 0 ? 200 : 1;
    const std::size_t rounds = series > 0 ? static_cast<std::size_t>(series) : 15;
    seen = 0;
    ours(content);
    std::printf("%s (%zu octets), hits: %zu\n", name, text.size(), seen);
    report("  all built-in detectors, 10,000 terms, normalisation", text.size(),
           median_ns([&] { ours(content); }, calls, rounds));
    report("  RE2::Set of 30 expressions, no terms, no normalisation", text.size(),
           median_ns([&] { theirs(text); }, calls, rounds));
  }
  if (beside_presidio) {
    std::vector<std::string> messages;
    for (const Text& one : texts)
      messages.push_back(one.series > 0 ? one.text
                                        : one.text.substr(0, one.text.rfind('\n', kPresidioOctets)));
    const auto figures = kuramori::bench::measure_presidio(argv[2], messages);
    if (!figures) return 1;
    std::printf("Presidio, its recognisers of patterns for English, no model of a language\n");
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const std::string what = "  " + std::string(texts[i].name) + ", " + std::to_string(messages[i].size()) +
                               " octets, hits: " + std::to_string((*figures)[i].found);
      report(what.c_str(), messages[i].size(), (*figures)[i].microseconds * 1000);
    }
  }
  const std::string large = repeated(kMessage, 1 << 20);
  PolicyDocument huge = policy_with(300'000);
  std::size_t octets = 0;
  for (const std::string& term : huge.dictionaries[0].terms) octets += term.size();
  const auto begin = Clock::now();
  std::vector<TermSearch::Term> terms;
  for (const std::string& term : huge.dictionaries[0].terms) terms.push_back({term, 0});
  const TermSearch search(std::move(terms));
  const std::chrono::duration<double, std::milli> taken = Clock::now() - begin;
  std::printf("300,000 terms (%zu octets): built in %.0f ms, about %zu octets in memory\n", octets,
              taken.count(), search.memory_octets());
  std::vector<TermSearch::Match> matches;
  const auto look = [&](std::string_view text) {
    matches.clear();
    search.search(text, 10'000, matches);
    seen += matches.size();
  };
  report("  message", kMessage.size(), median_ns([&] { look(kMessage); }, 200, 400));
  report("  large text", large.size(), median_ns([&] { look(large); }, 1, 15));
  std::printf("(%zu)\n", seen);
  return kuramori::bench::measure_decisions() ? 0 : 1;
}
