// How much of a gathered index is in memory, and how its table is cut.
#pragma once
#include <cstddef>

namespace kuramori::storage::sqlite {

struct GatheredSizes {
  // Of a run. All pages of the last cut change for each; they are read again after a crash, twice as many at
  // most.
  std::size_t run_entries = 32'768;
  // Of a cut: so few that each run changes most of its pages more than once, so many that few cuts are looked
  // at.
  std::size_t cut_entries = 1U << 21U;
};

}  // namespace kuramori::storage::sqlite
