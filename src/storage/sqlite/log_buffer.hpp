// Gathers the small writes to the write-ahead log (two for each page) into large ones. SQLite flushes the log
// before it shows a commit to readers (synchronous=FULL), so what waits here has never been acknowledged, nor
// seen by anybody else.
#pragma once
#include <sqlite3.h>

namespace kuramori::storage::sqlite::detail {

const sqlite3_io_methods* log_methods();

}  // namespace kuramori::storage::sqlite::detail
