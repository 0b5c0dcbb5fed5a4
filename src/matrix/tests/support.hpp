// What the tests of this module share: JSON from text, vectors from files, and events of a room version.
#pragma once
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "crypto/signing.hpp"
#include "matrix/event.hpp"

namespace kuramori::matrix::testing {

inline json::Object object(std::string_view text) {
  Result<json::Object> parsed = json::parse_object(text);
  if (!parsed) ADD_FAILURE() << parsed.error().message() << " in " << text;
  return parsed ? *std::move(parsed) : json::Object();
}

inline json::Object load_vectors(const std::string& name) {
  std::ifstream file(std::string(KURAMORI_VECTORS) + "/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return object(text.str());
}

inline const RoomVersion& version(std::string_view id) {
  const RoomVersion* found = find_room_version(id);
  if (found == nullptr) throw std::runtime_error("unknown room version");
  return *found;
}

inline std::string text_at(const json::Object& from, std::string_view key) {
  return std::string(json::string_or(from, key, ""));
}

// A PDU with what every event has; `members` replace or add to it.
inline json::Object pdu(const json::Object& members) {
  json::Object made =
      object(R"({"depth": 2, "origin_server_ts": 1, "prev_events": ["$one", "$two"], "auth_events": [],
                                 "hashes": {"sha256": ""}, "signatures": {}, "content": {}})");
  for (const auto& member : members) made.insert_or_assign(member.key(), member.value());
  return made;
}

inline EventPtr event(const json::Object& members, std::string_view version_id) {
  Result<EventPtr> parsed = Event::parse(pdu(members), version(version_id));
  if (!parsed) ADD_FAILURE() << parsed.error().message() << " in " << json::serialize(members);
  return parsed ? *parsed : nullptr;
}
inline EventPtr event(std::string_view members, std::string_view version_id = "11") {
  return event(object(members), version_id);
}

inline crypto::SigningKey signing_key() {
  return crypto::SigningKey::from_seed(crypto::Ed25519Seed{1, 2, 3}, "k1");
}

}  // namespace kuramori::matrix::testing
