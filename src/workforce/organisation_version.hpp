// One entry of the organisation's history: who changed it, when, why and by how much.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/identifiers.hpp"
#include "json/json.hpp"

namespace kuramori::workforce {

enum class Origin : std::uint8_t {
  Document,  // the JSON document, whole
  Tables,    // comma-separated tables over what was there
  Rollback,  // the content of an earlier version
};
std::string_view to_string(Origin origin);
std::optional<Origin> parse_origin(std::string_view text);

struct OrganisationVersion {
  std::int64_t version = 0;  // from 1
  Timestamp created;
  UserId author;  // empty: the command line
  Origin origin = Origin::Document;
  std::optional<std::int64_t> restored = {};  // the version whose content a rollback brought back
  std::int64_t added = 0;
  std::int64_t changed = 0;
  std::int64_t removed = 0;
  std::string reason = {};
};

json::Object to_json(const OrganisationVersion& version);

}  // namespace kuramori::workforce
