#include "policy_server/key_document.hpp"

#include <algorithm>

#include "crypto/base64.hpp"
#include "json/json.hpp"

namespace kuramori::policy_server {
namespace {

constexpr std::size_t kDocumentBytesMax = 65'536;
constexpr std::size_t kKeysMax = 64;
constexpr std::size_t kKeyNameBytesMax = 64;

Error bad_document(std::string why) {
  return Error(ErrorCode::Unavailable, "M_UNKNOWN", "The keys of the server that asks cannot be read.")
      .with_detail(std::move(why));
}

std::optional<crypto::Ed25519PublicKey> key_in(const json::Value& value) {
  if (!value.is_object()) return std::nullopt;
  const auto octets = crypto::from_base64(json::string_or(value.get_object(), "key", ""));
  crypto::Ed25519PublicKey key{};
  if (!octets || octets->size() != key.size()) return std::nullopt;
  std::ranges::copy(*octets, key.begin());
  return key;
}

}  // namespace

Result<KeyDocument> read_key_document(std::string_view text, const ServerName& server, Timestamp now) {
  const auto body = json::parse_object(text, {.bytes_max = kDocumentBytesMax});
  if (!body) return bad_document("it is no JSON object");
  if (json::string_or(*body, "server_name", "") != server.view())
    return bad_document("it is of another server");
  KeyDocument document{.valid_until = from_unix_ms(json::integer_or(*body, "valid_until_ts", 0))};
  if (document.valid_until <= now) return bad_document("it has expired");
  const json::Object* keys = json::object_at(*body, "verify_keys");
  if (keys == nullptr || keys->size() > kKeysMax) return bad_document("it has no keys, or too many");
  if (!json::check_canonical(json::Value(*body))) return bad_document("it has no canonical form");
  bool is_signed = false;
  for (const auto& [name, value] : *keys) {
    const std::string id(name.data(), name.size());
    const auto key = key_in(value);
    if (!id.starts_with("ed25519:") || id.size() > kKeyNameBytesMax || !key) continue;
    is_signed = is_signed || crypto::verify_json(*body, server.view(), id, *key).has_value();
    document.keys.emplace(id, *key);
  }
  if (!is_signed) return bad_document("none of its keys signed it");
  return document;
}

}  // namespace kuramori::policy_server
