// The keys that a person signs devices and other people with (client-server API, "Cross-signing"), and the
// signatures made with them.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "e2ee/device_lists.hpp"
#include "e2ee/key_rules.hpp"
#include "e2ee/ports.hpp"

namespace kuramori::e2ee {

struct CrossSigningUpload {
  std::optional<CrossSigningKey> master;
  std::optional<CrossSigningKey> self_signing;
  std::optional<CrossSigningKey> user_signing;
};

enum class Confirmed : bool { No, Yes };

// Why one signed object was not taken.
struct SignatureFailure {
  UserId user;
  std::string key_id;
  Error error;
};

// One signed object of a request: the owner of the key, its id (a device id or a public key), the object.
struct SignedKey {
  UserId owner;
  std::string key_id;
  json::Object object;
};

class CrossSigning {
 public:
  static constexpr std::size_t kSignedKeysMax = 5'000;  // of a request

  CrossSigning(Ports ports, DeviceLists& lists);

  // Whether the user must confirm the upload: there are keys already, and these are others.
  runtime::Task<Result<bool>> needs_confirmation(const UserId& user, const CrossSigningUpload& upload);
  // Permit: CrossSigningSet. M_INVALID_SIGNATURE, M_MISSING_PARAM without a master key, M_FORBIDDEN for a key
  // that is the id of a device. Unauthenticated when a confirmation turns out to be needed after all.
  runtime::Task<Result<void>> upload(gate::Permit permit, UserId user, CrossSigningUpload upload,
                                     Confirmed confirmed);
  // Permit: KeysSign. Each object stands for itself; those that were refused.
  runtime::Task<Result<std::vector<SignatureFailure>>> sign(gate::Permit permit, UserId signer,
                                                            std::vector<SignedKey> keys);

 private:
  Ports ports_;
  DeviceLists& lists_;
};

}  // namespace kuramori::e2ee
