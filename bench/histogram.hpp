#pragma once
// A latency histogram with log-linear buckets: 128 per power of two, so a value read back is off by less than
// one percent from one nanosecond to more than an hour, in a fixed 40 KB and without an allocation per
// sample.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "clock.hpp"

namespace kuramori::bench {

class Histogram {
 public:
  void record(Nanoseconds value);

  std::uint64_t count() const { return count_; }
  Nanoseconds max() const { return max_; }
  double mean() const;
  // The smallest bucket edge that at least `quantile` (0..1) of the samples do not exceed; 0 when there are
  // none.
  Nanoseconds at(double quantile) const;

  struct Bucket {
    Nanoseconds up_to;
    std::uint64_t count;
  };
  std::vector<Bucket> filled() const;

 private:
  static constexpr unsigned kSubBits = 7;
  static constexpr std::uint64_t kSub = std::uint64_t{1} << kSubBits;
  static constexpr unsigned kValueBits = 43;
  static constexpr std::size_t kBuckets = (kValueBits - kSubBits + 1) * kSub;

  static std::size_t index_of(std::uint64_t value);
  static std::uint64_t upper_edge(std::size_t index);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  double sum_ = 0;
  Nanoseconds max_ = 0;
};

}  // namespace kuramori::bench
