#include "sandbox/documents/mime.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/text.hpp"
#include "sandbox/documents/charset.hpp"

namespace kuramori::sandbox::documents {
namespace {

constexpr std::size_t kFieldsMax = 1'000;
constexpr std::size_t kFieldBytesMax = 65'536;

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

// What is no digit is passed over, as mail programs do (RFC 2045, 6.8).
Bytes from_base64_leniently(std::string_view text) {
  Bytes bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) continue;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<std::uint8_t>(bits >> count));
    }
  }
  return bytes;
}

std::optional<std::uint8_t> hexadecimal(std::string_view digits) {
  std::uint8_t value = 0;
  if (digits.size() < 2) return std::nullopt;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + 2, value, 16);
  if (error != std::errc() || end != digits.data() + 2) return std::nullopt;
  return value;
}

enum class Underscore : bool { Itself, Blank };

Bytes from_quoted_printable(std::string_view text, Underscore underscore) {
  Bytes bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '=') {
      if (const auto value = hexadecimal(text.substr(i + 1))) {
        bytes.push_back(*value);
        i += 2;
        continue;
      }
      // A soft line break.
      std::size_t end = i + 1;
      while (end < text.size() && (text[end] == ' ' || text[end] == '\t' || text[end] == '\r')) ++end;
      if (end < text.size() && text[end] == '\n') {
        i = end;
        continue;
      }
    }
    bytes.push_back(c == '_' && underscore == Underscore::Blank ? std::uint8_t{' '}
                                                                : static_cast<std::uint8_t>(c));
  }
  return bytes;
}

// "=?charset?B?text?=" at the front of `text`: its octets, and how long it was.
struct EncodedWord {
  std::string charset;
  Bytes octets;
  std::size_t length = 0;
};

std::optional<EncodedWord> encoded_word(std::string_view text) {
  if (!text.starts_with("=?")) return std::nullopt;
  const std::size_t first = text.find('?', 2);
  if (first == std::string_view::npos || first + 2 >= text.size() || text[first + 2] != '?')
    return std::nullopt;
  const std::size_t end = text.find("?=", first + 3);
  if (end == std::string_view::npos) return std::nullopt;
  EncodedWord word{.charset = std::string(text.substr(2, first - 2)), .octets = {}, .length = end + 2};
  word.charset = word.charset.substr(0, word.charset.find('*'));  // RFC 2231: a language may follow
  const std::string_view content = text.substr(first + 3, end - first - 3);
  const char encoding = text[first + 1];
  if (encoding == 'B' || encoding == 'b') {
    word.octets = from_base64_leniently(content);
  } else if (encoding == 'Q' || encoding == 'q') {
    word.octets = from_quoted_printable(content, Underscore::Blank);
  } else {
    return std::nullopt;
  }
  return word;
}

std::string percent_decoded(std::string_view text) {
  std::string octets;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto value = text[i] == '%' ? hexadecimal(text.substr(i + 1)) : std::nullopt;
    octets += value ? static_cast<char>(*value) : text[i];
    if (value) i += 2;
  }
  return octets;
}

// "text/plain; charset=…; name*0*=…": the value and its parameters, RFC 2231 put together and decoded.
struct Parameterised {
  std::string value;
  std::map<std::string, std::string> parameters;
};

std::string parameter_value(std::string_view& rest) {
  std::string value;
  if (rest.starts_with('"')) {
    rest.remove_prefix(1);
    while (!rest.empty() && rest.front() != '"') {
      if (rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
      value += rest.front();
      rest.remove_prefix(1);
    }
    rest.remove_prefix(std::min(rest.size(), rest.find(';')));
  } else {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    value = text::trim(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  return value;
}

Parameterised parse_parameters(std::string_view field) {
  Parameterised result;
  std::size_t end = std::min(field.find(';'), field.size());
  result.value = text::to_lower_ascii(text::trim(field.substr(0, end)));
  std::string_view rest = field.substr(end);
  std::map<std::string, std::string> pieces;
  while (!rest.empty()) {
    rest.remove_prefix(1);  // the ';'
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos) break;
    std::string name = text::to_lower_ascii(text::trim(rest.substr(0, equals)));
    rest.remove_prefix(equals + 1);
    while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1);
    pieces.insert_or_assign(std::move(name), parameter_value(rest));
  }
  for (const auto& [name, value] : pieces) {
    const std::size_t star = name.find('*');
    if (star == std::string::npos) {
      result.parameters.emplace(name, decode_field(value));
      continue;
    }
    std::string& whole = result.parameters[name.substr(0, star)];
    whole += name.ends_with('*') ? percent_decoded(value) : value;
  }
  // charset'language'octets
  for (auto& [name, value] : result.parameters) {
    const std::size_t first = value.find('\'');
    const std::size_t second = first == std::string::npos ? first : value.find('\'', first + 1);
    if (second == std::string::npos || !(pieces.contains(name + "*") || pieces.contains(name + "*0*")))
      continue;
    const std::string octets = value.substr(second + 1);
    value = decode_text(as_bytes(octets), value.substr(0, first)).text;
  }
  return result;
}

std::string_view next_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(rest.size(), end + 1));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

