// What the built-in detectors propose, before the words around it are weighed.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "governance/detectors.hpp"
#include "governance/digit_groups.hpp"
#include "governance/term_search.hpp"
#include "governance/text_shape.hpp"

namespace kuramori::governance {

// Why something was found: a bit each.
enum class Reason : std::uint8_t {
  Checksum,     // its check digits are right
  Form,         // it has the printed form: brackets, dashes, groups
  Issuer,       // a published prefix or range
  Entropy,      // mixed characters, as of a generated secret
  WholeLine,    // stands on a line of its own
  Bracketed,    // stands in brackets
  Header,       // stands after a label or at the head of a line
  Capitals,     // written in capitals
  ContextWord,  // a word for it stands near
  ManyWords,    // several such words
  Doubtful,     // a word for something else stands before it
};
constexpr std::size_t kReasons = static_cast<std::size_t>(Reason::Doubtful) + 1;
using Reasons = std::uint16_t;
constexpr Reasons bit(Reason reason) {
  return static_cast<Reasons>(1u << static_cast<unsigned>(reason));
}

constexpr std::uint16_t kNoWord = 0xFFFF;

struct Candidate {
  Detector detector{};
  Confidence confidence{};
  Reasons reasons = 0;
  std::uint32_t begin = 0;  // octets of the normalised text
  std::uint32_t end = 0;
  std::uint64_t value = 0;       // tells distinct values apart
  std::uint16_t word = kNoWord;  // the nearest context word, of context_words()
  std::uint16_t distance = 0;    // characters between
};

struct Span {
  std::uint32_t begin;
  std::uint32_t end;
};

class Candidates {
 public:
  static constexpr std::uint32_t kOfOneDetectorMax = 2000;

  explicit Candidates(DetectorSet wanted) : wanted_(wanted) {}

  bool wants(DetectorSet any) const { return (wanted_ & any) != 0; }
  bool wants(Detector detector) const { return wants(bit(detector)); }
  void add(Detector detector, Confidence confidence, Reasons reasons, Span span, std::string_view value) {
    // Many of one kind must not hide another.
    if (!wants(detector) || ++found_[static_cast<std::size_t>(detector)] > kOfOneDetectorMax) return;
    list_.push_back(
        {detector, confidence, reasons, span.begin, span.end, std::hash<std::string_view>{}(value)});
  }
  void add(Candidate candidate) {
    if (!wants(candidate.detector)) return;
    if (++found_[static_cast<std::size_t>(candidate.detector)] > kOfOneDetectorMax) return;
    list_.push_back(candidate);
  }
  std::vector<Candidate>& list() { return list_; }

 private:
  DetectorSet wanted_;
  std::array<std::uint32_t, kDetectors> found_{};
  std::vector<Candidate> list_;
};

// A normalised text with what is known of it.
struct InspectedText {
  std::string_view text;
  const TextShape& shape;
  const std::vector<DigitGroup>& groups;  // empty when the shape has too few digits
};

// One function per family, each in a file of its own.
void find_identity_numbers(const InspectedText& inspected, Candidates& out);   // detectors_identity.cpp
void find_financial_numbers(const InspectedText& inspected, Candidates& out);  // detectors_financial.cpp
void find_contacts(const InspectedText& inspected, Candidates& out);           // detectors_contact.cpp
void find_addresses(const InspectedText& inspected, Candidates& out);          // detectors_address.cpp
void find_credentials(const InspectedText& inspected, Candidates& out);        // detectors_credentials.cpp
// Those that begin with words: `words` are matches of trigger words in the order of the text.
using WordMatches = std::vector<TermSearch::Match>;
void find_passwords(const InspectedText& inspected, const WordMatches& words, Candidates& out);
void find_salaries(const InspectedText& inspected, const WordMatches& words, Candidates& out);
void find_medical_information(const InspectedText& inspected, const WordMatches& words, Candidates& out);
void find_marks(const InspectedText& inspected, const WordMatches& words, Candidates& out);

// Raises and lowers what the words near it speak for and against, drops what lacks the context it needs and
// what a better finding covers.
void weigh(std::string_view text, const WordMatches& words, std::vector<Candidate>& candidates);

}  // namespace kuramori::governance
