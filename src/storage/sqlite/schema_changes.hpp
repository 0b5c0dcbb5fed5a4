// Migrations, and the tables of the adapter's own.
#pragma once
#include <span>

#include "base/clock.hpp"
#include "storage/sqlite/connection.hpp"

namespace kuramori::storage::sqlite {

// Creates the adapter's tables in an empty file; refuses a file that is not one of ours.
Result<void> prepare_database(Connection& connection);
Result<void> migrate_database(Connection& connection, std::span<const Migration> migrations,
                              const Clock& clock);

}  // namespace kuramori::storage::sqlite
