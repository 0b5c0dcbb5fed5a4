// How far the messages of one label were looked at.
#pragma once
#include <string>
#include <vector>

#include "base/result.hpp"
#include "storage/store.hpp"

namespace kuramori::retention {

struct Progress {
  std::string label = {};
  StreamPosition position = {};
  bool is_for_unlabelled = false;  // messages without a label counted as it
  std::int64_t redacted = 0;
  std::int64_t files = 0;
  std::int64_t failed = 0;
  std::int64_t updated_ms = 0;
};

storage::Row progress_row(const Progress& progress);
// From the beginning, when there is none.
Result<Progress> read_progress(storage::Snapshot& snapshot, const std::string& label);

}  // namespace kuramori::retention
