#include "retention/tables.hpp"

#include <array>

namespace kuramori::retention {

using storage::ColumnType;

const storage::Table kProgress{.name = "retention_progress",
                               .columns = {{"label", ColumnType::Text},
                                           {"position", ColumnType::Integer},
                                           {"is_for_unlabelled", ColumnType::Integer},
                                           {"redacted", ColumnType::Integer},
                                           {"files", ColumnType::Integer},
                                           {"failed", ColumnType::Integer},
                                           {"updated_ms", ColumnType::Integer}},
                               .key_columns = 1,
                               .indexes = {}};

const storage::Table kLeft{.name = "retention_left",
                           .columns = {{"event_id", ColumnType::Text},
                                       {"room_id", ColumnType::Text},
                                       {"label", ColumnType::Text},
                                       {"due_ms", ColumnType::Integer},
                                       {"reason", ColumnType::Text}},
                           .key_columns = 1,
                           .indexes = {{"retention_left_by_due", {"due_ms", "event_id"}}}};

std::span<const storage::Table* const> tables() {
  static constexpr std::array<const storage::Table*, 2> kAll{&kProgress, &kLeft};
  return kAll;
}

}  // namespace kuramori::retention
