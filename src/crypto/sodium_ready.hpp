// libsodium chooses its implementations once, before its first use.
#pragma once

namespace kuramori::crypto::detail {

// Cheap after the first call; thread-safe.
void ensure_sodium();

}  // namespace kuramori::crypto::detail
