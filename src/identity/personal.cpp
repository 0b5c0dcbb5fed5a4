#include "identity/personal.hpp"

#include "crypto/key_tree.hpp"

namespace kuramori::identity {
namespace {

crypto::SecretKey column_key(const crypto::SecretKey& person) {
  return crypto::derive_key(person, "identity personal columns");
}

// NUL cannot occur in an identifier, so two places never read alike.
std::string associated_data(const Place& place) {
  std::string data(place.column);
  data.append(1, '\0').append(place.user).append(1, '\0').append(place.device);
  return data;
}

}  // namespace

Bytes seal_personal(const crypto::SecretKey& person, const Place& place, std::string_view text,
                    Random& random) {
  return crypto::seal(column_key(person), as_bytes(text), as_bytes(associated_data(place)), random);
}

Result<std::string> open_personal(const crypto::SecretKey& person, const Place& place, ByteView sealed) {
  KURAMORI_TRY(plain, crypto::open(column_key(person), sealed, as_bytes(associated_data(place))));
  return std::string(as_text(plain));
}

}  // namespace kuramori::identity
