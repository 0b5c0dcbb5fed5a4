// Query parameters as our own interfaces read them: absent is a value, malformed is an error that names it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/http_types.hpp"

namespace kuramori::api::resource {

Result<bool> flag_parameter(const net::Request& request,
                            std::string_view name);  // "true", "false"; absent: false
Result<std::optional<std::int64_t>> integer_parameter(const net::Request& request, std::string_view name);
Result<std::string> text_parameter(const net::Request& request, std::string_view name,
                                   std::size_t bytes_max);  // absent: empty
// A path parameter that is a version: from 1.
Result<std::int64_t> version_of(std::string_view segment);

}  // namespace kuramori::api::resource
