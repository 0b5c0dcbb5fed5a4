// A file as it lies in the blob store: chunks of one size, each sealed and bound to the file, to its number
// and to whether it is the last. Any range can be read by opening the chunks that it touches. Blocking: for
// worker threads.
#pragma once
#include <memory>

#include "base/bytes.hpp"
#include "crypto/chunk_cipher.hpp"
#include "crypto/hash.hpp"
#include "storage/blob_store.hpp"

namespace kuramori::media {

constexpr std::size_t kChunkBytes = 65'536;
constexpr std::size_t kPieceChunks = 8;  // handed over at a time: large enough that handing over costs little
constexpr std::size_t kPieceBytes = kChunkBytes * kPieceChunks;

// How much `bytes` are in the store. An empty file is one empty chunk.
std::uint64_t sealed_bytes(std::uint64_t bytes);

// Memory that is not cleared before it is written.
class Buffer {
 public:
  explicit Buffer(std::size_t bytes)
      : bytes_(bytes), memory_(std::make_unique_for_overwrite<std::uint8_t[]>(bytes)) {}
  std::span<std::uint8_t> span() { return {memory_.get(), bytes_}; }
  std::size_t size() const { return bytes_; }

 private:
  std::size_t bytes_;
  std::unique_ptr<std::uint8_t[]> memory_;
};

enum class Part : bool { Middle, Last };

class SealedWriter {
 public:
  struct Place {
    storage::BlobStore& blobs;
    const crypto::SecretKey& key;  // used for this file alone
    std::string_view blob;
    std::string_view original = {};  // of a thumbnail: the blob that it was made of, to which it is bound
  };
  static Result<SealedWriter> create(const Place& place);

  // At most kPieceBytes; whole chunks, unless it is the last.
  Result<void> append(ByteView piece, Part part);
  // After the last part: the SHA-256 of the plaintext, and how much it was.
  crypto::Sha256 digest() { return hash_.finish(); }
  std::uint64_t bytes() const { return bytes_; }
  Result<void> finish() { return blob_->finish(); }

 private:
  SealedWriter(std::unique_ptr<storage::BlobWriter> blob, const Place& place);

  std::unique_ptr<storage::BlobWriter> blob_;
  crypto::ChunkSealer sealer_;
  crypto::Sha256Stream hash_;
  Buffer sealed_;
  std::uint64_t bytes_ = 0;
  std::uint64_t chunks_ = 0;
};

// A file that is in memory as a whole: durable when this returns.
Result<void> seal_whole(const SealedWriter::Place& place, ByteView file);

class SealedReader {
 public:
  struct Place {
    storage::BlobStore& blobs;
    const crypto::SecretKey& key;
    std::string_view blob;
    std::uint64_t bytes;  // of the plaintext
    std::string_view original = {};
  };
  // Corrupt when what is stored has another length.
  static Result<SealedReader> open(const Place& place);

  std::uint64_t bytes() const { return bytes_; }
  // From `from` on, at most up to `end`: at least one octet, valid until the next call.
  Result<ByteView> read(std::uint64_t from, std::uint64_t end);

 private:
  SealedReader(std::unique_ptr<storage::BlobReader> blob, const Place& place);

  std::unique_ptr<storage::BlobReader> blob_;
  crypto::ChunkOpener opener_;
  Buffer sealed_;
  Buffer opened_;
  std::uint64_t bytes_;
};

}  // namespace kuramori::media
