// The fully read marker: account data m.fully_read of the room, which only the server sets (client-server
// API, module read_markers).
#pragma once
#include "sync/account_data.hpp"
#include "sync/receipts.hpp"

namespace kuramori::sync {

// The user must be in the room, and the event belong to it.
runtime::Task<Result<void>> set_fully_read(Receipts& receipts, AccountData& account_data, gate::Permit permit,
                                           UserId user, RoomId room, EventId event);

}  // namespace kuramori::sync
