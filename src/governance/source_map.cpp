#include "governance/source_map.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

namespace kuramori::governance {

namespace {
constexpr std::string_view kBlank = " \t\r\n";
}

Place place_at(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line_start = before.rfind('\n');
  const std::string_view line = line_start == std::string_view::npos ? before : before.substr(line_start + 1);
  const auto characters =
      std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return {static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1,
          static_cast<std::size_t>(characters) + 1};
}

// Walks a text that a parser has accepted: it only needs to know where values begin.
class SourceMap::Scan {
 public:
  Scan(SourceMap& map, std::string_view text) : map_(map), text_(text) {}
  void value(const std::string& pointer) {
    skip_blanks();
    map_.offsets_[pointer] = at_;
    if (peek() == '{') return object(pointer);
    if (peek() == '[') return array(pointer);
    if (peek() == '"') {
      skip_string();
      return;
    }
    while (at_ < text_.size() && kBlank.find(text_[at_]) == std::string_view::npos && peek() != ',' &&
           peek() != '}' && peek() != ']') {
      ++at_;
    }
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(kBlank, at_), text_.size()); }

  std::string_view skip_string() {
    const std::size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_ + 1, text_.size());
    return text_.substr(begin, at_ - begin);
  }

  void object(const std::string& pointer) {
    ++at_;
    for (skip_blanks(); peek() != '}' && peek() != '\0'; skip_blanks()) {
      const auto quoted = skip_string();
      boost::system::error_code failed;
      const auto key = boost::json::parse(boost::json::string_view(quoted.data(), quoted.size()), failed);
      const std::string member =
          failed || !key.is_string() ? pointer : pointer_to(pointer, std::string_view(key.get_string()));
      if (map_.offsets_.contains(member)) map_.repeated_.push_back(member);
      skip_blanks();
      ++at_;  // the colon
      value(member);
      skip_blanks();
      if (peek() == ',') ++at_;
    }
    ++at_;
  }

  void array(const std::string& pointer) {
    ++at_;
    skip_blanks();
    for (std::size_t index = 0; peek() != ']' && peek() != '\0'; ++index) {
      value(pointer_to(pointer, index));
      skip_blanks();
      if (peek() == ',') ++at_;
      skip_blanks();
    }
    ++at_;
  }

  SourceMap& map_;
  std::string_view text_;
  std::size_t at_ = 0;
};

SourceMap::SourceMap(std::string_view text) : text_(text) {
  Scan(*this, text).value("");
}

std::size_t SourceMap::offset(std::string_view pointer) const {
  for (;;) {
    if (const auto found = offsets_.find(std::string(pointer)); found != offsets_.end()) return found->second;
    const auto slash = pointer.rfind('/');
    if (slash == std::string_view::npos) return 0;
    pointer = pointer.substr(0, slash);
  }
}

std::string pointer_to(std::string_view parent, std::string_view key) {
  std::string pointer(parent);
  pointer.push_back('/');
  for (const char c : key) {
    if (c == '~') {
      pointer.append("~0");
    } else if (c == '/') {
      pointer.append("~1");
    } else {
      pointer.push_back(c);
    }
  }
  return pointer;
}
std::string pointer_to(std::string_view parent, std::size_t index) {
  return std::string(parent) + "/" + std::to_string(index);
}

}  // namespace kuramori::governance
