#include "people/tables.hpp"

#include <array>

namespace kuramori::people {

using storage::ColumnType;

const storage::Table kContacts{.name = "contacts",
                               .columns = {{"user_id", ColumnType::Text},
                                           {"address_key", ColumnType::Text},
                                           {"sealed", ColumnType::Blob},
                                           {"added_ms", ColumnType::Integer}},
                               .key_columns = 2,
                               .indexes = {{"contacts_by_address", {"address_key"}, true}}};

const storage::Table kContactValidations{
    .name = "contact_validations",
    .columns = {{"sid", ColumnType::Text}, {"sealed", ColumnType::Blob}, {"created_ms", ColumnType::Integer}},
    .key_columns = 1,
    .indexes = {{"contact_validations_by_created", {"created_ms"}}}};

std::span<const storage::Table* const> tables() {
  static constexpr std::array<const storage::Table*, 2> kAll{&kContacts, &kContactValidations};
  return kAll;
}

}  // namespace kuramori::people
