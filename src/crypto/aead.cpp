#include "crypto/aead.hpp"

#include <openssl/evp.h>
#include <sodium.h>

#include <algorithm>
#include <memory>

#include "base/assert.hpp"

namespace kuramori::crypto {
namespace {

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
// OpenSSL takes lengths as int: longer texts go in several steps.
constexpr std::size_t kStepBytes = std::size_t{1} << 30;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

// Fetched once and kept until the process ends.
const EVP_CIPHER* algorithm() {
  static const EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return fetched;
}

// This thread's context for one operation; the expanded key is wiped at the end.
class Operation {
 public:
  Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  ~Operation() { EVP_CIPHER_CTX_reset(context_); }
  EVP_CIPHER_CTX* context() const { return context_; }

 private:
  static EVP_CIPHER_CTX* of_thread() {
    static thread_local const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> kept(EVP_CIPHER_CTX_new());
    return kept.get();
  }

  EVP_CIPHER_CTX* context_ = of_thread();
};

// `out` is null for associated data.
bool update(EVP_CIPHER_CTX* context, std::uint8_t* out, ByteView data) {
  while (!data.empty()) {
    const ByteView step = data.first(std::min(data.size(), kStepBytes));
    int written = 0;
    if (EVP_CipherUpdate(context, out, &written, step.data(), static_cast<int>(step.size())) != 1)
      return false;
    if (out != nullptr) out += written;
    data = data.subspan(step.size());
  }
  return true;
}

}  // namespace

SecretKey SecretKey::generate(Random& random) {
  SecretKey key;
  random.fill(key.raw_);
  return key;
}

SecretKey::~SecretKey() {
  sodium_memzero(raw_.data(), raw_.size());
}

Bytes seal(const SecretKey& key, ByteView plaintext, ByteView associated_data, Random& random) {
  Bytes sealed(plaintext.size() + kSealOverheadBytes);
  const std::span<std::uint8_t> out(sealed);
  const std::span<std::uint8_t> nonce = out.first(kNonceBytes);
  const std::span<std::uint8_t> tag = out.last(kTagBytes);
  random.fill(nonce);

  const Operation operation;
  EVP_CIPHER_CTX* const context = operation.context();
  int written = 0;
  const bool done =
      EVP_EncryptInit_ex2(context, algorithm(), key.view().data(), nonce.data(), nullptr) == 1 &&
      update(context, nullptr, associated_data) && update(context, out.data() + kNonceBytes, plaintext) &&
      EVP_EncryptFinal_ex(context, tag.data(), &written) == 1 &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kTagBytes), tag.data()) == 1;
  ensure(done, "OpenSSL could not seal with AES-256-GCM");
  return sealed;
}

Result<Bytes> open(const SecretKey& key, ByteView sealed, ByteView associated_data) {
  if (sealed.size() < kSealOverheadBytes) return corrupt("a sealed value is too short");
  const ByteView nonce = sealed.first(kNonceBytes);
  const ByteView ciphertext = sealed.subspan(kNonceBytes, sealed.size() - kSealOverheadBytes);
  std::array<std::uint8_t, kTagBytes> tag{};
  std::ranges::copy(sealed.last(kTagBytes), tag.begin());
  Bytes plaintext(ciphertext.size());

  const Operation operation;
  EVP_CIPHER_CTX* const context = operation.context();
  const bool ready =
      EVP_DecryptInit_ex2(context, algorithm(), key.view().data(), nonce.data(), nullptr) == 1 &&
      update(context, nullptr, associated_data) && update(context, plaintext.data(), ciphertext) &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kTagBytes), tag.data()) == 1;
  ensure(ready, "OpenSSL could not open with AES-256-GCM");
  int written = 0;
  std::uint8_t nothing_left = 0;
  if (EVP_DecryptFinal_ex(context, &nothing_left, &written) != 1) {
    sodium_memzero(plaintext.data(), plaintext.size());
    return corrupt("a sealed value does not open: wrong key, moved or altered");
  }
  return plaintext;
}

}  // namespace kuramori::crypto
