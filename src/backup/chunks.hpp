// A run of octets as sealed chunks, each bound to the archive, to its number and to whether it is the last:
// what is altered, moved, left out, added or cut off does not open.
//
//   frame   := length:u32 chunk       the highest bit of the length marks the last chunk
//   chunk   := AES-256-GCM of at most kPlainBytes (crypto/chunk_cipher.hpp)
//
// Holds one chunk in memory. Used on one thread.
#pragma once
#include <string_view>

#include "backup/octets.hpp"
#include "crypto/chunk_cipher.hpp"

namespace kuramori::backup {

constexpr std::size_t kPlainBytes = 262'144;

class ChunkWriter {
 public:
  // `key` is used for this archive alone; `place` is bound to each chunk.
  ChunkWriter(Sink& sink, const crypto::SecretKey& key, std::string_view place);
  Result<void> write(ByteView octets);
  // The last chunk.
  Result<void> finish();

 private:
  enum class Which : bool { Middle, Last };
  Result<void> seal(Which which);

  Sink& sink_;
  crypto::ChunkSealer sealer_;
  Bytes plain_;
  Bytes framed_;
  std::uint64_t chunks_ = 0;
};

class ChunkReader {
 public:
  ChunkReader(Source& source, const crypto::SecretKey& key, std::string_view place);
  // Exactly so many octets.
  Result<void> read(std::span<std::uint8_t> into);
  // The same, behind what is in `into`. Memory grows with what is there, not with what is asked for.
  Result<void> append_to(Bytes& into, std::uint64_t octets);
  // At least one octet and at most `octets_max`; valid until the next call.
  Result<ByteView> some(std::uint64_t octets_max);
  // Damaged unless the last chunk was read to its end and nothing follows it.
  Result<void> expect_end();

 private:
  Result<void> open_next();

  Source& source_;
  crypto::ChunkOpener opener_;
  Bytes plain_;
  std::size_t used_ = 0;
  std::uint64_t chunks_ = 0;
  bool is_last_ = false;
};

}  // namespace kuramori::backup
