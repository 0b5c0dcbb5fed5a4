#include "push/tables.hpp"

namespace kuramori::push {

using storage::ColumnType;

const storage::Table kPushers{.name = "pushers",
                              .columns = {{"user_id", ColumnType::Text},
                                          {"device_id", ColumnType::Text},
                                          {"pusher_key", ColumnType::Text},
                                          {"sealed", ColumnType::Blob},
                                          {"created_ms", ColumnType::Integer},
                                          {"since", ColumnType::Integer}},
                              .key_columns = 3,
                              .indexes = {{"pushers_by_key", {"pusher_key"}}}};

const storage::Table kPushQueue{.name = "push_queue",
                                .columns = {{"user_id", ColumnType::Text},
                                            {"device_id", ColumnType::Text},
                                            {"pusher_key", ColumnType::Text},
                                            {"position", ColumnType::Integer},
                                            {"sealed", ColumnType::Blob},
                                            {"queued_ms", ColumnType::Integer}},
                                .key_columns = 4};

const storage::Table kPushAttempts{.name = "push_attempts",
                                   .columns = {{"user_id", ColumnType::Text},
                                               {"device_id", ColumnType::Text},
                                               {"pusher_key", ColumnType::Text},
                                               {"failures", ColumnType::Integer},
                                               {"next_ms", ColumnType::Integer}},
                                   .key_columns = 3};

const storage::Table kPushProgress{.name = "push_progress",
                                   .columns = {{"name", ColumnType::Text}, {"position", ColumnType::Integer}},
                                   .key_columns = 1};

std::vector<const storage::Table*> device_tables() {
  return {&kPushers, &kPushQueue, &kPushAttempts};
}

std::vector<const storage::Table*> tables() {
  std::vector<const storage::Table*> all = device_tables();
  all.push_back(&kPushProgress);
  return all;
}

}  // namespace kuramori::push
