// Columns that describe a person, sealed under the person's key and bound to their place.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

#include "crypto/aead.hpp"

namespace kuramori::identity {

// Where a value is stored: "devices.display_name", then the row's key.
struct Place {
  std::string_view column;
  std::string_view user;
  std::string_view device = {};
};

Bytes seal_personal(const crypto::SecretKey& person, const Place& place, std::string_view text,
                    Random& random);
Result<std::string> open_personal(const crypto::SecretKey& person, const Place& place, ByteView sealed);

}  // namespace kuramori::identity
