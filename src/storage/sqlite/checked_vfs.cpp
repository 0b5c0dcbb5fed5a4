#include "storage/sqlite/checked_vfs.hpp"

#include <sqlite3.h>

#include <array>
#include <cstring>

#include "base/assert.hpp"
#include "storage/sqlite/log_buffer.hpp"
#include "storage/sqlite/page_cache.hpp"
#include "storage/sqlite/page_checksum.hpp"
#include "storage/sqlite/vfs_layer.hpp"

namespace kuramori::storage::sqlite {
namespace {

using detail::below;
using detail::forward;

constexpr const char* kName = "kuramori_checked";
thread_local std::uint32_t damaged_page = 0;

std::uint32_t page_at(sqlite3_int64 offset) {
  return static_cast<std::uint32_t>(offset / static_cast<sqlite3_int64>(kPageBytes)) + 1;
}

bool is_page(int amount, sqlite3_int64 offset) {
  return amount == static_cast<int>(kPageBytes) && offset % static_cast<sqlite3_int64>(kPageBytes) == 0;
}

int read_file(sqlite3_file* file, void* to, int amount, sqlite3_int64 offset) {
  sqlite3_file* real = below(file);
  const int rc = real->pMethods->xRead(real, to, amount, offset);
  if (rc != SQLITE_OK) return rc;
  // The header alone is read before the page size is known; page 1 follows as a whole.
  if (amount <= 100) return SQLITE_OK;
  const auto* page = static_cast<const std::uint8_t*>(to);
  if (is_page(amount, offset) && has_page_checksum(PageView(page, kPageBytes), page_at(offset)))
    return SQLITE_OK;
  damaged_page = page_at(offset);
  return SQLITE_IOERR_DATA;
}

int write_file(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) {
  sqlite3_file* real = below(file);
  if (!is_page(amount, offset)) return SQLITE_IOERR_WRITE;
  // A copy: the pager's own memory is not ours to change.
  std::array<std::uint8_t, kPageBytes> page;
  std::memcpy(page.data(), from, kPageBytes);
  write_page_checksum(page, page_at(offset));
  const int rc = real->pMethods->xWrite(real, page.data(), amount, offset);
  auto* watcher = static_cast<PageWatcher*>(detail::layer(file).own);
  return rc == SQLITE_OK && watcher != nullptr ? watcher->page_written() : rc;
}

void shm_barrier(sqlite3_file* file) {
  sqlite3_file* real = below(file);
  real->pMethods->xShmBarrier(real);
}

using M = sqlite3_io_methods;

// Version 2: with shared memory for the log, without memory-mapped pages, which would bypass the check.
const M kMethods = {
    .iVersion = 2,
    .xClose = forward<&M::xClose>,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = forward<&M::xTruncate, sqlite3_int64>,
    .xSync = forward<&M::xSync, int>,
    .xFileSize = forward<&M::xFileSize, sqlite3_int64*>,
    .xLock = forward<&M::xLock, int>,
    .xUnlock = forward<&M::xUnlock, int>,
    .xCheckReservedLock = forward<&M::xCheckReservedLock, int*>,
    .xFileControl = forward<&M::xFileControl, int, void*>,
    .xSectorSize = forward<&M::xSectorSize>,
    .xDeviceCharacteristics = forward<&M::xDeviceCharacteristics>,
    .xShmMap = forward<&M::xShmMap, int, int, int, void volatile**>,
    .xShmLock = forward<&M::xShmLock, int, int, int>,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = forward<&M::xShmUnmap, int>,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

const M* methods_for(int flags) {
  if ((flags & SQLITE_OPEN_MAIN_DB) != 0) return &kMethods;
  return (flags & SQLITE_OPEN_WAL) != 0 ? detail::log_methods() : nullptr;
}

int open_file(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* flags_out) {
  auto* real_vfs = static_cast<sqlite3_vfs*>(vfs->pAppData);
  const M* methods = methods_for(flags);
  if (methods == nullptr) return real_vfs->xOpen(real_vfs, name, file, flags, flags_out);
  sqlite3_file* real = below(file);
  file->pMethods = nullptr;
  detail::layer(file).own = nullptr;
  const int rc = real_vfs->xOpen(real_vfs, name, real, flags, flags_out);
  if (real->pMethods != nullptr) file->pMethods = methods;
  return rc;
}

const char* register_once() {
  // One connection belongs to one thread at a time, and nobody asks for memory statistics: both locks would
  // only cost.
  ensure(sqlite3_config(SQLITE_CONFIG_MULTITHREAD) == SQLITE_OK, "SQLite is configured before its first use");
  ensure(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK,
         "SQLite is configured before its first use");
  install_page_cache();
  ensure(sqlite3_initialize() == SQLITE_OK, "SQLite starts");
  sqlite3_vfs* real = sqlite3_vfs_find("unix");
  ensure(real != nullptr, "SQLite has its unix layer");
  static sqlite3_vfs checked = *real;
  checked.pNext = nullptr;
  checked.zName = kName;
  checked.pAppData = real;
  checked.szOsFile = static_cast<int>(sizeof(detail::LayerFile)) + real->szOsFile;
  checked.xOpen = open_file;
  ensure(sqlite3_vfs_register(&checked, 0) == SQLITE_OK, "the checking layer registers");
  return kName;
}

}  // namespace

const char* checked_vfs() {
  static const char* const kRegistered = register_once();
  return kRegistered;
}

int flush_database_file(sqlite3* connection) {
  sqlite3_file* file = nullptr;
  const int rc = sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  return rc == SQLITE_OK ? forward<&M::xSync>(file, SQLITE_SYNC_NORMAL) : rc;
}

int watch_page_writes(sqlite3* connection, PageWatcher* watcher) {
  sqlite3_file* file = nullptr;
  const int rc = sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (rc == SQLITE_OK) detail::layer(file).own = watcher;
  return rc;
}

std::uint32_t take_damaged_page() {
  const std::uint32_t page = damaged_page;
  damaged_page = 0;
  return page;
}

}  // namespace kuramori::storage::sqlite
