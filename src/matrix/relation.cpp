#include "matrix/relation.hpp"

namespace kuramori::matrix {

std::optional<Relation> relation_in(const json::Object& content) {
  const json::Object* object = json::object_at(content, "m.relates_to");
  if (object == nullptr) return std::nullopt;
  const Relation relation{.parent = json::string_or(*object, "event_id", ""),
                          .type = json::string_or(*object, "rel_type", ""),
                          .key = json::string_or(*object, "key", "")};
  const bool is_complete = !relation.parent.empty() && !relation.type.empty();
  const bool is_short =
      relation.parent.size() <= kIdentifierBytesMax && relation.type.size() <= kIdentifierBytesMax;
  if (!is_complete || !is_short) return std::nullopt;
  return relation;
}

bool is_valid_replacement(const Event& original, const Event& replacement) {
  if (original.room() != replacement.room() || original.sender() != replacement.sender()) return false;
  if (original.type() != replacement.type()) return false;
  if (original.is_state() || replacement.is_state()) return false;
  if (const auto earlier = relation_in(original.content()); earlier && earlier->type == "m.replace") {
    return false;
  }
  // What an encrypted event holds is not ours to see.
  return replacement.type() == "m.room.encrypted" ||
         json::object_at(replacement.content(), "m.new_content") != nullptr;
}

}  // namespace kuramori::matrix
