#include "workforce/organisation_version.hpp"

#include <array>

namespace kuramori::workforce {
namespace {

constexpr std::array kOrigins{Origin::Document, Origin::Tables, Origin::Rollback};

}  // namespace

std::string_view to_string(Origin origin) {
  switch (origin) {
    case Origin::Document:
      return "document";
    case Origin::Tables:
      return "tables";
    case Origin::Rollback:
      return "rollback";
  }
  return "";
}

std::optional<Origin> parse_origin(std::string_view text) {
  for (const Origin origin : kOrigins) {
    if (to_string(origin) == text) return origin;
  }
  return std::nullopt;
}

json::Object to_json(const OrganisationVersion& version) {
  json::Object object{{"version", version.version},
                      {"created", to_rfc3339(version.created)},
                      {"origin", to_string(version.origin)},
                      {"added", version.added},
                      {"changed", version.changed},
                      {"removed", version.removed},
                      {"reason", version.reason}};
  if (!version.author.empty()) object.emplace("author", version.author.view());
  if (version.restored) object.emplace("restored_version", *version.restored);
  return object;
}

}  // namespace kuramori::workforce
