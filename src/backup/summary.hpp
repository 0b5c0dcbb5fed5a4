// What an archive says about itself: at its beginning where it comes from, at its end what is in it.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "json/json.hpp"

namespace kuramori::backup {

struct Origin {
  std::string server = {};
  std::string version = {};  // of the server that made it
  std::int64_t created_ms = 0;
  std::int64_t migration = 0;        // the newest of the schema
  std::int64_t stream_position = 0;  // the last of each sequence
  std::int64_t record_entry = -1;
  friend bool operator==(const Origin&, const Origin&) = default;
};

struct Contents {
  std::map<std::string, std::int64_t, std::less<>> rows = {};  // by table
  std::int64_t files = 0;
  std::int64_t file_octets = 0;
  friend bool operator==(const Contents&, const Contents&) = default;
};

// What labels without backup, and what only serves for a moment, left out.
struct LeftOut {
  std::int64_t messages = 0;
  std::int64_t files = 0;
  std::int64_t waiting = 0;  // held for approval, or to be sent later
  std::int64_t gone = 0;     // files that were removed while the backup was made
  friend bool operator==(const LeftOut&, const LeftOut&) = default;
};

struct Summary {
  Origin origin = {};
  Contents contents = {};
  LeftOut left_out = {};

  std::int64_t rows() const;
};

json::Object to_json(const Summary& summary);

std::string to_text(const Origin& origin);
Result<Origin> origin_from(std::string_view text);
// Of the end: contents and what was left out.
std::string end_text(const Summary& summary);
Result<void> read_end(std::string_view text, Contents& contents, LeftOut& left_out);

}  // namespace kuramori::backup
