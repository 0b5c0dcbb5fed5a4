#include "matrix/canonical_form.hpp"

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <charconv>

#include "matrix/redaction_rules.hpp"

namespace kuramori::matrix::detail {
namespace {

using Members = boost::container::small_vector<const json::Object::value_type*, 24>;

// Without objects there are no keys to sort.
bool is_flat(const json::Value& value) {
  if (value.is_object()) return false;
  const json::Array* array = value.if_array();
  return array == nullptr || std::ranges::all_of(*array, [](const json::Value& v) { return v.is_string(); });
}

void append_canonical(std::string& out, const json::Value& value) {
  if (is_flat(value)) {
    json::serialize_to(out, value);
  } else {
    out += json::canonical(value);
  }
}

// In the order of octets, which for UTF-8 is the order of code points that the canonical form asks for.
void sort(Members& members) {
  std::ranges::sort(members, {}, [](const auto* member) { return std::string_view(member->key()); });
}

void append_key(std::string& out, std::string_view key) {
  if (out.size() > 1) out.push_back(',');
  json::append_string(out, key);
  out.push_back(':');
}

std::size_t integer_size(const json::Value& value) {
  char digits[24];
  const auto end = value.is_int64() ? std::to_chars(digits, digits + sizeof digits, value.get_int64())
                                    : std::to_chars(digits, digits + sizeof digits, value.get_uint64());
  return static_cast<std::size_t>(end.ptr - digits);
}

// Without branches, so that the compiler makes it a few vector instructions: texts are most of an event.
std::size_t string_size(std::string_view text) {
  std::size_t quoted = 0;       // one octet more
  std::size_t controls = 0;     // \u00XX: five more
  std::size_t short_forms = 0;  // \b \t \n \f \r among them: one more
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    quoted += static_cast<std::size_t>((c == '"') | (c == '\\'));
    controls += static_cast<std::size_t>(octet < 0x20);
    short_forms += static_cast<std::size_t>((octet >= 0x08) & (octet <= 0x0d) & (octet != 0x0b));
  }
  return text.size() + 2 + quoted + 5 * controls - 4 * short_forms;
}

std::size_t value_size(const json::Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return 4;
    case boost::json::kind::bool_:
      return value.get_bool() ? 4 : 5;
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
      return integer_size(value);
    case boost::json::kind::string:
      return string_size(json::view(value.get_string()));
    case boost::json::kind::object:
      return canonical_size(value.get_object());
    case boost::json::kind::array: {
      const json::Array& array = value.get_array();
      std::size_t size = array.empty() ? 2 : array.size() + 1;
      for (const json::Value& element : array) size += value_size(element);
      return size;
    }
    case boost::json::kind::double_:
      break;  // refused by check_canonical() before anybody asks
  }
  return json::serialize(value).size();
}

}  // namespace

std::string canonical_for_content_hash(const json::Object& pdu) {
  Members members;
  for (const auto& member : pdu) {
    const std::string_view key(member.key());
    if (key != "hashes" && key != "signatures" && key != "unsigned") members.push_back(&member);
  }
  sort(members);
  std::string out;
  out.reserve(1024);
  out.push_back('{');
  for (const auto* member : members) {
    append_key(out, member->key());
    append_canonical(out, member->value());
  }
  out.push_back('}');
  return out;
}

std::string canonical_for_reference_hash(const json::Object& pdu, const RoomVersion& version) {
  Members members;
  for (const auto& member : pdu) {
    const std::string_view key(member.key());
    if (key != "signatures" && survives_redaction(key, version)) members.push_back(&member);
  }
  sort(members);
  const std::string_view type = json::string_or(pdu, "type", "");
  std::string out;
  out.reserve(1024);
  out.push_back('{');
  for (const auto* member : members) {
    append_key(out, member->key());
    const json::Object* content = member->key() == "content" ? member->value().if_object() : nullptr;
    if (content == nullptr || keeps_whole_content(type, version)) {
      append_canonical(out, member->value());
    } else {
      out += json::canonical(redacted_content(type, *content, version));
    }
  }
  out.push_back('}');
  return out;
}

std::size_t canonical_size(const json::Object& object) {
  std::size_t size = object.empty() ? 2 : object.size() + 1;
  for (const auto& member : object) size += string_size(member.key()) + 1 + value_size(member.value());
  return size;
}

}  // namespace kuramori::matrix::detail
