#include "search/candidates.hpp"

#include <algorithm>

namespace kuramori::search {
namespace {

constexpr std::size_t kKept = kExaminedMax + kLookedAheadMax;
constexpr std::size_t kCutAt = 8 * kKept;

}  // namespace

bool Candidates::comes_first(const Candidate& a, const Candidate& b) const {
  if (order_ == Order::Rank && a.score != b.score) return a.score > b.score;
  return a.position > b.position;
}

// The best `kept` come to the front.
void Candidates::cut_off(std::size_t kept) {
  const auto end = list_.begin() + static_cast<std::ptrdiff_t>(kept);
  std::ranges::nth_element(list_, end - 1,
                           [this](const Candidate& a, const Candidate& b) { return comes_first(a, b); });
}

void Candidates::add(const Candidate& candidate) {
  if (is_cut_ && comes_first(worst_, candidate)) return;
  list_.push_back(candidate);
  if (keeps_all_ || list_.size() < kCutAt) return;
  cut_off(kKept);
  worst_ = list_[kKept - 1];
  list_.resize(kKept);
  is_cut_ = true;
}

Candidates::Sorted Candidates::sort() && {
  Sorted sorted{.best = {}, .beyond = {}, .is_cut = is_cut_};
  if (list_.size() > kExaminedMax) {
    cut_off(kExaminedMax);
    sorted.beyond.assign(list_.begin() + kExaminedMax, list_.end());
    list_.resize(kExaminedMax);
  }
  std::ranges::sort(list_, [this](const Candidate& a, const Candidate& b) { return comes_first(a, b); });
  sorted.best = std::move(list_);
  return sorted;
}

}  // namespace kuramori::search
