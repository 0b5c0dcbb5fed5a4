// JSON as the Matrix specification bounds it (appendices.md, "Canonical JSON"): integers within ±(2^53−1), no
// floats where canonical form is needed, valid UTF-8, bounded depth and size. The values are Boost.JSON's.
//
//   Result<json::Value> body = json::parse(text, {.bytes_max = 65536});
//   std::string canonical = json::canonical(*body);
#pragma once
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace kuramori::json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;
using StoragePtr = boost::json::storage_ptr;

constexpr std::int64_t kIntegerMax = 9'007'199'254'740'991;  // 2^53 − 1

struct ParseLimits {
  std::size_t bytes_max = 1'048'576;
  std::size_t depth_max = 64;
};

// M_NOT_JSON for text that is not JSON (or not UTF-8, or too deep), M_TOO_LARGE over the limit; the message
// names the offset. Duplicate keys: the last one counts, as in ECMAScript. `storage` is the arena of the
// values (a monotonic_resource per request); the default is the heap.
Result<Value> parse(std::string_view text, ParseLimits limits = {}, StoragePtr storage = {});
// The same, and the value must be an object (M_BAD_JSON otherwise).
Result<Object> parse_object(std::string_view text, ParseLimits limits = {}, StoragePtr storage = {});

// Compact, in the order of insertion.
std::string serialize(const Value& value);
std::string serialize(const Object& object);
void serialize_to(std::string& out, const Value& value);
void serialize_to(std::string& out, const Object& object);
void append_string(std::string& out, std::string_view text);  // quoted and escaped

// Canonical JSON: keys in code-point order, shortest form. The value must satisfy check_canonical().
std::string canonical(const Value& value);
std::string canonical(const Object& object);
// The same without these members of the outermost object: what is hashed and signed leaves some out.
std::string canonical_without(const Object& object, std::initializer_list<std::string_view> keys);
// Nothing but integers within ±(2^53−1), no floats (a float with an integral value, such as 1.0, is refused
// too).
Result<void> check_canonical(const Value& value);

// Typed reading. Absent and present-but-wrong differ: the first is std::nullopt, the second M_BAD_JSON naming
// the key.
const Value* find(const Object& object, std::string_view key);
std::string_view string_or(const Object& object, std::string_view key,
                           std::string_view fallback);  // wrong type: fallback
std::int64_t integer_or(const Object& object, std::string_view key, std::int64_t fallback);
bool bool_or(const Object& object, std::string_view key, bool fallback);
const Object* object_at(const Object& object, std::string_view key);  // null when absent or another type
const Array* array_at(const Object& object, std::string_view key);
Result<std::optional<std::string>> optional_string(const Object& object, std::string_view key);
Result<std::optional<std::int64_t>> optional_integer(const Object& object, std::string_view key);
Result<std::optional<bool>> optional_bool(const Object& object, std::string_view key);
Result<const Object*> optional_object(const Object& object, std::string_view key);  // null when absent
Result<const Array*> optional_array(const Object& object, std::string_view key);
Result<std::string> required_string(const Object& object,
                                    std::string_view key);  // M_MISSING_PARAM when absent

inline std::string_view view(const boost::json::string& s) {
  return {s.data(), s.size()};
}

}  // namespace kuramori::json
