// Precision and recall of each built-in detector on the labelled corpus, at the confidence that policies ask
// for when they say nothing. docs/detectors.md reports the figures.
#include <gtest/gtest.h>

#include <fstream>
#include <iostream>
#include <map>

#include "base/text.hpp"
#include "governance/built_in_detection.hpp"
#include "governance/normalise.hpp"

namespace kuramori::governance {
namespace {

constexpr double kPrecisionMin = 0.95;
constexpr double kRecallMin = 0.95;

struct Score {
  int right = 0;
  int missed = 0;
  int wrong = 0;
  std::string example;  // of what went wrong

  double precision() const { return right + wrong == 0 ? 1 : static_cast<double>(right) / (right + wrong); }
  double recall() const { return right + missed == 0 ? 1 : static_cast<double>(right) / (right + missed); }
};

std::string with_line_ends(std::string text) {
  for (auto at = text.find("\\n"); at != std::string::npos; at = text.find("\\n", at))
    text.replace(at, 2, "\n");
  return text;
}

TEST(Corpus, PrecisionAndRecallStayAboveTheirFloors) {
  std::ifstream corpus(std::string(KURAMORI_SOURCE_DIR) + "/tests/corpus/inspection.tsv");
  ASSERT_TRUE(corpus.is_open());
  const BuiltInDetection detection(kAllDetectors);
  std::map<std::string_view, Score> scores;
  std::vector<Candidate> found;
  std::size_t lines = 0;
  for (std::string line; std::getline(corpus, line); ++lines) {
    const auto tab = line.find('\t');
    ASSERT_NE(tab, std::string::npos) << line;
    const std::string label = line.substr(0, tab);
    ASSERT_TRUE(detection.find(normalised(with_line_ends(line.substr(tab + 1))), found));
    bool hit = false;
    std::set<std::string_view> wrong;
    for (const Candidate& candidate : found) {
      if (candidate.confidence < Confidence::Medium) continue;
      const std::string_view id = info(candidate.detector).id;
      if (id == label) {
        hit = true;
      } else {
        wrong.insert(id);
      }
    }
    for (const std::string_view id : wrong) {
      ++scores[id].wrong;
      scores[id].example = "found in: " + line;
    }
    if (label == "-") continue;
    const auto known = std::ranges::find(detector_registry(), label, &DetectorInfo::id);
    ASSERT_NE(known, detector_registry().end()) << label;
    Score& score = scores[known->id];
    if (hit) {
      ++score.right;
    } else {
      ++score.missed;
      score.example = "missed: " + line;
    }
  }
  EXPECT_GT(lines, 1500U);
  EXPECT_EQ(scores.size(), kDetectors);
  for (const auto& [id, score] : scores) {
    std::cout << id << ": precision " << score.precision() << ", recall " << score.recall() << '\n';
    EXPECT_GE(score.precision(), kPrecisionMin) << id << " " << score.example;
    EXPECT_GE(score.recall(), kRecallMin) << id << " " << score.example;
  }
}

}  // namespace
}  // namespace kuramori::governance
