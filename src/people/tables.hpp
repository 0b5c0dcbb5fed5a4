// What people store: contacts of accounts, and contacts that are being validated. Addresses are sealed; to
// find one again there is its keyed hash.
#pragma once
#include <span>

#include "storage/schema.hpp"

namespace kuramori::people {

// contacts(user_id, address_key | sealed, added_ms). Index: address (address_key, unique): a contact belongs
// to one account.
extern const storage::Table kContacts;
// contact_validations(sid | sealed, created_ms). Index: created (created_ms).
extern const storage::Table kContactValidations;

std::span<const storage::Table* const> tables();

}  // namespace kuramori::people
