// SQLite's result codes as errors of ours: what happened, and what the operator can do about it.
#pragma once
#include <string_view>

#include "base/error.hpp"

struct sqlite3;

namespace kuramori::storage::sqlite {

// Whom a failure concerns: one unit of work, or everything that was to be committed with it.
enum class Blame : bool { Unit, Store };
Blame blame_of(int code);
// A key or a unique index holds the values already.
bool is_conflict(int code);

// After a call on `connection` answered `code` on this thread.
Error sqlite_error(sqlite3* connection, int code, std::string_view doing);

}  // namespace kuramori::storage::sqlite
