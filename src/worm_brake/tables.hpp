// What the brake stores.
#pragma once
#include <span>

#include "storage/schema.hpp"

namespace kuramori::worm_brake {

// brake_stops(user_id | kind, hash, from_position, stopped_ms, state, rooms, withdrawn, failed): state is
// undoing, undone or released.
extern const storage::Table kStops;

std::span<const storage::Table* const> tables();

}  // namespace kuramori::worm_brake
