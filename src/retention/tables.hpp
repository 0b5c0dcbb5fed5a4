#pragma once
#include <span>

#include "storage/schema.hpp"

namespace kuramori::retention {

// retention_progress(label | position, is_for_unlabelled, redacted, files, failed, updated_ms): up to where
// in the stream messages with the label were looked at, and what was done.
extern const storage::Table kProgress;
// retention_left(event_id | room_id, label, due_ms, reason): what is to be looked at again, and when.
extern const storage::Table kLeft;

std::span<const storage::Table* const> tables();

}  // namespace kuramori::retention
