#include <algorithm>

#include "governance/detectors.hpp"
#include "governance/document_reader.hpp"

namespace kuramori::governance {

namespace {

using Kind = Condition::Kind;

constexpr std::size_t kDepthMax = 16;
constexpr std::array kConditionNames{std::string_view("all"),         std::string_view("any"),
                                     std::string_view("not"),         std::string_view("role"),
                                     std::string_view("user"),        std::string_view("user_server"),
                                     std::string_view("device"),      std::string_view("client"),
                                     std::string_view("language"),    std::string_view("network"),
                                     std::string_view("field_size"),  std::string_view("keyword"),
                                     std::string_view("finding"),     std::string_view("near"),
                                     std::string_view("department"),  std::string_view("organisation_role"),
                                     std::string_view("region"),      std::string_view("employment"),
                                     std::string_view("clearance"),   std::string_view("destination"),
                                     std::string_view("room_class"),  std::string_view("label"),
                                     std::string_view("file_type"),   std::string_view("file_bytes"),
                                     std::string_view("file_state"),  std::string_view("link"),
                                     std::string_view("time"),        std::string_view("counter"),
                                     std::string_view("may_contact"), std::string_view("label_lowered"),
                                     std::string_view("forwarded"),   std::string_view("no_forward")};
static_assert(kConditionNames.size() == static_cast<std::size_t>(Kind::NoForward) + 1);

constexpr std::array kConfidenceNames{std::string_view("low"), std::string_view("medium"),
                                      std::string_view("high")};
constexpr std::int64_t kNearMax = 10'000;

class ConditionReading {
 public:
  ConditionReading(const ConditionContext& context, std::string pointer, std::size_t depth)
      : context_(context), reader_(context.reader), pointer_(std::move(pointer)), depth_(depth) {}

  Condition read(Kind kind, const json::Value& value) {
    Condition condition{.kind = kind};
    switch (kind) {
      case Kind::All:
      case Kind::Any:
        read_children(value, condition);
        break;
      case Kind::Not:
        condition.children.push_back(read_condition(context_, value, pointer_, depth_ + 1));
        break;
      case Kind::Network:
        read_networks(value, condition);
        break;
      case Kind::FieldSize:
        read_field_size(value, condition);
        break;
      case Kind::Keyword:
        read_reference(value, "dictionary", context_.dictionaries, condition);
        break;
      case Kind::Finding:
        read_reference(value, "detector", context_.detectors, condition);
        break;
      case Kind::Near:
        read_near(value, condition);
        break;
      case Kind::Role:
        condition.values = reader_.texts(value, pointer_);
        check_roles(condition.values);
        break;
      default:
        condition.values = reader_.texts(value, pointer_);
    }
    return condition;
  }

 private:
  void read_children(const json::Value& value, Condition& condition) {
    if (!value.is_array() || value.get_array().empty()) {
      reader_.report(pointer_, "must be a list of conditions, at least one");
      return;
    }
    const json::Array& children = value.get_array();
    if (children.size() > 1000) {
      reader_.report(pointer_, "has too many conditions: at most 1000");
      return;
    }
    for (std::size_t i = 0; i < children.size(); ++i) {
      condition.children.push_back(
          read_condition(context_, children[i], pointer_to(pointer_, i), depth_ + 1));
    }
  }

  void check_roles(const std::vector<std::string>& roles) {
    const auto known = context_.vocabulary.roles;
    if (known.empty()) return;
    for (std::size_t i = 0; i < roles.size(); ++i) {
      if (std::ranges::find(known, roles[i]) == known.end()) {
        reader_.report(pointer_to(pointer_, i), "is not a role; roles are " + listed(known));
      }
    }
  }

  void read_networks(const json::Value& value, Condition& condition) {
    const auto texts = reader_.texts(value, pointer_);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (const auto network = parse_network(texts[i])) {
        condition.networks.push_back(*network);
      } else {
        reader_.report(
            pointer_to(pointer_, i),
            "is not a network such as 10.0.0.0/8 or 2001:db8::/32 (no bits may be set beyond the prefix)");
      }
    }
  }

  void read_field_size(const json::Value& value, Condition& condition) {
    const Node node = reader_.object(value, pointer_);
    if (node.object == nullptr) return;
    reader_.only_keys(node, {"field", "at_least", "at_most"});
    condition.reference = reader_.text(node, "field", Presence::Required, {.bytes_min = 1, .bytes_max = 255});
    condition.minimum = reader_.integer(node, "at_least", 0, {});
    condition.maximum = reader_.integer(node, "at_most", condition.maximum, {});
    if (node.find("at_least") == nullptr && node.find("at_most") == nullptr) {
      reader_.report(pointer_, "needs 'at_least' or 'at_most'");
    }
  }

