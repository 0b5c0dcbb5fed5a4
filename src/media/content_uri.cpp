#include "media/content_uri.hpp"

#include <algorithm>

#include "matrix/identifiers.hpp"

namespace kuramori::media {
namespace {

constexpr std::size_t kIdBytesMax = 255;

bool is_media_id(std::string_view id) {
  return !id.empty() && id.size() <= kIdBytesMax && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

}  // namespace

Result<MediaId> parse_media_id(std::string_view origin, std::string_view id) {
  const std::string name(origin);
  if (!matrix::parse_server_name(name) || !is_media_id(id)) {
    return not_found("There is no such file.");
  }
  return MediaId{ServerName(name), std::string(id)};
}

}  // namespace kuramori::media
