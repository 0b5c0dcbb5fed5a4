// What the index found of all rooms, of which only the best are looked at: the rest is dropped as it comes,
// so that a common word costs no more memory than a rare one. Pure.
#pragma once
#include <cstdint>
#include <vector>

#include "search/query.hpp"

namespace kuramori::search {

struct Candidate {
  std::uint8_t score = 0;
  std::int64_t position = 0;
  std::uint32_t room = 0;  // of the open rooms
};

class Candidates {
 public:
  // `keeps_all`: what comes far behind is needed too, to tell which groups go on.
  Candidates(Order order, bool keeps_all) : order_(order), keeps_all_(keeps_all) {}

  void add(const Candidate& candidate);

  struct Sorted {
    std::vector<Candidate> best;    // in order, at most kExaminedMax
    std::vector<Candidate> beyond;  // others after those, in no order
    bool is_cut = false;            // there were more
  };
  Sorted sort() &&;

 private:
  bool comes_first(const Candidate& a, const Candidate& b) const;
  void cut_off(std::size_t kept);

  Order order_;
  bool keeps_all_;
  bool is_cut_ = false;
  std::vector<Candidate> list_;
  Candidate worst_;  // of what was kept at the last cut
};

constexpr std::size_t kExaminedMax = 2'000;   // events opened for one page, at most
constexpr std::size_t kLookedAheadMax = 500;  // and for whether it and its groups go on

}  // namespace kuramori::search
