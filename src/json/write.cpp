#include <charconv>
#include <cmath>

#include "json/escape.hpp"
#include "json/json.hpp"

namespace kuramori::json {
namespace {

using Member = boost::json::key_value_pair;

std::string_view key_of(const Member& member) {
  return {member.key().data(), member.key().size()};
}

void append_escape(std::string& out, char c) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out.append("\\\"");
      return;
    case '\\':
      out.append("\\\\");
      return;
    case '\b':
      out.append("\\b");
      return;
    case '\t':
      out.append("\\t");
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\f':
      out.append("\\f");
      return;
    case '\r':
      out.append("\\r");
      return;
    default:
      break;
  }
  const auto code = static_cast<unsigned char>(c);
  out.append("\\u00");
  out.push_back(kHex[code >> 4]);
  out.push_back(kHex[code & 15]);
}

template <class Integer>
void append_integer(std::string& out, Integer number) {
  std::array<char, 24> digits;
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), result.ptr);
}

// The shortest digits that read back as the same number, and never as an integer: 1.0 stays a float.
void append_double(std::string& out, double number) {
  if (!std::isfinite(number)) {
    // What the parser read from a number beyond the range, such as 1e999.
    out.append(std::isnan(number) ? "null" : number > 0 ? "1e999" : "-1e999");
    return;
  }
  std::array<char, 32> digits;
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  const std::string_view text(digits.data(), static_cast<std::size_t>(result.ptr - digits.data()));
  out.append(text);
  if (text.find_first_of(".e") == std::string_view::npos) out.append(".0");
}

// An integral float is the integer it stands for (the specification's example: 1e10 and -0).
void append_canonical_double(std::string& out, double number) {
  const bool integral = std::abs(number) <= static_cast<double>(kIntegerMax) && std::trunc(number) == number;
  if (integral) {
    append_integer(out, static_cast<std::int64_t>(number));
  } else {
    append_double(out, number);
  }
}

class InsertionOrder {
 public:
  explicit InsertionOrder(std::string& out) : out_(out) {}

  void write(const Object& object) {
    out_.push_back('{');
    bool first = true;
    for (const Member& member : object) {
      if (!first) out_.push_back(',');
      first = false;
      append_string(out_, key_of(member));
      out_.push_back(':');
      write(member.value());
    }
    out_.push_back('}');
  }
  void write(const Value& value);
  void write_double(double number) { append_double(out_, number); }

 private:
  std::string& out_;
};

// Sorts pointers to the members of one object at a time, all in one vector used as a stack.
class KeyOrder {
 public:
  explicit KeyOrder(std::string& out) : out_(out) {}

  void write(const Object& object, std::span<const std::string_view> omitted = {}) {
    const std::size_t base = sorted_.size();
    for (const Member& member : object) {
      if (std::ranges::find(omitted, key_of(member)) == omitted.end()) sorted_.push_back(&member);
    }
    // The order of UTF-8 octets is that of code points.
    constexpr auto by_key = [](const Member* a, const Member* b) { return key_of(*a) < key_of(*b); };
    const auto begin = sorted_.begin() + static_cast<std::ptrdiff_t>(base);
    if (!std::is_sorted(begin, sorted_.end(), by_key)) std::sort(begin, sorted_.end(), by_key);
    out_.push_back('{');
    const std::size_t end = sorted_.size();
    for (std::size_t i = base; i < end; ++i) {
      if (i != base) out_.push_back(',');
      const Member& member = *sorted_[i];
      append_string(out_, key_of(member));
      out_.push_back(':');
      write(member.value());
    }
    sorted_.resize(base);
    out_.push_back('}');
  }
  void write(const Value& value);
  void write_double(double number) { append_canonical_double(out_, number); }

 private:
  std::string& out_;
  std::vector<const Member*> sorted_;
};

template <class Order>
void write_value(std::string& out, Order& order, const Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      out.append("null");
      return;
    case boost::json::kind::bool_:
      out.append(value.get_bool() ? "true" : "false");
      return;
    case boost::json::kind::int64:
      append_integer(out, value.get_int64());
      return;
    case boost::json::kind::uint64:
      append_integer(out, value.get_uint64());
      return;
    case boost::json::kind::double_:
      order.write_double(value.get_double());
      return;
    case boost::json::kind::string:
      append_string(out, view(value.get_string()));
      return;
    case boost::json::kind::object:
      order.write(value.get_object());
      return;
    case boost::json::kind::array:
      break;
  }
  out.push_back('[');
  bool first = true;
  for (const Value& element : value.get_array()) {
    if (!first) out.push_back(',');
    first = false;
    order.write(element);
  }
  out.push_back(']');
}

void InsertionOrder::write(const Value& value) {
  write_value(out_, *this, value);
}
void KeyOrder::write(const Value& value) {
  write_value(out_, *this, value);
}

// Small answers fit, so that they are allocated once.
std::string with_room() {
  std::string out;
  out.reserve(128);
  return out;
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out.push_back('"');
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = detail::find_escape(text, at);
    out.append(text, at, end - at);
    if (end == text.size()) break;
    append_escape(out, text[end]);
    at = end + 1;
  }
  out.push_back('"');
}

void serialize_to(std::string& out, const Value& value) {
  InsertionOrder(out).write(value);
}
void serialize_to(std::string& out, const Object& object) {
  InsertionOrder(out).write(object);
}

std::string serialize(const Value& value) {
  std::string out = with_room();
  serialize_to(out, value);
  return out;
}
std::string serialize(const Object& object) {
  std::string out = with_room();
  serialize_to(out, object);
  return out;
}

std::string canonical(const Value& value) {
  std::string out = with_room();
  KeyOrder(out).write(value);
  return out;
}
std::string canonical(const Object& object) {
  return canonical_without(object, {});
}
std::string canonical_without(const Object& object, std::initializer_list<std::string_view> keys) {
  std::string out = with_room();
  KeyOrder(out).write(object, {keys.begin(), keys.size()});
  return out;
}

}  // namespace kuramori::json
