// Whatever a client uploads as keys is refused or read; what is read can be stored and compared.
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "e2ee/key_rules.hpp"

using namespace kuramori;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto object = json::parse_object(text);
  if (!object) return 0;
  const UserId user("@a:b");
  const auto keys = e2ee::read_one_time_keys(*object);
  if (keys) {
    for (const e2ee::OneTimeKey& key : *keys) {
      ensure(!key.algorithm.empty() && !key.key_id.empty(), "a key has a name");
      ensure(e2ee::is_same_key(key.body, key.body), "a key equals itself");
    }
  }
  const auto device = e2ee::read_device_keys(*object, user, DeviceId("D"));
  if (device) ensure(json::parse_object(device->keys.body).has_value(), "a body is an object");
  for (const auto usage : {e2ee::Usage::Master, e2ee::Usage::SelfSigning, e2ee::Usage::UserSigning}) {
    const auto key = e2ee::read_cross_signing_key(*object, user, usage);
    if (key) ensure(!key->public_key.empty(), "a cross-signing key has a public part");
  }
  return 0;
}
