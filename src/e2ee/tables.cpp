#include "e2ee/tables.hpp"

namespace kuramori::e2ee {

using storage::ColumnType;

const storage::Table kDeviceKeys{
    .name = "device_keys",
    .columns = {{"user_id", ColumnType::Text}, {"device_id", ColumnType::Text}, {"body", ColumnType::Text}},
    .key_columns = 2,
    .indexes = {}};

const storage::Table kKeySignatures{.name = "key_signatures",
                                    .columns = {{"user_id", ColumnType::Text},
                                                {"key_id", ColumnType::Text},
                                                {"signer_id", ColumnType::Text},
                                                {"signer_key_id", ColumnType::Text},
                                                {"signature", ColumnType::Text}},
                                    .key_columns = 4,
                                    .indexes = {}};

const storage::Table kOneTimeKeys{
    .name = "one_time_keys",
    .columns = {{"user_id", ColumnType::Text},
                {"device_id", ColumnType::Text},
                {"algorithm", ColumnType::Text},
                {"position", ColumnType::Integer},
                {"key_id", ColumnType::Text},
                {"body", ColumnType::Text}},
    .key_columns = 4,
    .indexes = {{"one_time_keys_by_id", {"user_id", "device_id", "algorithm", "key_id"}, true}}};

const storage::Table kFallbackKeys{.name = "fallback_keys",
                                   .columns = {{"user_id", ColumnType::Text},
                                               {"device_id", ColumnType::Text},
                                               {"algorithm", ColumnType::Text},
                                               {"key_id", ColumnType::Text},
                                               {"body", ColumnType::Text}},
                                   .key_columns = 3,
                                   .indexes = {}};

const storage::Table kUsedFallbackKeys{.name = "used_fallback_keys",
                                       .columns = {{"user_id", ColumnType::Text},
                                                   {"device_id", ColumnType::Text},
                                                   {"algorithm", ColumnType::Text},
                                                   {"key_id", ColumnType::Text}},
                                       .key_columns = 4,
                                       .indexes = {}};

const storage::Table kCrossSigningKeys{.name = "cross_signing_keys",
                                       .columns = {{"user_id", ColumnType::Text},
                                                   {"usage", ColumnType::Text},
                                                   {"public_key", ColumnType::Text},
                                                   {"body", ColumnType::Text}},
                                       .key_columns = 2,
                                       .indexes = {}};

const storage::Table kSignedUsers{.name = "signed_users",
                                  .columns = {{"user_id", ColumnType::Text},
                                              {"owner_id", ColumnType::Text},
                                              {"position", ColumnType::Integer}},
                                  .key_columns = 2,
                                  .indexes = {{"signed_users_by_position", {"user_id", "position"}}}};

const storage::Table kToDevice{.name = "to_device",
                               .columns = {{"user_id", ColumnType::Text},
                                           {"device_id", ColumnType::Text},
                                           {"position", ColumnType::Integer},
                                           {"sealed", ColumnType::Blob}},
                               .key_columns = 3,
                               .indexes = {}};

const storage::Table kToDeviceTransactions{.name = "to_device_transactions",
                                           .columns = {{"user_id", ColumnType::Text},
                                                       {"device_id", ColumnType::Text},
                                                       {"type", ColumnType::Text},
                                                       {"txn_id", ColumnType::Text},
                                                       {"created_ms", ColumnType::Integer}},
                                           .key_columns = 4,
                                           .indexes = {{"to_device_transactions_by_age", {"created_ms"}}}};

const storage::Table kKeyBackups{.name = "key_backups",
                                 .columns = {{"user_id", ColumnType::Text},
                                             {"version", ColumnType::Integer},
                                             {"algorithm", ColumnType::Text},
                                             {"sealed_auth", ColumnType::Blob},
                                             {"etag", ColumnType::Integer},
                                             {"keys", ColumnType::Integer},
                                             {"deleted", ColumnType::Integer}},
                                 .key_columns = 2,
                                 .indexes = {}};

const storage::Table kKeyBackupSessions{.name = "key_backup_sessions",
                                        .columns = {{"user_id", ColumnType::Text},
                                                    {"version", ColumnType::Integer},
                                                    {"room_id", ColumnType::Text},
                                                    {"session_id", ColumnType::Text},
                                                    {"first_message_index", ColumnType::Integer},
                                                    {"forwarded_count", ColumnType::Integer},
                                                    {"is_verified", ColumnType::Integer},
                                                    {"sealed", ColumnType::Blob}},
                                        .key_columns = 4,
                                        .indexes = {}};

const storage::Table kDehydratedDevices{
    .name = "dehydrated_devices",
    .columns = {{"user_id", ColumnType::Text}, {"device_id", ColumnType::Text}, {"sealed", ColumnType::Blob}},
    .key_columns = 2,
    .indexes = {}};

std::vector<const storage::Table*> tables() {
  std::vector<const storage::Table*> all = device_tables();
  for (const storage::Table* table : {&kCrossSigningKeys, &kSignedUsers, &kKeyBackups, &kKeyBackupSessions})
    all.push_back(table);
  return all;
}

std::vector<const storage::Table*> device_tables() {
  return {&kDeviceKeys,       &kKeySignatures, &kOneTimeKeys,          &kFallbackKeys,
          &kUsedFallbackKeys, &kToDevice,      &kToDeviceTransactions, &kDehydratedDevices};
}

std::vector<const storage::Table*> account_tables() {
  return tables();
}

}  // namespace kuramori::e2ee
