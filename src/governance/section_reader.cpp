#include <algorithm>
#include <set>

#include "governance/document_reader.hpp"
#include "governance/explanation_texts.hpp"

namespace kuramori::governance {

namespace {

constexpr std::array<std::string_view, 4> kReaches{"organisation", "partners", "customers", "anywhere"};
constexpr std::array<std::string_view, 5> kPers{"user", "device", "room", "user_and_room", "everybody"};
constexpr std::array<std::string_view, 3> kColours{"green", "yellow", "red"};
constexpr std::array<std::string_view, kDestinations> kDestinationWords{"own_department", "other_department",
                                                                        "partner", "customer", "outside"};
constexpr std::size_t kStepsMax = 10;
constexpr std::size_t kApproversMax = 50;

template <class Value, std::size_t Count>
Value word(DocumentReader& reader, const Node& node, std::string_view key,
           const std::array<std::string_view, Count>& words, Value fallback) {
  const std::string text = reader.text(node, key, Presence::Optional);
  if (text.empty()) return fallback;
  const auto found = std::ranges::find(words, text);
  if (found != words.end()) return static_cast<Value>(found - words.begin());
  reader.report(node.at(key), "is none of " + listed(words));
  return fallback;
}

Handling read_handling(DocumentReader& reader, const Node& label) {
  const Node node = reader.object_at(label, "handling");
  if (node.object == nullptr) return {};
  reader.only_keys(node,
                   {"reach", "forward", "download", "view_only", "encrypt", "back_up", "retention_days"});
  return {.reach = word(reader, node, "reach", kReaches, Reach::Anywhere),
          .may_forward = reader.flag(node, "forward", true),
          .may_download = reader.flag(node, "download", true),
          .view_only = reader.flag(node, "view_only", false),
          .encrypt = reader.flag(node, "encrypt", false),
          .back_up = reader.flag(node, "back_up", true),
          .retention_days =
              static_cast<std::uint32_t>(reader.integer(node, "retention_days", 0, {.max = 36'500}))};
}

Label read_label(DocumentReader& reader, const Node& node) {
  reader.only_keys(node, {"id", "names", "above", "handling"});
  Label label;
  label.id = reader.identifier(node, "id");
  label.names = reader.localised(node, "names");
  complete_names(label.names, label.id);
  if (node.find("above") != nullptr)
    label.above =
        reader.texts(*node.find("above"), node.at("above"), {.min = 0, .max = LabelLattice::kLabelsMax});
  label.handling = read_handling(reader, node);
  return label;
}

// A colour, or one by label: a label that is not named takes the strictest of those that are and lie below
// it.
std::vector<Colour> read_cell(const ConditionContext& context, const Node& parent, std::string_view key) {
  const std::size_t count = context.labels.labels().size();
  std::vector<Colour> cell(count, Colour::Red);
  const json::Value* value = parent.find(key);
  if (value == nullptr) {
    context.reader.report(parent.pointer, "lacks '" + std::string(key) + "'");
    return cell;
  }
  if (value->is_string()) {
    std::ranges::fill(cell, word(context.reader, parent, key, kColours, Colour::Red));
    return cell;
  }
  const Node node = context.reader.object(*value, parent.at(key));
  if (node.object == nullptr) return cell;
  std::vector<std::optional<Colour>> named(count);
  for (const auto& entry : *node.object) {
    const std::string_view name(entry.key().data(), entry.key().size());
    const auto label = context.labels.find(name);
    if (!label) {
      context.reader.report(node.at(name), "is not a label of this policy");
    } else {
      named[*label] = word(context.reader, node, name, kColours, Colour::Red);
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    std::optional<Colour> strictest = named[i];
    for (std::size_t j = 0; j < count && !named[i]; ++j) {
      if (!named[j] || !context.labels.dominates(static_cast<LabelIndex>(i), static_cast<LabelIndex>(j)))
        continue;
      strictest = strictest ? std::max(*strictest, *named[j]) : *named[j];
    }
    if (!strictest)
      context.reader.report(node.pointer, "says nothing about '" + context.labels.labels()[i].id + "'");
    cell[i] = strictest.value_or(Colour::Red);
  }
  return cell;
}

MatrixRow read_row(const ConditionContext& context, const Node& node) {
  DocumentReader& reader = context.reader;
  reader.only_keys(node, {"id", "departments", "roles", "destinations"});
  MatrixRow row;
  row.id = reader.identifier(node, "id");
  row.departments = reader.texts_at(node, "departments");
  row.roles = reader.texts_at(node, "roles");
  const Node destinations = reader.object_at(node, "destinations");
  if (destinations.object == nullptr) {
    reader.report(node.pointer, "lacks 'destinations'");
    for (auto& cell : row.cells) cell.assign(context.labels.labels().size(), Colour::Red);
    return row;
  }
  reader.only_keys(destinations, {"own_department", "other_department", "partner", "customer", "outside"});
  for (std::size_t i = 0; i < kDestinations; ++i)
    row.cells[i] = read_cell(context, destinations, kDestinationWords[i]);
  return row;
}

void check_step(DocumentReader& reader, const json::Value& step, const std::string& pointer) {
  if (step.is_string()) {
    const std::string_view name = json::view(step.get_string());
    if (name != "manager" && name != "department_head" && name != "owner")
      reader.report(pointer, "must be manager, department_head, owner, {\"role\": …} or {\"people\": […]}");
    return;
  }
  const Node node = reader.object(step, pointer);
  if (node.object == nullptr) return;
  reader.only_keys(node, {"role", "people", "of"});
  if ((node.find("role") != nullptr) == (node.find("people") != nullptr))
    reader.report(pointer, "needs either 'role' or 'people'");
  if (node.find("role") != nullptr) reader.text(node, "role", Presence::Required, {.bytes_min = 1});
  std::size_t people = kApproversMax;
  if (node.find("people") != nullptr)
    people = reader.texts(*node.find("people"), node.at("people"), {.min = 1, .max = kApproversMax}).size();
  const std::int64_t needed = reader.integer(node, "of", 1, {.min = 1, .max = kApproversMax});
  if (std::cmp_greater(needed, people)) reader.report(node.at("of"), "asks for more people than are named");
}

}  // namespace

LabelLattice read_labels(DocumentReader& reader, const Node& document) {
  const json::Array* list =
      reader.array(document, "labels", Presence::Optional, {.min = 1, .max = LabelLattice::kLabelsMax});
  std::vector<Label> labels;
  std::set<std::string> ids;
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const Node node = reader.object((*list)[i], pointer_to(document.at("labels"), i));
    if (node.object == nullptr) continue;
    labels.push_back(read_label(reader, node));
    if (!ids.insert(labels.back().id).second) reader.report(node.at("id"), "is taken by another label");
  }
  if (labels.empty()) labels = LabelLattice::standard_labels();
  bool is_good = labels.size() <= LabelLattice::kLabelsMax;
  if (list != nullptr) {
    for (std::string& problem : LabelLattice::problems_of(labels)) {
      reader.report(document.at("labels"), std::move(problem));
      is_good = false;
    }
  }
  if (!is_good) labels = LabelLattice::standard_labels();
  const std::string unlabelled = reader.text(document, "unlabelled", Presence::Optional);
  LabelLattice lattice(std::move(labels), unlabelled.empty() ? "internal" : unlabelled);
  if (!unlabelled.empty() && is_good && !lattice.find(unlabelled))
    reader.report(document.at("unlabelled"), "is not a label of this policy");
  return lattice;
}

std::vector<std::string> counter_ids(const Node& document) {
  std::vector<std::string> ids;
  const json::Value* list = document.find("counters");
  if (list == nullptr || !list->is_array()) return ids;
  for (const json::Value& counter : list->get_array()) {
    const json::Value* id = counter.is_object() ? json::find(counter.get_object(), "id") : nullptr;
    ids.emplace_back(id != nullptr && id->is_string() ? json::view(id->get_string()) : std::string_view{});
  }
  return ids;
}

std::vector<CounterRule> read_counters(const ConditionContext& context, const Node& document,
                                       std::size_t counters_max) {
  DocumentReader& reader = context.reader;
  std::vector<CounterRule> counters;
  const json::Array* list = reader.array(document, "counters", Presence::Optional, {.max = counters_max});
  std::set<std::string> ids;
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const Node node = reader.object((*list)[i], pointer_to(document.at("counters"), i));
    CounterRule& counter = counters.emplace_back();
    if (node.object == nullptr) continue;
    reader.only_keys(node, {"id", "per", "within_minutes", "operations", "resource", "when"});
    counter.id = reader.identifier(node, "id");
    if (!ids.insert(counter.id).second) reader.report(node.at("id"), "is taken by another counter");
    counter.per = word(reader, node, "per", kPers, CounterRule::Per::User);
    if (node.find("within_minutes") == nullptr) reader.report(node.pointer, "lacks 'within_minutes'");
    counter.within =
        std::chrono::minutes(reader.integer(node, "within_minutes", 60, {.min = 1, .max = 7 * 1440}));
    if (node.find("operations") == nullptr) reader.report(node.pointer, "lacks 'operations'");
    counter.operations = reader.texts_at(node, "operations");
    check_operations(context, counter.operations, node.at("operations"));
    counter.resource = read_resource(context, node);
    if (const json::Value* when = node.find("when"))
      counter.when = read_condition(context, *when, node.at("when"));
  }
  return counters;
}

std::vector<MatrixRow> read_matrix(const ConditionContext& context, const Node& document,
                                   std::size_t rows_max) {
  DocumentReader& reader = context.reader;
  std::vector<MatrixRow> rows;
  const json::Array* list = reader.array(document, "matrix", Presence::Optional, {.max = rows_max});
  std::set<std::string> ids;
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const Node node = reader.object((*list)[i], pointer_to(document.at("matrix"), i));
    if (node.object == nullptr) continue;
    rows.push_back(read_row(context, node));
    if (!ids.insert(rows.back().id).second) reader.report(node.at("id"), "is taken by another row");
    if (rows.back().departments.empty() && rows.back().roles.empty() && i + 1 < list->size())
      reader.report(node.pointer, "is for everybody, and so must be the last row");
  }
  return rows;
}

// "everybody", "nobody", or {"departments": […], "roles": […]}
SealedRooms read_sealed_rooms(DocumentReader& reader, const Node& document) {
  SealedRooms rooms;
  const json::Value* value = document.find("sealed_rooms");
  if (value == nullptr) return rooms;
  const std::string pointer = document.at("sealed_rooms");
  if (value->is_string()) {
    const std::string_view word = json::view(value->get_string());
    if (word == "nobody") {
      rooms.allowed = SealedRooms::For::Nobody;
    } else if (word != "everybody") {
      reader.report(pointer, "must be everybody, nobody, or an object with departments and roles");
    }
    return rooms;
  }
  const Node node = reader.object(*value, pointer);
  if (node.object == nullptr) return rooms;
  reader.only_keys(node, {"departments", "roles"});
  rooms.allowed = SealedRooms::For::Named;
  rooms.departments = reader.texts_at(node, "departments");
  rooms.roles = reader.texts_at(node, "roles");
  if (rooms.departments.empty() && rooms.roles.empty())
    reader.report(pointer, "names neither departments nor roles: write \"nobody\" if that is meant");
  return rooms;
}

json::Array read_chain(DocumentReader& reader, const json::Value& value, const std::string& pointer) {
  if (!value.is_array() || value.get_array().empty() || value.get_array().size() > kStepsMax) {
    reader.report(pointer, "must be a list of 1 to " + std::to_string(kStepsMax) + " steps");
    return {};
  }
  for (std::size_t i = 0; i < value.get_array().size(); ++i)
    check_step(reader, value.get_array()[i], pointer_to(pointer, i));
  return value.get_array();
}

}  // namespace kuramori::governance
