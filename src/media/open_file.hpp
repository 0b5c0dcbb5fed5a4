// A stored file, opened by somebody who may read it.
#pragma once
#include <string>

#include "media/content_uri.hpp"
#include "media/ports.hpp"
#include "media/sealed_file.hpp"
#include "runtime/task.hpp"
#include "runtime/worker_pool.hpp"

namespace kuramori::media {

struct FileInfo {
  MediaId id;
  std::string content_type;
  std::string name;  // as the uploader called it; may be empty
  std::uint64_t bytes = 0;
};

// One reader at a time. Files are opened and deciphered on the workers, which outlive it.
class OpenFile {
 public:
  OpenFile(FileInfo info, SealedReader reader, runtime::WorkerPool& workers)
      : info_(std::move(info)), reader_(std::move(reader)), workers_(workers) {}

  const FileInfo& info() const { return info_; }
  // From `from` on, at most up to `end`: at least one octet, valid until the next call.
  runtime::Task<Result<ByteView>> read(std::uint64_t from, std::uint64_t end) {
    auto work = [this, from, end] { return reader_.read(from, end); };
    auto part = co_await workers_.run(std::move(work));
    co_return part;
  }
  // The same on the calling thread, which it blocks.
  Result<ByteView> read_here(std::uint64_t from, std::uint64_t end) { return reader_.read(from, end); }

 private:
  FileInfo info_;
  SealedReader reader_;
  runtime::WorkerPool& workers_;
};

// From its beginning. One feed of a file at a time.
inline PieceFeed feed_of(std::shared_ptr<OpenFile> file) {
  return [held = std::move(file), at = std::uint64_t{0}]() mutable -> Result<ByteView> {
    const std::uint64_t end = held->info().bytes;
    if (at >= end) return ByteView();
    auto piece = held->read_here(at, end);
    if (piece) at += piece->size();
    return piece;
  };
}

}  // namespace kuramori::media
