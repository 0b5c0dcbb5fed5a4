#include "identity/tables.hpp"

namespace kuramori::identity {

using storage::ColumnType;
using storage::Nullable;

const storage::Table kAccounts{.name = "accounts",
                               .columns = {{"user_id", ColumnType::Text},
                                           {"created_ms", ColumnType::Integer},
                                           {"role", ColumnType::Text},
                                           {"password_hash", ColumnType::Text, Nullable::Yes},
                                           {"must_change_password", ColumnType::Integer},
                                           {"deactivated_ms", ColumnType::Integer, Nullable::Yes},
                                           {"erased", ColumnType::Integer}},
                               .key_columns = 1,
                               .indexes = {}};

const storage::Table kDevices{.name = "devices",
                              .columns = {{"user_id", ColumnType::Text},
                                          {"device_id", ColumnType::Text},
                                          {"created_ms", ColumnType::Integer},
                                          {"display_name", ColumnType::Blob, Nullable::Yes}},
                              .key_columns = 2,
                              .indexes = {}};

const storage::Table kDeviceLastSeen{
    .name = "device_last_seen",
    .columns = {{"user_id", ColumnType::Text}, {"device_id", ColumnType::Text}, {"seen", ColumnType::Blob}},
    .key_columns = 2,
    .indexes = {}};

const storage::Table kSessions{.name = "sessions",
                               .columns = {{"user_id", ColumnType::Text},
                                           {"device_id", ColumnType::Text},
                                           {"session_id", ColumnType::Text},
                                           {"created_ms", ColumnType::Integer},
                                           {"refreshable", ColumnType::Integer}},
                               .key_columns = 2,
                               .indexes = {}};

const storage::Table kSessionTokens{.name = "session_tokens",
                                    .columns = {{"token_sha256", ColumnType::Blob},
                                                {"kind", ColumnType::Text},
                                                {"user_id", ColumnType::Text},
                                                {"device_id", ColumnType::Text},
                                                {"session_id", ColumnType::Text},
                                                {"expires_ms", ColumnType::Integer},
                                                {"serial", ColumnType::Integer},
                                                {"supersedes", ColumnType::Integer}},
                                    .key_columns = 1,
                                    .indexes = {{"by_device", {"user_id", "device_id"}}}};

const storage::Table kProfiles{.name = "profiles",
                               .columns = {{"user_id", ColumnType::Text}, {"fields", ColumnType::Blob}},
                               .key_columns = 1,
                               .indexes = {}};

const storage::Table kDeviceListChanges{
    .name = "device_list_changes",
    .columns = {{"user_id", ColumnType::Text}, {"position", ColumnType::Integer}},
    .key_columns = 1,
    .indexes = {{"device_list_changes_by_position", {"position"}}}};

const storage::Table kAccountRestrictions{.name = "account_restrictions",
                                          .columns = {{"user_id", ColumnType::Text},
                                                      {"locked", ColumnType::Integer},
                                                      {"suspended", ColumnType::Integer},
                                                      {"changed_ms", ColumnType::Integer}},
                                          .key_columns = 1,
                                          .indexes = {}};

const storage::Table kConsents{.name = "consents",
                               .columns = {{"user_id", ColumnType::Text},
                                           {"version", ColumnType::Text},
                                           {"given_ms", ColumnType::Integer}},
                               .key_columns = 2,
                               .indexes = {}};

std::vector<const storage::Table*> first_tables() {
  return {&kAccounts, &kDevices, &kDeviceLastSeen, &kSessions, &kSessionTokens, &kProfiles};
}

std::vector<const storage::Table*> tables() {
  std::vector<const storage::Table*> all = first_tables();
  all.push_back(&kDeviceListChanges);
  all.push_back(&kAccountRestrictions);
  all.push_back(&kConsents);
  return all;
}

}  // namespace kuramori::identity
