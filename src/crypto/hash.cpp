#include "crypto/hash.hpp"

#include <openssl/sha.h>
#include <sodium.h>

#include "base/assert.hpp"
#include "crypto/sodium_ready.hpp"

namespace kuramori::crypto {
namespace {

// Deprecated in favour of EVP, which allocates, wipes and frees a state for each hash: more than the hash of
// a short text costs, and each message needs seven.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

void begin(SHA256_CTX& state) {
  ensure(SHA256_Init(&state) == 1, "OpenSSL could not compute SHA-256");
}

void add_to(SHA256_CTX& state, ByteView part) {
  ensure(SHA256_Update(&state, part.data(), part.size()) == 1, "OpenSSL could not compute SHA-256");
}

Sha256 end(SHA256_CTX& state) {
  Sha256 hash;
  ensure(SHA256_Final(hash.data(), &state) == 1, "OpenSSL could not compute SHA-256");
  return hash;
}

#pragma GCC diagnostic pop

}  // namespace

Sha256 sha256(ByteView data) {
  return sha256({data});
}

Sha256 sha256(std::initializer_list<ByteView> parts) {
  SHA256_CTX state;
  begin(state);
  for (const ByteView part : parts) add_to(state, part);
  return end(state);
}

struct Sha256Stream::State {
  SHA256_CTX context;
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  begin(state_->context);
}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;

void Sha256Stream::add(ByteView part) {
  add_to(state_->context, part);
}

Sha256 Sha256Stream::finish() {
  return end(state_->context);
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