  void read_reference(const json::Value& value, std::string_view key, const std::vector<std::string>& known,
                      Condition& condition) {
    const Node node = reader_.object(value, pointer_);
    if (node.object == nullptr) return;
    if (condition.kind == Kind::Finding) {
      reader_.only_keys(node, {key, "min_count", "min_confidence"});
      read_confidence(node, condition);
    } else {
      reader_.only_keys(node, {key, "min_count"});
    }
    condition.minimum = reader_.integer(node, "min_count", 1, {.min = 1, .max = 1000});
    read_name(node, key, known, condition);
  }

  void read_name(const Node& node, std::string_view key, const std::vector<std::string>& known,
                 Condition& condition) {
    condition.reference = reader_.text(node, key, Presence::Required, {.bytes_min = 1, .bytes_max = 64});
    if (!condition.reference.empty() && std::ranges::find(known, condition.reference) == known.end()) {
      std::vector<std::string_view> names(known.begin(), known.end());
      reader_.report(node.at(key), "names a " + std::string(key) + " that does not exist" +
                                       (names.empty() ? std::string() : "; there is " + listed(names)));
    }
  }

  void read_confidence(const Node& node, Condition& condition) {
    const std::string name = reader_.text(node, "min_confidence", Presence::Optional);
    if (name.empty()) return;
    if (const auto confidence = confidence_named(name)) {
      condition.confidence = *confidence;
    } else {
      reader_.report(node.at("min_confidence"), "is not a confidence; it is " + listed(kConfidenceNames));
    }
  }

  // {"of": [{"detector": …}, {"dictionary": …}], "within": 100}
  void read_near(const json::Value& value, Condition& condition) {
    // Two leaves, so that whoever reads the condition need not ask whether it was read well.
    condition.children = {{.kind = Kind::Finding}, {.kind = Kind::Finding}};
    const Node node = reader_.object(value, pointer_);
    if (node.object == nullptr) return;
    reader_.only_keys(node, {"of", "within"});
    if (node.find("within") == nullptr) reader_.report(pointer_, "lacks 'within': a number of characters");
    condition.maximum = reader_.integer(node, "within", 0, {.min = 1, .max = kNearMax});
    const json::Array* pair = reader_.array(node, "of", Presence::Required, {.min = 2, .max = 2});
    if (pair == nullptr || pair->size() != 2) return;
    for (std::size_t i = 0; i < 2; ++i) {
      read_neighbour((*pair)[i], pointer_to(node.at("of"), i), condition.children[i]);
    }
  }

  void read_neighbour(const json::Value& value, const std::string& pointer, Condition& leaf) {
    const Node node = reader_.object(value, pointer);
    if (node.object == nullptr) return;
    const bool detector = node.find("detector") != nullptr;
    const bool dictionary = node.find("dictionary") != nullptr;
    if (detector == dictionary) {
      reader_.report(pointer, "must name either a 'detector' or a 'dictionary'");
      return;
    }
    leaf.minimum = 1;
    if (dictionary) {
      leaf.kind = Kind::Keyword;
      reader_.only_keys(node, {"dictionary"});
      read_name(node, "dictionary", context_.dictionaries, leaf);
    } else {
      reader_.only_keys(node, {"detector", "min_confidence"});
      read_confidence(node, leaf);
      read_name(node, "detector", context_.detectors, leaf);
    }
  }

  const ConditionContext& context_;
  DocumentReader& reader_;
  std::string pointer_;
  std::size_t depth_;
};

}  // namespace

std::string_view name_of(Condition::Kind kind) {
  return kConditionNames[static_cast<std::size_t>(kind)];
}

Condition read_condition(const ConditionContext& context, const json::Value& value,
                         const std::string& pointer, std::size_t depth) {
  if (depth > kDepthMax) {
    context.reader.report(pointer, "is nested too deeply: at most " + std::to_string(kDepthMax) + " levels");
    return {};
  }
  const Node node = context.reader.object(value, pointer);
  if (node.object == nullptr) return {};
  if (node.object->size() != 1) {
    context.reader.report(pointer, "must have exactly one of " + listed(kConditionNames));
    return {};
  }
  const auto& [key, operand] = *node.object->begin();
  const std::string_view name(key.data(), key.size());
  const auto found = std::ranges::find(kConditionNames, name);
  if (found == kConditionNames.end()) {
    context.reader.report(node.at(name), "is not a condition; conditions are " + listed(kConditionNames));
    return {};
  }
  const auto kind = static_cast<Kind>(found - kConditionNames.begin());
  if (is_surrounding(kind)) return read_surrounding(context, kind, operand, node.at(name));
  return ConditionReading(context, node.at(name), depth).read(kind, operand);
}

}  // namespace kuramori::governance
