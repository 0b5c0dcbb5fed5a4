#include "histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace kuramori::bench {

std::size_t Histogram::index_of(std::uint64_t value) {
  if (value < kSub) return static_cast<std::size_t>(value);
  const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - kSubBits - 1;
  const std::uint64_t index = (std::uint64_t{shift} + 1) * kSub + (value >> shift) - kSub;
  return std::min<std::size_t>(static_cast<std::size_t>(index), kBuckets - 1);
}

std::uint64_t Histogram::upper_edge(std::size_t index) {
  if (index < kSub) return index;
  const std::uint64_t shift = index / kSub - 1;
  const std::uint64_t sub = index % kSub + kSub;
  return ((sub + 1) << shift) - 1;
}

void Histogram::record(Nanoseconds value) {
  value = std::max<Nanoseconds>(value, 0);
  ++buckets_[index_of(static_cast<std::uint64_t>(value))];
  ++count_;
  sum_ += static_cast<double>(value);
  max_ = std::max(max_, value);
}

double Histogram::mean() const {
  return count_ == 0 ? 0.0 : sum_ / static_cast<double>(count_);
}

Nanoseconds Histogram::at(double quantile) const {
  if (count_ == 0) return 0;
  const double exact = std::ceil(std::clamp(quantile, 0.0, 1.0) * static_cast<double>(count_));
  const auto wanted = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(exact));
  std::uint64_t seen = 0;
  for (std::size_t index = 0; index < kBuckets; ++index) {
    seen += buckets_[index];
    if (seen >= wanted) return std::min(static_cast<Nanoseconds>(upper_edge(index)), max_);
  }
  return max_;
}

std::vector<Histogram::Bucket> Histogram::filled() const {
  std::vector<Bucket> out;
  for (std::size_t index = 0; index < kBuckets; ++index) {
    if (buckets_[index] != 0) out.push_back({static_cast<Nanoseconds>(upper_edge(index)), buckets_[index]});
  }
  return out;
}

}  // namespace kuramori::bench
