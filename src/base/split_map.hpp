// A flat map whose keys are hashes, in many small maps: a map that grows moves all it holds, and tens of
// thousands of entries at once are a pause that people notice. The parts follow each other in the order of
// keys. Not thread-safe.
//
//   SplitMap<Rows, 64> rows;
//   rows.part_of(fingerprint).try_emplace(fingerprint, ...);
#pragma once
#include <array>
#include <bit>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>

namespace kuramori {

template <class Value, std::size_t kParts>
class SplitMap {
  static_assert(std::has_single_bit(kParts) && kParts > 1);

 public:
  using Part = boost::unordered_flat_map<std::int64_t, Value>;

  // By the highest bits, the sign turned so that the negative come first.
  static constexpr std::size_t index_of(std::int64_t key) {
    constexpr std::uint64_t kSign = std::uint64_t{1} << 63U;
    return static_cast<std::size_t>((static_cast<std::uint64_t>(key) ^ kSign) >>
                                    (64U - static_cast<unsigned>(std::countr_zero(kParts))));
  }

  Part& part_of(std::int64_t key) { return parts_[index_of(key)]; }
  const Part& part_of(std::int64_t key) const { return parts_[index_of(key)]; }
  const Part& part(std::size_t index) const { return parts_[index]; }

 private:
  std::array<Part, kParts> parts_;
};

}  // namespace kuramori
