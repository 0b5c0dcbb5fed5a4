// Glob patterns of push rules, prepared once (appendices.md, "Glob-style matching"). Case is ignored for
// ASCII: that is our meaning of the specification's "case insensitive". Private to the module.
#pragma once
#include <string>
#include <string_view>

namespace kuramori::matrix::detail {

class Glob {
 public:
  Glob() = default;
  explicit Glob(std::string_view pattern);

  bool matches(std::string_view text) const;
  // Matches any part of the text that starts and ends at a word boundary.
  bool matches_words(std::string_view text) const;

 private:
  bool matches_plain_words(std::string_view text) const;

  std::string pattern_;  // in lower case
  bool has_wildcards_ = false;
};

// Whether `words` occurs in the text, taken literally, between word boundaries.
bool contains_words(std::string_view text, std::string_view words);

}  // namespace kuramori::matrix::detail
