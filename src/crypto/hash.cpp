#include "crypto/hash.hpp"

#include <openssl/evp.h>
#include <sodium.h>

#include <memory>

#include "base/assert.hpp"
#include "crypto/sodium_ready.hpp"

namespace kuramori::crypto {
namespace {

struct FreeDigestContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Fetched once and kept until the process ends: a fetch costs more than the hash of a short text.
const EVP_MD* digest_algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched;
}

EVP_MD_CTX* context() {
  static thread_local const std::unique_ptr<EVP_MD_CTX, FreeDigestContext> kept(EVP_MD_CTX_new());
  return kept.get();
}

}  // namespace

Sha256 sha256(ByteView data) {
  return sha256({data});
}

Sha256 sha256(std::initializer_list<ByteView> parts) {
  EVP_MD_CTX* const state = context();
  bool done = EVP_DigestInit_ex2(state, digest_algorithm(), nullptr) == 1;
  for (const ByteView part : parts) done = done && EVP_DigestUpdate(state, part.data(), part.size()) == 1;
  Sha256 hash{};
  done = done && EVP_DigestFinal_ex(state, hash.data(), nullptr) == 1;
  ensure(done, "OpenSSL could not compute SHA-256");
  return hash;
}

struct Sha256Stream::State {
  std::unique_ptr<EVP_MD_CTX, FreeDigestContext> context{EVP_MD_CTX_new()};
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  ensure(EVP_DigestInit_ex2(state_->context.get(), digest_algorithm(), nullptr) == 1,
         "OpenSSL could not compute SHA-256");
}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;

void Sha256Stream::add(ByteView part) {
  ensure(EVP_DigestUpdate(state_->context.get(), part.data(), part.size()) == 1,
         "OpenSSL could not compute SHA-256");
}

Sha256 Sha256Stream::finish() {
  Sha256 hash{};
  ensure(EVP_DigestFinal_ex(state_->context.get(), hash.data(), nullptr) == 1,
         "OpenSSL could not compute SHA-256");
  return hash;
}

Sha256 hmac_sha256(ByteView key, ByteView data) {
  detail::ensure_sodium();
  // Tags are over short texts, where libsodium's setup is cheaper than that of OpenSSL's EVP_MAC.
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key.data(), key.size());
  crypto_auth_hmacsha256_update(&state, data.data(), data.size());
  Sha256 tag{};
  crypto_auth_hmacsha256_final(&state, tag.data());
  return tag;
}

}  // namespace kuramori::crypto
