#include "retention/progress.hpp"

#include "retention/tables.hpp"

namespace kuramori::retention {

storage::Row progress_row(const Progress& progress) {
  return {progress.label,     progress.position.value, std::int64_t{progress.is_for_unlabelled},
          progress.redacted,  progress.files,          progress.failed,
          progress.updated_ms};
}

Result<Progress> read_progress(storage::Snapshot& snapshot, const std::string& label) {
  Progress progress{.label = label};
  KURAMORI_TRY(row, snapshot.get(kProgress, {label}));
  if (!row) return progress;
  progress.position = {storage::integer((*row)[1])};
  progress.is_for_unlabelled = storage::integer((*row)[2]) != 0;
  progress.redacted = storage::integer((*row)[3]);
  progress.files = storage::integer((*row)[4]);
  progress.failed = storage::integer((*row)[5]);
  progress.updated_ms = storage::integer((*row)[6]);
  return progress;
}

}  // namespace kuramori::retention
