// What rules ask of files that are asked for: the obligations {"view_only": true} (they are shown page by
// page and not given out) and {"watermark": true} (what pictures are made of them names who looks).
#pragma once
#include <algorithm>
#include <optional>
#include <string_view>

#include "gate/ports.hpp"
#include "governance/compiled_policy.hpp"
#include "json/json.hpp"

namespace kuramori::gate {

inline bool has_flag(const json::Array& obligations, std::string_view name) {
  return std::ranges::any_of(obligations, [&](const json::Value& obligation) {
    if (!obligation.is_object()) return false;
    const json::Value* flag = json::find(obligation.get_object(), name);
    return flag != nullptr && flag->is_bool() && flag->get_bool();
  });
}

constexpr std::string_view kViewOnly = "view_only";
constexpr std::string_view kWatermark = "watermark";

inline bool is_view_only(const json::Array& obligations) {
  return has_flag(obligations, kViewOnly);
}
inline bool asks_watermark(const json::Array& obligations) {
  return has_flag(obligations, kWatermark);
}

// A file that is asked for by its name is known by its label alone.
std::optional<governance::FileFacts> file_asked_for(const Action& action, const ContentOrigins* origins);
// Of a download: what the rules that matched show alone is refused, with words that say where it is shown.
void keep_what_is_shown(const governance::CompiledPolicy& policy, governance::Decision& decision);

}  // namespace kuramori::gate
