#include "matrix/glob.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kuramori::matrix::detail {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equals_folded(std::string_view text, std::string_view lower_case) {
  return text.size() == lower_case.size() && std::equal(text.begin(), text.end(), lower_case.begin(),
                                                        [](char a, char b) { return lower(a) == b; });
}

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Between two characters of which not both belong to words; the ends of the text count.
bool is_boundary(std::string_view text, std::size_t at) {
  return at == 0 || at == text.size() || !is_word_character(text[at - 1]) || !is_word_character(text[at]);
}

std::size_t after_code_point(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  return at;
}

enum class Span { Whole, Words };

// Steps through text and pattern, going back to the last `*` on a mismatch: everything before it is matched
// as early as can be, so no other choice could do better. Matching words is the pattern `*` boundary …
// boundary `*`.
class Walk {
 public:
  Walk(std::string_view text, std::string_view pattern, Span span)
      : text_(text), pattern_(pattern), span_(span) {}

  bool matches() {
    if (span_ == Span::Words) start_ = 0;
    for (;;) {
      if (in_pattern_ == pattern_.size()) {
        if (is_end()) return true;
        if (!go_back()) return false;
      } else if (pattern_[in_pattern_] == '*') {
        star_ = ++in_pattern_;
        resume_ = in_text_;
      } else if (is_start_refused() || !step()) {
        if (!go_back()) return false;
      }
    }
  }

 private:
  static constexpr std::size_t kNone = std::string_view::npos;

  bool is_end() const {
    return span_ == Span::Whole ? in_text_ == text_.size() : is_boundary(text_, in_text_);
  }
  bool is_start_refused() const {
    return span_ == Span::Words && in_pattern_ == 0 && !is_boundary(text_, in_text_);
  }
  bool step() {
    if (in_text_ == text_.size()) return false;
    if (pattern_[in_pattern_] == '?') {
      in_text_ = after_code_point(text_, in_text_);
    } else if (pattern_[in_pattern_] == lower(text_[in_text_])) {
      ++in_text_;
    } else {
      return false;
    }
    ++in_pattern_;
    return true;
  }
  // To one character further from the last `*`, or from where the words may start.
  bool go_back() {
    std::size_t& from = star_ != kNone ? resume_ : start_;
    if (from == kNone || from >= text_.size()) return false;
    from = after_code_point(text_, from);
    in_text_ = from;
    in_pattern_ = star_ != kNone ? star_ : 0;
    return true;
  }

  std::string_view text_;
  std::string_view pattern_;
  Span span_;
  std::size_t in_text_ = 0;
  std::size_t in_pattern_ = 0;
  std::size_t star_ = kNone;    // in the pattern, after the last `*`
  std::size_t resume_ = kNone;  // in the text, where what follows that `*` was tried
  std::size_t start_ = kNone;   // in the text, where words were tried to start
};

}  // namespace

Glob::Glob(std::string_view pattern)
    : pattern_(text::to_lower_ascii(pattern)),
      has_wildcards_(pattern.find_first_of("*?") != std::string_view::npos) {}

bool Glob::matches(std::string_view text) const {
  if (!has_wildcards_) return equals_folded(text, pattern_);
  return Walk(text, pattern_, Span::Whole).matches();
}

bool Glob::matches_words(std::string_view text) const {
  return has_wildcards_ ? Walk(text, pattern_, Span::Words).matches() : matches_plain_words(text);
}

bool Glob::matches_plain_words(std::string_view text) const {
  return contains_words(text, pattern_);
}

bool contains_words(std::string_view text, std::string_view words) {
  if (words.empty() || words.size() > text.size()) return false;
  const char first = lower(words.front());
  for (std::size_t at = 0; at + words.size() <= text.size(); ++at) {
    if (lower(text[at]) != first || !is_boundary(text, at) || !is_boundary(text, at + words.size())) continue;
    const auto same = [](char a, char b) { return lower(a) == lower(b); };
    if (std::equal(words.begin(), words.end(), text.begin() + static_cast<std::ptrdiff_t>(at), same))
      return true;
  }
  return false;
}

}  // namespace kuramori::matrix::detail
