// The port for files: long runs of octets under a name, written once from front to back, read in any place,
// removed. They are sealed before they come here: a store sees no plaintext.
//
//   auto writer = store.create("q7…");            // nothing of that name exists until finish() says so
//   writer->append(part);  writer->append(part);
//   writer->finish();                             // durable
//
// Every call may block: for worker threads. A writer or reader is used by one thread at a time; the store by
// many.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace kuramori::storage {

// Unless it was finished, nothing remains of what it wrote.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;
  virtual Result<void> append(ByteView part) = 0;
  // Durable under its name when this returns; the writer is of no use afterwards.
  virtual Result<void> finish() = 0;
};

class BlobReader {
 public:
  virtual ~BlobReader() = default;
  virtual std::uint64_t bytes() const = 0;
  // Fills `into` from `offset` on; Corrupt when the blob ends before.
  virtual Result<void> read(std::uint64_t offset, std::span<std::uint8_t> into) = 0;
};

class BlobStore {
 public:
  static constexpr std::size_t kNameBytesMax = 64;

  virtual ~BlobStore() = default;
  // Names are 4 to kNameBytesMax of a-z and 0-9, and never used again. Conflict when one exists.
  virtual Result<std::unique_ptr<BlobWriter>> create(std::string_view name) = 0;
  virtual Result<std::unique_ptr<BlobReader>> open(std::string_view name) = 0;  // NotFound
  // Removing what does not exist is no error.
  virtual Result<void> remove(std::string_view name) = 0;
  // Every finished blob there was when the call began, in any order, until `visit` answers false.
  virtual Result<void> list(const std::function<bool(std::string_view name)>& visit) = 0;
};

bool is_blob_name(std::string_view name);

}  // namespace kuramori::storage
