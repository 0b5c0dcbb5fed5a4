// Rows of the library's tables.
#pragma once
#include <array>

#include "base/text.hpp"
#include "media/library.hpp"

namespace kuramori::media {

struct Library::Row {
  UserId uploader;
  std::string blob;  // empty: nothing was uploaded yet
  Bytes sealed_info;
  std::uint64_t bytes = 0;
  std::int64_t created_ms = 0;
  std::optional<std::int64_t> expires_ms;
  std::optional<std::int64_t> held_ms;

  static Row read(const storage::Row& row);
  storage::Row write(const MediaId& id) const;
};

namespace detail {

inline storage::Key key_of(const MediaId& id) {
  return {id.origin.str(), id.id};
}
// What a sealed_info is bound to.
inline std::string place_of(const MediaId& id) {
  return "media.sealed_info " + id.to_uri();
}
inline std::string new_blob_name(Random& random) {
  std::array<std::uint8_t, 16> raw{};
  random.fill(raw);
  return text::to_hex(raw);
}
inline Error no_such_file() {
  return not_found("There is no such file.");
}

}  // namespace detail
}  // namespace kuramori::media
