#include "crypto/sodium_ready.hpp"

#include <sodium.h>

#include "base/assert.hpp"

namespace kuramori::crypto::detail {

void ensure_sodium() {
  static const int state = sodium_init();
  ensure(state >= 0, "libsodium could not be initialised");
}

}  // namespace kuramori::crypto::detail
