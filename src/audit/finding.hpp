// What a verification found, in words for people and in numbers for programs.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kuramori::audit {

enum class FindingKind : std::uint8_t {
  Altered,       // an entry does not hold what was recorded
  Missing,       // an entry is gone
  Reordered,     // an entry stands where another was recorded
  Truncated,     // the end is gone
  Forged,        // an entry that this server did not write
  Inconsistent,  // tiles, columns or proofs that contradict the entries
  BadSignature,  // a checkpoint or an export that the key did not sign
  Malformed,     // not in the form it must have
};
std::string_view to_string(FindingKind kind);

struct Finding {
  FindingKind kind = FindingKind::Malformed;
  std::uint64_t first =
      0;  // the entries concerned, inclusive; of a file: of no meaning when `line` alone says where
  std::uint64_t last = 0;
  std::uint64_t line = 0;  // of a file, from 1; 0: none
  std::string text;        // one sentence
};

// Findings up to a bound; the rest is counted.
class Findings {
 public:
  explicit Findings(std::size_t max) : max_(max) {}
  void add(Finding finding) {
    ++total_;
    if (list_.size() < max_) list_.push_back(std::move(finding));
  }
  const std::vector<Finding>& list() const { return list_; }
  std::vector<Finding>& list() { return list_; }
  std::uint64_t total() const { return total_; }
  bool empty() const { return total_ == 0; }

 private:
  std::size_t max_;
  std::vector<Finding> list_;
  std::uint64_t total_ = 0;
};

constexpr std::size_t kFindingsMax = 1000;

}  // namespace kuramori::audit
