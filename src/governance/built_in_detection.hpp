// All built-in detectors over one normalised text: a cheap pass decides which of them look at all, each
// family proposes candidates, and the words around weigh them. Immutable and shared.
//
//   const BuiltInDetection detection(bit(Detector::Iban) | bit(Detector::Password));
//   std::vector<Candidate> found;
//   if (!detection.find(text, found)) …  // too many words to look at: must not count as "nothing"
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "governance/candidates.hpp"

namespace kuramori::governance {

class BuiltInDetection {
 public:
  static constexpr std::size_t kWordsMax = 1'000'000;

  explicit BuiltInDetection(DetectorSet wanted);
  bool empty() const { return wanted_ == 0; }
  DetectorSet wanted() const { return wanted_; }

  // Sets `found`, in the order of the text. False when the text holds more than kWordsMax context words.
  [[nodiscard]] bool find(std::string_view text, std::vector<Candidate>& found) const;

 private:
  bool search(const TermSearch& terms, std::string_view text, WordMatches& words) const;

  DetectorSet wanted_;
  std::unique_ptr<TermSearch> triggers_;  // words that begin a finding
  std::unique_ptr<TermSearch> context_;   // words that are weighed
};

// What speaks for a finding, in words for people: "checksum passed; 'passport' 3 characters away".
std::string reasons_text(const Candidate& candidate);

}  // namespace kuramori::governance
