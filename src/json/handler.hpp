// Builds the values while Boost.JSON's parser reads. In place of Boost's own handler because that one takes
// the parser's double, which in 1.81 may be off by several units in the last place: 0.1 + 0.2 must not change
// on its way.
#pragma once
#include <boost/json/error.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cmath>
#include <span>

#include "json/json.hpp"

namespace kuramori::json::detail {

// The double nearest to `text`, a JSON number; beyond the range an infinity or a zero, as in ECMAScript.
// `estimate` is the parser's own and tells the two apart.
inline double nearest_double(std::string_view text, double estimate) {
  double number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec == std::errc()) return number;
  return std::copysign(std::abs(estimate) > 1 ? HUGE_VAL : 0.0, estimate);
}

class Handler {
 public:
  static constexpr std::size_t max_object_size = Object::max_size();
  static constexpr std::size_t max_array_size = Array::max_size();
  static constexpr std::size_t max_key_size = boost::json::string::max_size();
  static constexpr std::size_t max_string_size = boost::json::string::max_size();

  using Text = boost::json::string_view;
  using ErrorOut = boost::json::error_code;

  Handler(StoragePtr storage, std::span<unsigned char> scratch) : stack_({}, scratch.data(), scratch.size()) {
    stack_.reset(std::move(storage));
  }
  Value release() { return stack_.release(); }

  bool on_document_begin(ErrorOut&) { return true; }
  bool on_document_end(ErrorOut&) { return true; }
  bool on_object_begin(ErrorOut&) { return true; }
  bool on_object_end(std::size_t members, ErrorOut&) { return stack_.push_object(members), true; }
  bool on_array_begin(ErrorOut&) { return true; }
  bool on_array_end(std::size_t elements, ErrorOut&) { return stack_.push_array(elements), true; }
  bool on_key_part(Text part, std::size_t, ErrorOut&) { return stack_.push_chars(part), true; }
  bool on_key(Text last, std::size_t, ErrorOut&) { return stack_.push_key(last), true; }
  bool on_string_part(Text part, std::size_t, ErrorOut&) { return stack_.push_chars(part), true; }
  bool on_string(Text last, std::size_t, ErrorOut&) { return stack_.push_string(last), true; }
  bool on_number_part(Text, ErrorOut&) { return true; }
  bool on_int64(std::int64_t number, Text, ErrorOut&) { return stack_.push_int64(number), true; }
  bool on_uint64(std::uint64_t number, Text, ErrorOut&) { return stack_.push_uint64(number), true; }
  // The whole number is in `text`, because the parser is given the whole document at once.
  bool on_double(double estimate, Text text, ErrorOut&) {
    return stack_.push_double(nearest_double({text.data(), text.size()}, estimate)), true;
  }
  bool on_bool(bool value, ErrorOut&) { return stack_.push_bool(value), true; }
  bool on_null(ErrorOut&) { return stack_.push_null(), true; }
  bool on_comment_part(Text, ErrorOut&) { return true; }
  bool on_comment(Text, ErrorOut&) { return true; }

 private:
  boost::json::value_stack stack_;
};

}  // namespace kuramori::json::detail
