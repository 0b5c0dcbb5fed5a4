#include "identity/profile_rules.hpp"

#include <algorithm>

#include "identity/profiles.hpp"

namespace kuramori::identity {
namespace {

using Checked = Result<std::optional<json::Value>>;

// "m.tz", "org.example.field": at least one dot, starts with a letter.
bool is_namespaced(std::string_view key) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  };
  const bool starts_with_letter = !key.empty() && key.front() >= 'a' && key.front() <= 'z';
  return starts_with_letter && key.back() != '.' && key.find('.') != std::string_view::npos &&
         key.find("..") == std::string_view::npos && std::ranges::all_of(key, allowed);
}

Error too_long(std::string_view key, std::size_t bytes_max) {
  return {ErrorCode::TooLarge, "M_TOO_LARGE",
          "'" + std::string(key) + "' has at most " + std::to_string(bytes_max) + " bytes."};
}

Checked check_name(std::string_view key, const json::Value& value, std::size_t bytes_max) {
  if (value.is_null()) return std::optional<json::Value>();
  if (!value.is_string()) return invalid_argument("'" + std::string(key) + "' must be a string.");
  const std::string_view name = json::view(value.get_string());
  if (name.empty()) return std::optional<json::Value>();
  if (name.size() > bytes_max) return too_long(key, bytes_max);
  return std::optional(json::Value(value, json::StoragePtr()));
}

}  // namespace

Result<void> check_profile_key(std::string_view key) {
  if (key.size() > Profiles::kKeyBytesMax) {
    return Error(ErrorCode::InvalidArgument, "M_KEY_TOO_LARGE", "A profile key has at most 255 bytes.");
  }
  if (key == "displayname" || key == "avatar_url" || is_namespaced(key)) return {};
  return invalid_argument("Not a profile key: it must be 'displayname', 'avatar_url' or a namespaced name.");
}

Checked check_profile_value(std::string_view key, const json::Value& value) {
  if (key == "displayname") return check_name(key, value, Profiles::kDisplayNameBytesMax);
  if (key == "avatar_url") {
    KURAMORI_TRY(url, check_name(key, value, Profiles::kAvatarUrlBytesMax));
    if (url && !json::view(url->get_string()).starts_with("mxc://")) {
      return invalid_argument("'avatar_url' must be an mxc:// URI.");
    }
    return url;
  }
  if (key == "m.tz" && !value.is_string()) return invalid_argument("'m.tz' must be a string.");
  return std::optional(json::Value(value, json::StoragePtr()));
}

}  // namespace kuramori::identity
