#include "crypto/chunk_cipher.hpp"

#include <openssl/evp.h>
#include <sodium.h>

#include <array>

#include "base/assert.hpp"

namespace kuramori::crypto {
namespace {

constexpr std::size_t kChunkNonceBytes = 12;

struct FreeCipherContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeCipherContext>;

const EVP_CIPHER* chunk_algorithm() {
  static const EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return fetched;
}

std::array<std::uint8_t, kChunkNonceBytes> nonce_of(ChunkPosition position) {
  std::array<std::uint8_t, kChunkNonceBytes> nonce{};
  for (std::size_t i = 0; i < 8; ++i) {
    nonce[3 + i] = static_cast<std::uint8_t>(position.index >> (8 * (7 - i)));
  }
  nonce[11] = position.is_last ? 1 : 0;
  return nonce;
}

}  // namespace

struct ChunkSealer::State {
  Context context{EVP_CIPHER_CTX_new()};
  std::string place;
};

ChunkSealer::ChunkSealer(const SecretKey& key, std::string_view place)
    : state_(new State{.place = std::string(place)}) {
  ensure(
      EVP_EncryptInit_ex2(state_->context.get(), chunk_algorithm(), key.view().data(), nullptr, nullptr) == 1,
      "OpenSSL takes the key of a file");
}
ChunkSealer::~ChunkSealer() = default;
ChunkSealer::ChunkSealer(ChunkSealer&&) noexcept = default;

void ChunkSealer::seal(ChunkPosition position, ByteView plaintext, std::span<std::uint8_t> sealed) {
  ensure(sealed.size() == plaintext.size() + kChunkOverheadBytes, "a sealed chunk is its text and a tag");
  EVP_CIPHER_CTX* const context = state_->context.get();
  const auto nonce = nonce_of(position);
  const ByteView place = as_bytes(state_->place);
  int written = 0;
  const bool done =
      EVP_EncryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr) == 1 &&
      EVP_EncryptUpdate(context, nullptr, &written, place.data(), static_cast<int>(place.size())) == 1 &&
      EVP_EncryptUpdate(context, sealed.data(), &written, plaintext.data(),
                        static_cast<int>(plaintext.size())) == 1 &&
      EVP_EncryptFinal_ex(context, sealed.data() + plaintext.size(), &written) == 1 &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kChunkOverheadBytes),
                          sealed.data() + plaintext.size()) == 1;
  ensure(done, "OpenSSL could not seal a chunk with AES-256-GCM");
}

struct ChunkOpener::State {
  Context context{EVP_CIPHER_CTX_new()};
  std::string place;
};

ChunkOpener::ChunkOpener(const SecretKey& key, std::string_view place)
    : state_(new State{.place = std::string(place)}) {
  ensure(
      EVP_DecryptInit_ex2(state_->context.get(), chunk_algorithm(), key.view().data(), nullptr, nullptr) == 1,
      "OpenSSL takes the key of a file");
}
ChunkOpener::~ChunkOpener() = default;
ChunkOpener::ChunkOpener(ChunkOpener&&) noexcept = default;

Result<void> ChunkOpener::open(ChunkPosition position, ByteView sealed, std::span<std::uint8_t> plaintext) {
  if (sealed.size() < kChunkOverheadBytes) return corrupt("a sealed chunk is too short");
  ensure(plaintext.size() + kChunkOverheadBytes == sealed.size(), "an opened chunk is without its tag");
  EVP_CIPHER_CTX* const context = state_->context.get();
  const auto nonce = nonce_of(position);
  const ByteView place = as_bytes(state_->place);
  std::array<std::uint8_t, kChunkOverheadBytes> tag{};
  std::ranges::copy(sealed.last(kChunkOverheadBytes), tag.begin());
  int written = 0;
  const bool ready =
      EVP_DecryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr) == 1 &&
      EVP_DecryptUpdate(context, nullptr, &written, place.data(), static_cast<int>(place.size())) == 1 &&
      EVP_DecryptUpdate(context, plaintext.data(), &written, sealed.data(),
                        static_cast<int>(plaintext.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()), tag.data()) == 1;
  ensure(ready, "OpenSSL could not open a chunk with AES-256-GCM");
  std::uint8_t nothing_left = 0;
  if (EVP_DecryptFinal_ex(context, &nothing_left, &written) == 1) return {};
  sodium_memzero(plaintext.data(), plaintext.size());
  return corrupt("a sealed chunk does not open: wrong key, moved, or altered");
}

}  // namespace kuramori::crypto
