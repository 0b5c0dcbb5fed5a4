#include "governance/content_text.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace kuramori::governance {

namespace {

bool is_protocol_key(std::string_view key) {
  constexpr auto kKeys = std::to_array<std::string_view>(
      {"algorithm", "format", "guest_access", "history_visibility", "join_rule", "membership", "mimetype",
       "msgtype", "preset", "rel_type", "room_version", "type", "visibility"});
  return std::ranges::binary_search(kKeys, key);
}

// "m.text", "org.matrix.custom.html", "image/png", "1-aes-sha2": never six digits, never a sentence.
bool is_protocol_token(std::string_view text) {
  if (text.size() > 64) return false;
  std::size_t digits = 0;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    digits += digit ? 1 : 0;
    if (!digit && !(c >= 'a' && c <= 'z') && c != '.' && c != '_' && c != '-' && c != '/' && c != '+')
      return false;
  }
  return digits <= 5;
}

bool inspects_value(std::string_view key, std::string_view text) {
  return !text.empty() && !(is_protocol_key(key) && is_protocol_token(text));
}

bool inspects_key(std::string_view key) {
  if (key.size() < 6) return false;
  if (key.size() > 128) return true;
  std::size_t digits = 0;
  for (const char c : key) {
    if (static_cast<unsigned char>(c) >= 0x80) return true;
    digits += c >= '0' && c <= '9' ? 1 : 0;
  }
  return digits >= 6;
}

std::optional<std::string> number_text(const json::Value& value) {
  constexpr std::int64_t kSevenDigits = 1'000'000;
  if (value.is_int64() && (value.get_int64() >= kSevenDigits || value.get_int64() <= -kSevenDigits)) {
    return std::to_string(value.get_int64());
  }
  if (value.is_uint64()) return std::to_string(value.get_uint64());
  return std::nullopt;
}

std::string_view view(const boost::json::string_view& text) {
  return {text.data(), text.size()};
}

class Rebuild {
 public:
  explicit Rebuild(const std::map<std::uint32_t, std::string>& replacements) : replacements_(replacements) {}

  json::Object object(const json::Object& source) {
    json::Object result;
    result.reserve(source.size());
    for (const auto& member : source) {
      std::string key(view(member.key()));
      if (inspects_key(key)) {
        if (const std::string* replacement = next()) key = *replacement;
      }
      result.insert_or_assign(key, value(view(member.key()), member.value()));
    }
    return result;
  }

 private:
  json::Value value(std::string_view key, const json::Value& source) {
    if (source.is_object()) return object(source.get_object());
    if (source.is_array()) {
      json::Array result;
      for (const json::Value& element : source.get_array()) result.push_back(value(key, element));
      return result;
    }
    const bool inspected = source.is_string() ? inspects_value(key, json::view(source.get_string()))
                                              : number_text(source).has_value();
    if (inspected) {
      if (const std::string* replacement = next()) return json::Value(*replacement);
    }
    return source;
  }

  const std::string* next() {
    const auto found = replacements_.find(part_++);
    return found == replacements_.end() ? nullptr : &found->second;
  }

  const std::map<std::uint32_t, std::string>& replacements_;
  std::uint32_t part_ = 0;
};

}  // namespace

void ContentText::collect(const json::Object& content) {
  parts_.clear();
  numbers_.clear();
  bytes_ = 0;
  truncated_ = false;
  collect_object(content);
}

void ContentText::collect_object(const json::Object& object) {
  for (const auto& member : object) {
    const std::string_view key = view(member.key());
    if (inspects_key(key)) add({key});
    collect_value(key, member.value());
  }
}

void ContentText::collect_value(std::string_view key, const json::Value& value) {
  if (value.is_string()) {
    const std::string_view text = json::view(value.get_string());
    if (inspects_value(key, text)) add({text, key == "formatted_body"});
  } else if (value.is_object()) {
    collect_object(value.get_object());
  } else if (value.is_array()) {
    for (const json::Value& element : value.get_array()) collect_value(key, element);
  } else if (auto number = number_text(value)) {
    numbers_.push_back(std::move(*number));
    add({numbers_.back()});
  }
}

void ContentText::add(TextPart part) {
  if (bytes_ + part.text.size() > kBytesMax) {
    truncated_ = true;
    part.text = {};
  }
  bytes_ += part.text.size();
  parts_.push_back(part);
}

json::Object replace_parts(const json::Object& content,
                           const std::map<std::uint32_t, std::string>& replacements) {
  return Rebuild(replacements).object(content);
}

}  // namespace kuramori::governance
