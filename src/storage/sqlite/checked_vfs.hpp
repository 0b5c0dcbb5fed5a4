// A layer between SQLite and the operating system that checks every page of the main database file on its way
// in, and signs it on its way out. Other files (the write-ahead log, which has checksums of its own) pass
// untouched.
#pragma once
#include <cstdint>

struct sqlite3;

namespace kuramori::storage::sqlite {

// Configures SQLite for this process and registers the layer, once; its name for sqlite3_open_v2.
const char* checked_vfs();

// What a connection over the layer has moved into the database file is on disk when this answers SQLITE_OK.
int flush_database_file(sqlite3* connection);

// Told of the pages that one connection writes into the database file.
class PageWatcher {
 public:
  virtual ~PageWatcher() = default;
  // On the connection's thread. Anything but SQLITE_OK fails the write.
  virtual int page_written() = 0;
};
// Until null is given; the connection must be over the layer.
int watch_page_writes(sqlite3* connection, PageWatcher* watcher);

// The page that the last failed read on this thread found damaged; 0 when none. Asking clears it.
std::uint32_t take_damaged_page();

}  // namespace kuramori::storage::sqlite
