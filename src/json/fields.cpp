#include "json/json.hpp"

namespace kuramori::json {
namespace {

std::optional<std::int64_t> as_integer(const Value& value) {
  if (value.is_int64()) return value.get_int64();
  if (value.is_uint64() && std::in_range<std::int64_t>(value.get_uint64())) {
    return static_cast<std::int64_t>(value.get_uint64());
  }
  return std::nullopt;
}

Error wrong_type(std::string_view key, std::string_view expected) {
  std::string message("'");
  message.append(key).append("' must be ").append(expected).append(".");
  return bad_json(std::move(message));
}

}  // namespace

const Value* find(const Object& object, std::string_view key) {
  return object.if_contains(key);
}

std::string_view string_or(const Object& object, std::string_view key, std::string_view fallback) {
  const Value* value = find(object, key);
  return value != nullptr && value->is_string() ? view(value->get_string()) : fallback;
}

std::int64_t integer_or(const Object& object, std::string_view key, std::int64_t fallback) {
  const Value* value = find(object, key);
  return value == nullptr ? fallback : as_integer(*value).value_or(fallback);
}

bool bool_or(const Object& object, std::string_view key, bool fallback) {
  const Value* value = find(object, key);
  return value != nullptr && value->is_bool() ? value->get_bool() : fallback;
}

const Object* object_at(const Object& object, std::string_view key) {
  const Value* value = find(object, key);
  return value == nullptr ? nullptr : value->if_object();
}

const Array* array_at(const Object& object, std::string_view key) {
  const Value* value = find(object, key);
  return value == nullptr ? nullptr : value->if_array();
}

Result<std::optional<std::string>> optional_string(const Object& object, std::string_view key) {
  const Value* value = find(object, key);
  if (value == nullptr) return std::optional<std::string>();
  if (!value->is_string()) return wrong_type(key, "a string");
  return std::optional<std::string>(view(value->get_string()));
}

Result<std::optional<std::int64_t>> optional_integer(const Object& object, std::string_view key) {
  const Value* value = find(object, key);
  if (value == nullptr) return std::optional<std::int64_t>();
  const std::optional<std::int64_t> integer = as_integer(*value);
  if (!integer) return wrong_type(key, "an integer");
  return integer;
}

Result<std::optional<bool>> optional_bool(const Object& object, std::string_view key) {
  const Value* value = find(object, key);
  if (value == nullptr) return std::optional<bool>();
  if (!value->is_bool()) return wrong_type(key, "true or false");
  return std::optional<bool>(value->get_bool());
}

Result<const Object*> optional_object(const Object& object, std::string_view key) {
  const Value* value = find(object, key);
  if (value == nullptr) return static_cast<const Object*>(nullptr);
  if (!value->is_object()) return wrong_type(key, "an object");
  return &value->get_object();
}

Result<const Array*> optional_array(const Object& object, std::string_view key) {
  const Value* value = find(object, key);
  if (value == nullptr) return static_cast<const Array*>(nullptr);
  if (!value->is_array()) return wrong_type(key, "an array");
  return &value->get_array();
}

Result<std::string> required_string(const Object& object, std::string_view key) {
  KURAMORI_TRY(text, optional_string(object, key));
  if (!text) return missing_argument(key);
  return *std::move(text);
}

}  // namespace kuramori::json
