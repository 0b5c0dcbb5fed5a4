// The pieces of text in an event's content that are inspected, in a fixed order, and the content rebuilt with
// some of them replaced.
//
// Inspected: every string value, every integer of seven digits or more, and keys that could hide something
// (long, not ASCII, or many digits). Not inspected: tokens of the protocol, such as "m.text" under "msgtype".
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.hpp"

namespace kuramori::governance {

struct TextPart {
  std::string_view text;
  bool html = false;
};

class ContentText {
 public:
  static constexpr std::size_t kBytesMax = 4 * 1024 * 1024;

  // The views borrow from `content` and from this object.
  void collect(const json::Object& content);
  const std::vector<TextPart>& parts() const { return parts_; }
  // There was more text than kBytesMax, and the rest was left out.
  bool truncated() const { return truncated_; }

 private:
  void collect_object(const json::Object& object);
  void collect_value(std::string_view key, const json::Value& value);
  void add(TextPart part);

  std::vector<TextPart> parts_;
  std::deque<std::string> numbers_;
  std::size_t bytes_ = 0;
  bool truncated_ = false;
};

// Part index → its new text. Numbers become strings.
json::Object replace_parts(const json::Object& content,
                           const std::map<std::uint32_t, std::string>& replacements);

}  // namespace kuramori::governance
