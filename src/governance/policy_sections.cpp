#include "governance/policy_sections.hpp"

#include <algorithm>

#include "governance/source_map.hpp"

namespace kuramori::governance {
namespace {

std::string_view entry_id(const json::Value& entry) {
  return entry.is_object() ? json::string_or(entry.get_object(), "id", "") : std::string_view{};
}

json::Array::iterator find_entry(json::Array& list, std::string_view id) {
  return std::ranges::find_if(list, [&](const json::Value& entry) { return entry_id(entry) == id; });
}

bool is_for_everybody(const json::Value& row) {
  if (!row.is_object()) return false;
  const json::Array* departments = json::array_at(row.get_object(), "departments");
  const json::Array* roles = json::array_at(row.get_object(), "roles");
  return (departments == nullptr || departments->empty()) && (roles == nullptr || roles->empty());
}

void put_text(json::Object& object, std::string_view key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

}  // namespace

std::string_view key_of(Section section) {
  switch (section) {
    case Section::Labels:
      return "labels";
    case Section::Matrix:
      return "matrix";
    case Section::Detectors:
      return "detectors";
    case Section::Dictionaries:
      return "dictionaries";
  }
  return "";
}

json::Object to_json(const Label& label) {
  json::Object object{{"id", label.id}};
  json::Object names;
  put_text(names, "en", label.names.en);
  put_text(names, "zh-Hans", label.names.zh_hans);
  put_text(names, "zh-Hant", label.names.zh_hant);
  put_text(names, "ja", label.names.ja);
  if (!names.empty()) object["names"] = std::move(names);
  if (!label.above.empty()) object["above"] = json::Array(label.above.begin(), label.above.end());
  const Handling usual;
  const Handling& handling = label.handling;
  if (handling == usual) return object;
  json::Object told;
  if (handling.reach != usual.reach) told["reach"] = to_string(handling.reach);
  if (!handling.may_forward) told["forward"] = false;
  if (!handling.may_download) told["download"] = false;
  if (handling.view_only) told["view_only"] = true;
  if (handling.encrypt) told["encrypt"] = true;
  if (!handling.back_up) told["back_up"] = false;
  if (handling.retention_days > 0) told["retention_days"] = std::int64_t{handling.retention_days};
  object["handling"] = std::move(told);
  return object;
}

json::Array entries_of(const json::Object& document, Section section) {
  const json::Array* list = json::array_at(document, key_of(section));
  if (list != nullptr && !list->empty()) return *list;
  json::Array entries;
  if (section != Section::Labels) return entries;
  for (const Label& label : LabelLattice::standard_labels()) entries.emplace_back(to_json(label));
  return entries;
}

Result<SectionEdit> with_entry(json::Object document, Section section, json::Object entry,
                               std::string_view before) {
  const std::string id(json::string_or(entry, "id", ""));
  if (id.empty()) return invalid_argument("An entry needs an 'id'.");
  json::Array list = entries_of(document, section);
  auto place = find_entry(list, id);
  if (place != list.end()) {
    *place = std::move(entry);
  } else {
    auto behind = list.end();
    if (!before.empty()) {
      behind = find_entry(list, before);
      if (behind == list.end())
        return not_found("There is no '" + std::string(before) + "' to stand before.");
    } else if (section == Section::Matrix && !list.empty() && is_for_everybody(list.back())) {
      --behind;
    }
    place = list.insert(behind, json::Value(std::move(entry)));
  }
  const auto index = static_cast<std::size_t>(place - list.begin());
  const std::string key(key_of(section));
  document[key] = std::move(list);
  return SectionEdit{std::move(document), pointer_to("/" + key, index)};
}

Result<SectionEdit> without_entry(json::Object document, Section section, std::string_view id) {
  json::Array list = entries_of(document, section);
  const auto place = find_entry(list, id);
  if (place == list.end()) return not_found("There is no '" + std::string(id) + "'.");
  list.erase(place);
  // Without labels the standard ones would come back: whoever removes the last one is told.
  if (list.empty() && section != Section::Labels) {
    document.erase(key_of(section));
  } else {
    document[key_of(section)] = std::move(list);
  }
  return SectionEdit{std::move(document), ""};
}

}  // namespace kuramori::governance
