// Profiles: `displayname`, `avatar_url` and any further field (client-server API, "Profiles"). Sealed under
// the person's key; read from memory mostly.
//
//   ProfilePtr profile = profiles.cached(user);                         // hot paths, then
//   Result<ProfilePtr> profile = co_await profiles.read(user);          // empty profile for a user without
//   one
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "gate/gate.hpp"
#include "identity/sessions.hpp"
#include "json/json.hpp"
#include "storage/key_ring.hpp"
#include "storage/store.hpp"

namespace kuramori::identity {

// Published for every changed field.
struct ProfileChanged final : storage::ChangePayload {
  UserId user;
  std::string key;
};

struct Profile {
  json::Object fields;
  std::string_view display_name() const { return json::string_or(fields, "displayname", ""); }
  std::string_view avatar_url() const { return json::string_or(fields, "avatar_url", ""); }
};
using ProfilePtr = std::shared_ptr<const Profile>;

class Profiles {
 public:
  static constexpr std::size_t kProfileBytesMax =
      65'536;                                       // canonical JSON of all fields: M_PROFILE_TOO_LARGE
  static constexpr std::size_t kKeyBytesMax = 255;  // M_KEY_TOO_LARGE
  static constexpr std::size_t kDisplayNameBytesMax = 256;
  static constexpr std::size_t kAvatarUrlBytesMax = 1'000;

  Profiles(storage::Reader& reader, gate::Gate& gate, storage::KeyRing& keys, Sessions& sessions,
           Random& random, std::size_t cached_profiles_max = 50'000);
  ~Profiles();

  // Hears of deactivations and changes: the wiring adds it to the store.
  storage::StreamListener& listener();

  // For the server's own use (the profile in a membership event); disclosing one to somebody is `get`.
  ProfilePtr cached(const UserId& user) const;
  runtime::Task<Result<ProfilePtr>> read(UserId user);
  // M_NOT_FOUND when the user does not exist. Permit: ProfileRead.
  runtime::Task<Result<ProfilePtr>> get(const gate::Permit& permit, UserId user);
  // No value deletes the field. False when nothing changed (and nothing was committed). Permit: ProfileSet;
  // its masked content, when there is one, counts instead of `value`.
  runtime::Task<Result<bool>> set(gate::Permit permit, UserId user, std::string key,
                                  std::optional<json::Value> value);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::identity
