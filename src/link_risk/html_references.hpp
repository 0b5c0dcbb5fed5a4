// Character references in an attribute's value, as browsers resolve them.
#pragma once
#include <string>
#include <string_view>

namespace kuramori::link_risk::detail {

std::string resolve_references(std::string_view value);
// The other way, for a value between double quotes.
std::string escape_attribute(std::string_view value);

}  // namespace kuramori::link_risk::detail
