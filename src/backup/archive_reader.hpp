// Reads an archive from front to back, and authenticates every octet of it before anything is made of it.
//
//   auto summary = read_archive(file, root, visitor);
//
// Holds a chunk and an entry in memory. Blocking: never on an I/O thread.
#pragma once
#include <string_view>

#include "backup/archive_format.hpp"

namespace kuramori::backup {

// What is done with what is read; an error ends the reading.
class Visitor {
 public:
  virtual ~Visitor() = default;
  virtual Result<void> begin(const Origin& origin) = 0;
  virtual Result<void> table(const TableShape& shape) = 0;
  virtual Result<void> row(storage::Row row) = 0;
  virtual Result<void> file(std::string_view name, std::uint64_t octets) = 0;
  virtual Result<void> part(ByteView octets) = 0;  // of the file before
  virtual Result<void> file_end() = 0;
};

// Unauthenticated when `root` is not the key of the organisation, damaged() when a single bit was changed, a
// chunk moved, left out or cut off, or when there is less or more in it than it says.
Result<Summary> read_archive(Source& source, const crypto::SecretKey& root, Visitor& visitor);

// The same without doing anything: whether it is whole, and what is in it.
Result<Summary> check_archive(Source& source, const crypto::SecretKey& root);

}  // namespace kuramori::backup
