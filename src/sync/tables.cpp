#include "sync/tables.hpp"

namespace kuramori::sync {

using storage::ColumnType;
using storage::Nullable;

const storage::Table kAccountData{
    .name = "account_data",
    .columns = {{"user_id", ColumnType::Text},
                {"room_id", ColumnType::Text},
                {"type", ColumnType::Text},
                {"position", ColumnType::Integer},
                {"sealed", ColumnType::Blob}},
    .key_columns = 3,
    .indexes = {{.name = "account_data_by_position", .columns = {"user_id", "position"}, .unique = false}}};

const storage::Table kReceipts{.name = "receipts",
                               .columns = {{"room_id", ColumnType::Text},
                                           {"user_id", ColumnType::Text},
                                           {"type", ColumnType::Text},
                                           {"thread", ColumnType::Text},
                                           {"event_id", ColumnType::Text},
                                           {"event_position", ColumnType::Integer},
                                           {"ts", ColumnType::Integer},
                                           {"position", ColumnType::Integer}},
                               .key_columns = 4,
                               .indexes = {}};

const storage::Table kPresence{.name = "presence",
                               .columns = {{"user_id", ColumnType::Text},
                                           {"state", ColumnType::Integer},
                                           {"sealed_status", ColumnType::Blob, Nullable::Yes},
                                           {"last_active_ms", ColumnType::Integer}},
                               .key_columns = 1,
                               .indexes = {}};

const storage::Table kFilters{
    .name = "filters",
    .columns = {{"user_id", ColumnType::Text}, {"filter_id", ColumnType::Text}, {"sealed", ColumnType::Blob}},
    .key_columns = 2,
    .indexes = {}};

std::vector<const storage::Table*> tables() {
  return {&kAccountData, &kReceipts, &kPresence, &kFilters};
}

}  // namespace kuramori::sync
