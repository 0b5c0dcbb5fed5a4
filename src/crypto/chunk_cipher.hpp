// Sealing of what is too large for one piece: chunks of one size, each bound to its place, so that any can be
// opened alone and none can be moved, left out or added (the STREAM construction, with AES-256-GCM).
//
// The nonce is the chunk's number and whether it is the last: a key is used for one sequence of chunks, once.
// `place` is authenticated with each chunk. Not thread-safe; the key schedule is set up once.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "crypto/aead.hpp"

namespace kuramori::crypto {

constexpr std::size_t kChunkOverheadBytes = 16;

struct ChunkPosition {
  std::uint64_t index = 0;
  bool is_last = false;
};

class ChunkSealer {
 public:
  ChunkSealer(const SecretKey& key, std::string_view place);
  ~ChunkSealer();
  ChunkSealer(ChunkSealer&&) noexcept;
  // `sealed` has room for the plaintext and kChunkOverheadBytes; it may begin where the plaintext begins.
  void seal(ChunkPosition position, ByteView plaintext, std::span<std::uint8_t> sealed);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class ChunkOpener {
 public:
  ChunkOpener(const SecretKey& key, std::string_view place);
  ~ChunkOpener();
  ChunkOpener(ChunkOpener&&) noexcept;
  // Corrupt when the key, the place, the position or a single bit differs. `plaintext` is kChunkOverheadBytes
  // shorter than `sealed`, and may begin where it begins; nothing in it may be used after a failure.
  Result<void> open(ChunkPosition position, ByteView sealed, std::span<std::uint8_t> plaintext);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::crypto
