#include <algorithm>
#include <array>

#include "link_risk/extraction.hpp"

namespace kuramori::link_risk {
namespace {

// Tokens of the protocol, which no client shows.
bool is_protocol_key(std::string_view key) {
  static constexpr auto kKeys =
      std::to_array<std::string_view>({"algorithm", "ciphertext", "device_id", "event_id", "format", "iv",
                                       "key_ops", "membership", "mimetype", "msgtype", "rel_type", "room_id",
                                       "sender_key", "session_id", "sha256", "user_id", "user_ids", "via"});
  return std::ranges::binary_search(kKeys, key);
}

bool is_content_uri(std::string_view text) {
  return text.starts_with("mxc://");
}

bool is_encrypted(const json::Object& content) {
  return content.contains("ciphertext") && content.contains("algorithm");
}

bool is_html(std::string_view key, const json::Object* parent) {
  if (key == "formatted_body" || key == "org.matrix.msc1767.html") return true;
  return key == "body" && parent != nullptr && json::string_or(*parent, "mimetype", "") == "text/html";
}

std::string_view key_of(const boost::json::key_value_pair& member) {
  const auto key = member.key();
  return {key.data(), key.size()};
}

std::optional<ContentTextView> text_of(std::string_view key, const json::Value& value,
                                       const json::Object* parent) {
  if (!value.is_string() || is_protocol_key(key)) return std::nullopt;
  const std::string_view text = json::view(value.get_string());
  if (text.empty() || is_content_uri(text)) return std::nullopt;
  return ContentTextView{.text = text, .is_html = is_html(key, parent)};
}

void visit_value(std::string_view key, const json::Value& value, const json::Object* parent,
                 const std::function<void(ContentTextView)>& visit) {
  if (const auto text = text_of(key, value, parent)) {
    visit(*text);
  } else if (value.is_object()) {
    for (const auto& member : value.get_object()) {
      visit_value(key_of(member), member.value(), &value.get_object(), visit);
    }
  } else if (value.is_array()) {
    for (const json::Value& element : value.get_array()) visit_value(key, element, nullptr, visit);
  }
}

json::Value replaced(std::string_view key, const json::Value& value, const json::Object* parent,
                     const ReplaceText& replace) {
  if (const auto text = text_of(key, value, parent)) {
    auto other = replace(*text);
    return other ? json::Value(*other) : value;
  }
  if (value.is_object()) {
    json::Object copy;
    copy.reserve(value.get_object().size());
    for (const auto& member : value.get_object()) {
      copy.insert_or_assign(member.key(),
                            replaced(key_of(member), member.value(), &value.get_object(), replace));
    }
    return copy;
  }
  if (value.is_array()) {
    json::Array copy;
    copy.reserve(value.get_array().size());
    for (const json::Value& element : value.get_array())
      copy.push_back(replaced(key, element, nullptr, replace));
    return copy;
  }
  return value;
}

}  // namespace

void for_each_text(const json::Object& content, const std::function<void(ContentTextView)>& visit) {
  if (is_encrypted(content)) return;
  for (const auto& member : content) visit_value(key_of(member), member.value(), &content, visit);
}

json::Object replace_texts(const json::Object& content, const ReplaceText& replace) {
  if (is_encrypted(content)) return content;
  json::Object copy;
  copy.reserve(content.size());
  for (const auto& member : content) {
    copy.insert_or_assign(member.key(), replaced(key_of(member), member.value(), &content, replace));
  }
  return copy;
}

}  // namespace kuramori::link_risk
