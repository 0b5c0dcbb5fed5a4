// The server name that a store was made for. It is part of every user id, room id and signature in it: under
// another name nothing there would fit together.
#pragma once
#include "app/config.hpp"
#include "base/clock.hpp"
#include "storage/store.hpp"

namespace kuramori::app {

// server_name(name | created_ms): one row.
extern const storage::Table kServerName;

// Binds a new store to server.name; refuses one that is bound to another. Blocks.
Result<void> bind_server_name(storage::Store& store, const Config& config, const Clock& clock);

}  // namespace kuramori::app
