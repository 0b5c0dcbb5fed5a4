// The one unit that compiles Boost.JSON, so that it is built with our hardening, sanitizers and fuzzing
// coverage.
//
// Large objects are hash tables. Boost salts their hash (FNV-1a) with the table's address alone, whose low
// bits are known: a document of 1 MB with chosen keys took six seconds to read. The overload below, which the
// sources of Boost prefer to their template because it is no template, hashes with a secret of the process
// instead.

// First: what its headers compile into other units must keep its meaning here.
#include <boost/json.hpp>

#include <sodium.h>

#include <array>
#include <bit>
#include <cstdint>

#include "base/assert.hpp"

namespace boost::json::detail {
namespace {

using HashKey = std::array<unsigned char, crypto_shorthash_KEYBYTES>;

// Affects speed alone, never an order or a result: no need of the injected Random.
HashKey make_hash_key() {
  kuramori::ensure(sodium_init() >= 0, "libsodium could not be initialised");
  HashKey key{};
  crypto_shorthash_keygen(key.data());
  return key;
}

}  // namespace

// Static, because a name in an unnamed namespace would not be found beside the template.
static std::size_t digest(const char* begin, const char* end, std::size_t) noexcept {
  static const HashKey key = make_hash_key();
  std::array<unsigned char, crypto_shorthash_BYTES> hash{};
  crypto_shorthash(hash.data(), reinterpret_cast<const unsigned char*>(begin),
                   static_cast<unsigned long long>(end - begin), key.data());
  return std::bit_cast<std::size_t>(hash);
}

}  // namespace boost::json::detail

#include <boost/json/src.hpp>
