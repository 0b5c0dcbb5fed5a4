#include "api/resource/parameters.hpp"

#include "base/text.hpp"

namespace kuramori::api::resource {

Result<bool> flag_parameter(const net::Request& request, std::string_view name) {
  const auto value = request.query_value(name);
  if (!value || *value == "false") return false;
  if (*value == "true") return true;
  return invalid_argument("The parameter '" + std::string(name) + "' must be true or false.");
}

Result<std::optional<std::int64_t>> integer_parameter(const net::Request& request, std::string_view name) {
  const auto value = request.query_value(name);
  if (!value) return std::optional<std::int64_t>();
  const auto number = text::to_integer(*value);
  if (!number) return invalid_argument("The parameter '" + std::string(name) + "' must be a number.");
  return number;
}

Result<std::string> text_parameter(const net::Request& request, std::string_view name,
                                   std::size_t bytes_max) {
  const std::string_view value = request.query_value(name).value_or("");
  if (value.size() > bytes_max) {
    return invalid_argument("The parameter '" + std::string(name) + "' is longer than " +
                            std::to_string(bytes_max) + " octets.");
  }
  return std::string(value);
}

Result<std::int64_t> version_of(std::string_view segment) {
  const auto number = text::to_integer(segment);
  if (!number || *number < 1) return not_found("A version is a number from 1.");
  return *number;
}

}  // namespace kuramori::api::resource
