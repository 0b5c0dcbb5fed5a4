// How an event relates to another (client-server API, "Forming relationships between events"). Pure.
#pragma once
#include <optional>
#include <string_view>

#include "matrix/event.hpp"

namespace kuramori::matrix {

// Views into the event's content.
struct Relation {
  std::string_view parent;
  std::string_view type;  // rel_type
  std::string_view key;   // of an annotation
};

// Nothing for content without a complete relation; a rich reply has none.
std::optional<Relation> relation_in(const json::Object& content);
// Whether `replacement` is a valid edit of `original` (module event_replacements, "Validity of replacement
// events").
bool is_valid_replacement(const Event& original, const Event& replacement);

}  // namespace kuramori::matrix
