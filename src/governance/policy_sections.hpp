// Parts of a policy document that are looked after on their own: entries with an id, in a list under one key.
// What is changed is a document again, which is checked as a whole (parse_policy).
//
//   auto edited = with_entry(document, Section::Detectors, {{"id", "badge"}, {"pattern", "B-[0-9]{6}"}});
//
// Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "governance/labels.hpp"
#include "json/json.hpp"

namespace kuramori::governance {

enum class Section : std::uint8_t { Labels, Matrix, Detectors, Dictionaries };
std::string_view key_of(Section section);  // in the document: "labels"

// As a document writes it: what is as when nothing is said is left out.
json::Object to_json(const Label& label);

// As they count: a document that names no labels has the standard ones.
json::Array entries_of(const json::Object& document, Section section);

struct SectionEdit {
  json::Object document;
  std::string place;  // of the entry, as a JSON pointer; empty when it was removed
};
// Takes the place of the entry of the same id, or is added: in front of `before`, else at the end; a row of
// the matrix in front of a last row that is for everybody. NotFound when there is no `before`;
// InvalidArgument without an id.
Result<SectionEdit> with_entry(json::Object document, Section section, json::Object entry,
                               std::string_view before = {});
// NotFound when there is none.
Result<SectionEdit> without_entry(json::Object document, Section section, std::string_view id);

}  // namespace kuramori::governance
