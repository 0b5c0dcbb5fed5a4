// What sync stores.
#pragma once
#include <vector>

#include "storage/schema.hpp"

namespace kuramori::sync {

// account_data(user_id, room_id, type | position, sealed): room_id is empty for global items.
extern const storage::Table kAccountData;
// receipts(room_id, user_id, type, thread | event_id, event_position, ts, position)
extern const storage::Table kReceipts;
// presence(user_id | state, sealed_status, last_active_ms)
extern const storage::Table kPresence;
// filters(user_id, filter_id | sealed)
extern const storage::Table kFilters;

// For the first migration.
std::vector<const storage::Table*> tables();

}  // namespace kuramori::sync