void parse_fields(std::string_view& rest, MimePart& part) {
  while (!rest.empty()) {
    const std::string_view line = next_line(rest);
    if (line.empty()) return;
    const bool is_continued = line.front() == ' ' || line.front() == '\t';
    if (is_continued) {
      if (!part.fields.empty() && part.fields.back().second.size() < kFieldBytesMax)
        part.fields.back().second.append(" ").append(text::trim(line));
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || part.fields.size() >= kFieldsMax) continue;
    part.fields.emplace_back(text::to_lower_ascii(text::trim(line.substr(0, colon))),
                             text::trim(line.substr(colon + 1)));
  }
}

std::string raw_field(const MimePart& part, std::string_view name) {
  for (const auto& [field, value] : part.fields) {
    if (field == name) return value;
  }
  return {};
}

void parse_part(std::string_view text, std::size_t depth, std::size_t& count, MimePart& into);

// RFC 2046, 5.1: what stands between the lines that are the boundary.
void parse_parts(std::string_view body, std::string_view boundary, std::size_t depth, std::size_t& count,
                 MimePart& into) {
  const std::string mark = "--" + std::string(boundary);
  std::string_view rest = body;
  const char* begin = nullptr;
  while (!rest.empty()) {
    const char* line_begin = rest.data();
    const std::string_view line = next_line(rest);
    if (!line.starts_with(mark)) continue;
    const std::string_view tail = text::trim(line.substr(mark.size()));
    if (!tail.empty() && tail != "--") continue;
    if (begin != nullptr && count < kMimePartsMax) {
      std::string_view piece(begin, static_cast<std::size_t>(line_begin - begin));
      if (piece.ends_with('\n')) piece.remove_suffix(1);
      if (piece.ends_with('\r')) piece.remove_suffix(1);
      parse_part(piece, depth + 1, count, into.parts.emplace_back());
    }
    begin = rest.data();
    if (tail == "--") return;
  }
  // The last boundary is missing: what is there is a part all the same.
  if (begin != nullptr && count < kMimePartsMax && begin < body.data() + body.size()) {
    const std::string_view piece(begin, static_cast<std::size_t>(body.data() + body.size() - begin));
    parse_part(piece, depth + 1, count, into.parts.emplace_back());
  }
}

void parse_part(std::string_view text, std::size_t depth, std::size_t& count, MimePart& into) {
  ++count;
  std::string_view rest = text;
  parse_fields(rest, into);
  into.content = rest;
  const Parameterised type = parse_parameters(raw_field(into, "content-type"));
  const Parameterised disposition = parse_parameters(raw_field(into, "content-disposition"));
  if (type.value.find('/') != std::string::npos) into.type = type.value;
  const auto parameter = [](const Parameterised& of, const std::string& name) {
    const auto found = of.parameters.find(name);
    return found != of.parameters.end() ? found->second : std::string();
  };
  into.charset = parameter(type, "charset");
  into.name = parameter(disposition, "filename");
  if (into.name.empty()) into.name = parameter(type, "name");
  const std::string boundary = parameter(type, "boundary");
  if (into.type.starts_with("multipart/") && !boundary.empty() && depth < kMimeDepthMax)
    parse_parts(rest, boundary, depth, count, into);
}

}  // namespace

std::string MimePart::field(std::string_view field_name) const {
  return decode_field(raw_field(*this, field_name));
}

MimePart parse_mime(std::string_view mail) {
  MimePart root;
  std::size_t count = 0;
  if (mail.starts_with("From ")) next_line(mail);  // of a mailbox file
  parse_part(mail, 0, count, root);
  return root;
}

Bytes decoded_content(const MimePart& part) {
  const std::string encoding = text::to_lower_ascii(text::trim(raw_field(part, "content-transfer-encoding")));
  if (encoding == "base64") return from_base64_leniently(part.content);
  if (encoding == "quoted-printable") return from_quoted_printable(part.content, Underscore::Itself);
  const ByteView bytes = as_bytes(part.content);
  return {bytes.begin(), bytes.end()};
}

std::string decode_field(std::string_view value) {
  std::string decoded;
  std::string charset;
  Bytes octets;  // of neighbouring words with one charset: a character may be cut between them
  std::string raw;
  const auto end_words = [&] {
    if (octets.empty()) return;
    decoded += decode_text(octets, charset).text;
    octets.clear();
  };
  const auto end_raw = [&] {
    if (!raw.empty()) decoded += decode_text(as_bytes(raw)).text;
    raw.clear();
  };
  while (!value.empty()) {
    // RFC 2047, 6.2: blanks between two words are none.
    std::string_view behind_blanks = value;
    while (!behind_blanks.empty() && (behind_blanks.front() == ' ' || behind_blanks.front() == '\t'))
      behind_blanks.remove_prefix(1);
    const std::string_view at = octets.empty() ? value : behind_blanks;
    if (auto word = encoded_word(at)) {
      end_raw();
      if (!octets.empty() && word->charset != charset) end_words();
      charset = word->charset;
      octets.insert(octets.end(), word->octets.begin(), word->octets.end());
      value = at.substr(word->length);
      continue;
    }
    end_words();
    raw += value.front();
    value.remove_prefix(1);
  }
  end_words();
  end_raw();
  return decoded;
}

}  // namespace kuramori::sandbox::documents
