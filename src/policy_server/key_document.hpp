// What a server publishes of its keys (server-server API, "Publishing keys"). Pure.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/identifiers.hpp"
#include "base/result.hpp"
#include "crypto/signing.hpp"

namespace kuramori::policy_server {

struct KeyDocument {
  std::map<std::string, crypto::Ed25519PublicKey, std::less<>> keys = {};  // by name: "ed25519:…"
  Timestamp valid_until{};
};

// The document is of that server, not expired, and signed with one of its own keys. Keys of earlier times
// sign no requests and are left out.
Result<KeyDocument> read_key_document(std::string_view text, const ServerName& server, Timestamp now);

}  // namespace kuramori::policy_server
