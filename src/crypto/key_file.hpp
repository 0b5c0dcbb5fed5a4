// The root key in a file of its own: `kuramori-root-key-v1:<base64 of 32 octets>`, mode 0600, owned by the
// user that runs the server. Anything more open is refused: the file opens everything.
#pragma once
#include <filesystem>

#include "base/random.hpp"
#include "base/result.hpp"
#include "crypto/aead.hpp"

namespace kuramori::crypto {

// Errors name the file and say what to do (chmod 600, restore it from backup).
Result<SecretKey> read_key_file(const std::filesystem::path& path);
// Never overwrites; created with 0600 from the first moment, flushed to disk together with its directory
// entry.
Result<SecretKey> create_key_file(const std::filesystem::path& path, Random& random);

}  // namespace kuramori::crypto
