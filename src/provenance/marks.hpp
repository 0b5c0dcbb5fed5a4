// What content is known again by: keyed hashes of the files that it names, of its words, and of the event
// that it answers.
//
//   Marks marks = marks_of(event.content(), key);
//
// Thread-safe; bounded by kFilesMax.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/short_hash.hpp"
#include "json/json.hpp"

namespace kuramori::provenance {

using Mark = std::array<std::uint8_t, 16>;

struct MarkHash {
  std::size_t operator()(const Mark& mark) const;
};

struct Marks {
  std::vector<Mark> files = {};
  std::optional<Mark> text = {};      // of a message long enough to be somebody's words and not a greeting
  std::optional<Mark> answered = {};  // the event that this one answers
};

constexpr std::size_t kFilesMax = 8;
constexpr std::size_t kTextOctetsMin = 80;

class MarkKey {
 public:
  explicit MarkKey(const crypto::SecretKey& organisation_key);
  Mark of_file(std::string_view uri) const { return files_.wide(uri); }
  Mark of_text(std::string_view text) const { return texts_.wide(text); }
  Mark of_event(std::string_view event_id) const { return events_.wide(event_id); }

 private:
  crypto::ShortHash files_;
  crypto::ShortHash texts_;
  crypto::ShortHash events_;
};

// The files that content names, as mxc://…, at most kFilesMax.
std::vector<std::string_view> files_named_in(const json::Object& content);
Marks marks_of(const json::Object& content, const MarkKey& key);

// The words as they are compared: of an edit the new ones, without what an answer quotes, blanks as one.
std::string words_of(const json::Object& content);

}  // namespace kuramori::provenance
