#include "matrix/redaction.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "matrix/redaction_rules.hpp"

namespace kuramori::matrix {
namespace detail {
namespace {

using Keys = std::span<const std::string_view>;

constexpr std::array<std::string_view, 12> kTopLevel{
    "event_id", "type",       "room_id", "sender",      "state_key",   "content",
    "hashes",   "signatures", "depth",   "prev_events", "auth_events", "origin_server_ts"};
// Kept up to version 10 (rooms/fragments/v9-redactions.md).
constexpr std::array<std::string_view, 3> kOldTopLevel{"prev_state", "origin", "membership"};

constexpr std::array<std::string_view, 2> kMember{"membership", "join_authorised_via_users_server"};
constexpr std::array<std::string_view, 1> kOldCreate{"creator"};
constexpr std::array<std::string_view, 2> kJoinRules{"join_rule", "allow"};
constexpr std::array<std::string_view, 8> kOldPowerLevels{
    "ban", "events", "events_default", "kick", "redact", "state_default", "users", "users_default"};
constexpr std::array<std::string_view, 9> kPowerLevels{
    "ban", "events", "events_default", "invite", "kick", "redact", "users", "state_default", "users_default"};
constexpr std::array<std::string_view, 1> kHistoryVisibility{"history_visibility"};
constexpr std::array<std::string_view, 1> kRedaction{"redacts"};

Keys kept_content_keys(std::string_view type, const RoomVersion& version) {
  if (!type.starts_with("m.room.")) return {};
  if (type == "m.room.member") return kMember;
  if (type == "m.room.join_rules") return kJoinRules;
  if (type == "m.room.power_levels")
    return version.updated_redaction ? Keys(kPowerLevels) : Keys(kOldPowerLevels);
  if (type == "m.room.history_visibility") return kHistoryVisibility;
  if (type == "m.room.create" && !version.updated_redaction) return kOldCreate;
  if (type == "m.room.redaction" && version.updated_redaction) return kRedaction;
  return {};
}

void keep(const json::Object& from, std::string_view key, json::Object& to) {
  if (const json::Value* value = json::find(from, key)) to.emplace(key, *value);
}

// Version 11: of `third_party_invite` only `signed` stays.
void keep_signed(const json::Object& content, json::Object& kept) {
  const json::Object* invite = json::object_at(content, "third_party_invite");
  const json::Value* proof = invite == nullptr ? nullptr : json::find(*invite, "signed");
  if (proof == nullptr) return;
  json::Object only;
  only.emplace("signed", *proof);
  kept.emplace("third_party_invite", std::move(only));
}

}  // namespace

bool survives_redaction(std::string_view key, const RoomVersion& version) {
  return std::ranges::find(kTopLevel, key) != kTopLevel.end() ||
         (!version.updated_redaction && std::ranges::find(kOldTopLevel, key) != kOldTopLevel.end());
}

bool keeps_whole_content(std::string_view type, const RoomVersion& version) {
  return version.updated_redaction && type == "m.room.create";
}

json::Object redacted_content(std::string_view type, const json::Object& content,
                              const RoomVersion& version) {
  if (keeps_whole_content(type, version)) return content;
  json::Object kept;
  for (const std::string_view key : kept_content_keys(type, version)) keep(content, key, kept);
  if (type == "m.room.member" && version.updated_redaction) keep_signed(content, kept);
  return kept;
}

}  // namespace detail

json::Object redact(const json::Object& pdu, const RoomVersion& version) {
  json::Object kept;
  kept.reserve(pdu.size());
  const std::string_view type = json::string_or(pdu, "type", "");
  for (const auto& member : pdu) {
    const std::string_view key(member.key());
    if (!detail::survives_redaction(key, version)) continue;
    if (key == "content") {
      const json::Object* content = member.value().if_object();
      kept.emplace(key,
                   content == nullptr ? json::Object() : detail::redacted_content(type, *content, version));
    } else {
      kept.emplace(key, member.value());
    }
  }
  return kept;
}

}  // namespace kuramori::matrix
