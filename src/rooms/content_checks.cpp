#include "rooms/content_checks.hpp"

namespace kuramori::rooms {
namespace {

// Power levels are integers (rooms/v10.md): strings are a mistake of the request, not of the sender's power.
bool is_level(const json::Value& value) {
  return value.is_int64() || value.is_uint64();
}

Result<void> check_level_map(const json::Object& content, std::string_view key) {
  KURAMORI_TRY(levels, json::optional_object(content, key));
  if (levels == nullptr) return {};
  for (const auto& level : *levels) {
    if (!is_level(level.value()))
      return bad_json("Every level in '" + std::string(key) + "' must be an integer.");
  }
  return {};
}

}  // namespace

Result<void> check_power_levels(const json::Object& content) {
  for (const std::string_view key :
       {"ban", "events_default", "invite", "kick", "redact", "state_default", "users_default"}) {
    const json::Value* level = json::find(content, key);
    if (level != nullptr && !is_level(*level))
      return bad_json("'" + std::string(key) + "' must be an integer.");
  }
  for (const std::string_view key : {"events", "users", "notifications"}) {
    KURAMORI_CHECK(check_level_map(content, key));
  }
  return {};
}

Result<std::vector<std::string>> listed_aliases(const json::Object& content) {
  std::vector<std::string> aliases;
  if (const json::Value* alias = json::find(content, "alias"); alias != nullptr && !alias->is_null()) {
    if (!alias->is_string()) return bad_json("'alias' must be a string.");
    if (!alias->get_string().empty()) aliases.emplace_back(json::view(alias->get_string()));
  }
  KURAMORI_TRY(others, json::optional_array(content, "alt_aliases"));
  if (others == nullptr) return aliases;
  for (const json::Value& alias : *others) {
    if (!alias.is_string()) return bad_json("'alt_aliases' must hold strings.");
    aliases.emplace_back(json::view(alias.get_string()));
  }
  return aliases;
}

}  // namespace kuramori::rooms
