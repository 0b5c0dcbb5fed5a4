// Tokens with which a person proves to another service who they are, and nothing else (client-server API,
// module openid). A token is its own sealed statement: no table, valid on every process until it expires.
#pragma once
#include <optional>
#include <string>

#include "crypto/aead.hpp"
#include "gate/gate.hpp"
#include "runtime/task.hpp"
#include "storage/key_ring.hpp"

namespace kuramori::people {

class OpenIdTokens {
 public:
  static constexpr Milliseconds kLifetime = std::chrono::hours(1);

  OpenIdTokens(gate::Gate& gate, const storage::KeyRing& keys, const Clock& clock, Random& random);

  // OpenIdIssue, for the permit's subject; recorded.
  runtime::Task<Result<std::string>> issue(gate::Permit permit);
  // Whose token it is; nothing for what is none, or has expired.
  std::optional<UserId> owner(std::string_view token) const;

 private:
  gate::Gate& gate_;
  const crypto::SecretKey key_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace kuramori::people
