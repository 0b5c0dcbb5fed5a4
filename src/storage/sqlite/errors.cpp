#include "storage/sqlite/errors.hpp"

#include <sqlite3.h>

#include <cstring>
#include <string>

#include "storage/sqlite/checked_vfs.hpp"

namespace kuramori::storage::sqlite {
namespace {

std::string detail_of(sqlite3* connection, int code, std::string_view doing) {
  std::string detail(doing);
  detail += ": ";
  detail += sqlite3_errstr(code);
  detail += " (" + std::to_string(code) + ")";
  // The message of the connection may quote a value only for tables of type STRICT, whose types are checked
  // before.
  const int system_error = connection == nullptr ? 0 : sqlite3_system_errno(connection);
  if (system_error != 0) detail += std::string(", ") + std::strerror(system_error);
  return detail;
}

Error damaged(std::string detail, std::uint32_t page) {
  if (page != 0) detail += ", page " + std::to_string(page) + " of the database file fails its checksum";
  return corrupt(std::move(detail));
}

}  // namespace

Blame blame_of(int code) {
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
    case SQLITE_ERROR:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
    case SQLITE_MISUSE:
      return Blame::Unit;
    default:
      return Blame::Store;
  }
}

bool is_conflict(int code) {
  return code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_UNIQUE ||
         code == SQLITE_CONSTRAINT_ROWID;
}

Error sqlite_error(sqlite3* connection, int code, std::string_view doing) {
  std::string detail = detail_of(connection, code, doing);
  const std::uint32_t page = take_damaged_page();
  if (code == SQLITE_IOERR_DATA) return damaged(std::move(detail), page);
  switch (code & 0xff) {
    case SQLITE_FULL:
      return unavailable(
          "The disk that holds the database is full; nothing was stored. Free disk space and try again.",
          std::move(detail));
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return unavailable(
          "The database cannot be written: its file, folder or file system is read-only. Make it writable "
          "for the "
          "server's user.",
          std::move(detail));
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return unavailable(
          "The disk that holds the database does not answer as it should; nothing was stored. Check the disk "
          "and the "
          "system's log.",
          std::move(detail));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return damaged(std::move(detail), page);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_INTERRUPT:
      return unavailable("The database is busy; try again shortly.", std::move(detail));
    case SQLITE_TOOBIG:
      return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "This is too large to be stored.")
          .with_detail(std::move(detail));
    default:
      return internal_error(std::move(detail));
  }
}

}  // namespace kuramori::storage::sqlite
