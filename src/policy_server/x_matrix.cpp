#include "policy_server/x_matrix.hpp"

#include "base/text.hpp"

namespace kuramori::policy_server {
namespace {

constexpr std::string_view kScheme = "x-matrix";
constexpr std::size_t kParametersMax = 16;

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// RFC 9110 section 5.6.2; ':' besides, which older servers do not quote, and what base64 needs.
bool is_value_character(char c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  const bool is_digit = c >= '0' && c <= '9';
  return is_letter || is_digit || std::string_view("!#$%&'*+-.^_`|~:/=[]").find(c) != std::string_view::npos;
}

class HeaderReader {
 public:
  explicit HeaderReader(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ >= text_.size(); }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_blanks() {
    while (!at_end() && is_blank(text_[at_])) ++at_;
  }
  std::string_view name() {
    const std::size_t begin = at_;
    while (!at_end() && is_value_character(text_[at_]) && text_[at_] != '=') ++at_;
    return text_.substr(begin, at_ - begin);
  }
  std::optional<std::string> value() {
    if (!at_end() && text_[at_] == '"') return quoted();
    const std::size_t begin = at_;
    while (!at_end() && is_value_character(text_[at_])) ++at_;
    if (at_ == begin) return std::nullopt;
    return std::string(text_.substr(begin, at_ - begin));
  }

 private:
  std::optional<std::string> quoted() {
    std::string value;
    for (++at_; !at_end(); ++at_) {
      char c = text_[at_];
      if (c == '"') {
        ++at_;
        return value;
      }
      if (c == '\\') {
        if (++at_ >= text_.size()) return std::nullopt;
        c = text_[at_];
      }
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return std::nullopt;
      value.push_back(c);
    }
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// False when the parameter was there before.
bool assign(XMatrix& result, std::string_view name, std::string value) {
  const std::string lower = text::to_lower_ascii(name);
  std::string* field = lower == "origin"        ? &result.origin
                       : lower == "destination" ? &result.destination
                       : lower == "key"         ? &result.key
                       : lower == "sig"         ? &result.signature
                                                : nullptr;
  if (field == nullptr) return true;
  if (!field->empty()) return false;
  *field = std::move(value);
  return !field->empty();
}

std::string quoted(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text.push_back('\\');
    text.push_back(c);
  }
  text.push_back('"');
  return text;
}

}  // namespace

std::optional<XMatrix> parse_x_matrix(std::string_view header) {
  if (header.size() > kHeaderBytesMax) return std::nullopt;
  HeaderReader reader(header);
  reader.skip_blanks();
  if (text::to_lower_ascii(reader.name()) != kScheme) return std::nullopt;
  XMatrix result;
  for (std::size_t count = 0; count < kParametersMax; ++count) {
    reader.skip_blanks();
    const std::string_view name = reader.name();
    reader.skip_blanks();
    if (name.empty() || !reader.take('=')) return std::nullopt;
    reader.skip_blanks();
    auto value = reader.value();
    if (!value || !assign(result, name, *std::move(value))) return std::nullopt;
    reader.skip_blanks();
    if (reader.at_end()) {
      const bool is_whole = !result.origin.empty() && !result.key.empty() && !result.signature.empty();
      return is_whole ? std::optional(std::move(result)) : std::nullopt;
    }
    if (!reader.take(',')) return std::nullopt;
  }
  return std::nullopt;
}

std::string to_header(const XMatrix& value) {
  std::string text = "X-Matrix origin=" + quoted(value.origin);
  if (!value.destination.empty()) text += ",destination=" + quoted(value.destination);
  return text + ",key=" + quoted(value.key) + ",sig=" + quoted(value.signature);
}

}  // namespace kuramori::policy_server
