// mxc://<server>/<media id> (client-server API, "Matrix Content (mxc://) URIs").
#pragma once
#include <string>
#include <string_view>

#include "base/identifiers.hpp"
#include "base/result.hpp"

namespace kuramori::media {

struct MediaId {
  ServerName origin;
  std::string id;

  std::string to_uri() const { return "mxc://" + origin.str() + "/" + id; }
  friend bool operator==(const MediaId&, const MediaId&) = default;
};

// From the two segments of a path. What is no server name or no media id names nothing: NotFound.
Result<MediaId> parse_media_id(std::string_view origin, std::string_view id);

}  // namespace kuramori::media
