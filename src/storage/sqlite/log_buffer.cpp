#include "storage/sqlite/log_buffer.hpp"

#include <memory>
#include <vector>

#include "storage/sqlite/vfs_layer.hpp"

namespace kuramori::storage::sqlite::detail {
namespace {

// The unix layer writes at most 131,071 octets at a time.
constexpr std::size_t kBufferBytes = 128'000;

struct Buffer {
  std::vector<unsigned char> data;
  sqlite3_int64 offset = 0;
};

Buffer* buffer_of(sqlite3_file* file) {
  return static_cast<Buffer*>(layer(file).own);
}

int flush(sqlite3_file* file) {
  Buffer* buffer = buffer_of(file);
  if (buffer == nullptr || buffer->data.empty()) return SQLITE_OK;
  sqlite3_file* real = below(file);
  const int rc = real->pMethods->xWrite(real, buffer->data.data(), static_cast<int>(buffer->data.size()),
                                        buffer->offset);
  // Dropped even when it failed: the transaction is rolled back, and the next one writes to the same place.
  buffer->data.clear();
  return rc;
}

int close_file(sqlite3_file* file) {
  const int flushed = flush(file);
  const std::unique_ptr<Buffer> buffer(buffer_of(file));
  layer(file).own = nullptr;
  const int closed = forward<&sqlite3_io_methods::xClose>(file);
  return flushed == SQLITE_OK ? closed : flushed;
}

int write_file(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) {
  Buffer* buffer = buffer_of(file);
  if (buffer == nullptr) {
    buffer = std::make_unique<Buffer>().release();
    buffer->data.reserve(kBufferBytes);
    layer(file).own = buffer;
  }
  const auto size = static_cast<sqlite3_int64>(buffer->data.size());
  const bool follows = offset == buffer->offset + size;
  if (!follows || size + amount > static_cast<sqlite3_int64>(kBufferBytes)) {
    if (const int rc = flush(file); rc != SQLITE_OK) return rc;
  }
  if (buffer->data.empty()) buffer->offset = offset;
  const auto* octets = static_cast<const unsigned char*>(from);
  buffer->data.insert(buffer->data.end(), octets, octets + amount);
  return SQLITE_OK;
}

// What waits is written before anything else happens to the file.
template <auto Method, class... Arguments>
int flush_and_forward(sqlite3_file* file, Arguments... arguments) {
  if (const int rc = flush(file); rc != SQLITE_OK) return rc;
  return forward<Method>(file, arguments...);
}

using M = sqlite3_io_methods;

const M kMethods = {
    .iVersion = 1,
    .xClose = close_file,
    .xRead = flush_and_forward<&M::xRead, void*, int, sqlite3_int64>,
    .xWrite = write_file,
    .xTruncate = flush_and_forward<&M::xTruncate, sqlite3_int64>,
    .xSync = flush_and_forward<&M::xSync, int>,
    .xFileSize = flush_and_forward<&M::xFileSize, sqlite3_int64*>,
    .xLock = forward<&M::xLock, int>,
    .xUnlock = forward<&M::xUnlock, int>,
    .xCheckReservedLock = forward<&M::xCheckReservedLock, int*>,
    .xFileControl = forward<&M::xFileControl, int, void*>,
    .xSectorSize = forward<&M::xSectorSize>,
    .xDeviceCharacteristics = forward<&M::xDeviceCharacteristics>,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

}  // namespace

const sqlite3_io_methods* log_methods() {
  return &kMethods;
}

}  // namespace kuramori::storage::sqlite::detail
