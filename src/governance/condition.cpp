#include "governance/condition.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "governance/surroundings.hpp"

namespace kuramori::governance {

namespace {

std::string_view server_of(std::string_view user) {
  const auto colon = user.find(':');
  return colon == std::string_view::npos ? std::string_view{} : user.substr(colon + 1);
}

// RFC 4647 basic filtering: a range holds for the language itself and for what refines it.
bool language_matches(std::string_view language, std::string_view range) {
  if (language.size() < range.size()) return false;
  if (text::to_lower_ascii(language.substr(0, range.size())) != text::to_lower_ascii(range)) return false;
  return language.size() == range.size() || language[range.size()] == '-';
}

bool in_network(const std::vector<Network>& networks, std::string_view address_text) {
  const auto address = parse_address(address_text);
  if (!address) return false;  // unknown place: in none
  return std::ranges::any_of(networks, [&](const Network& network) { return network.contains(*address); });
}

std::int64_t characters(std::string_view utf8) {
  return std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

bool field_size_holds(const Condition& condition, const json::Object* content) {
  if (content == nullptr) return false;
  const json::Value* value = json::find(*content, condition.reference);
  if (value == nullptr || !value->is_string()) return false;
  const std::int64_t size = characters(json::view(value->get_string()));
  return size >= condition.minimum && size <= condition.maximum;
}

// A region holds for its subdivisions, too: "CN" for CN-SH.
bool region_matches(std::string_view region, std::string_view wanted) {
  return region == wanted ||
         (region.size() > wanted.size() && region.starts_with(wanted) && region[wanted.size()] == '-');
}

std::uint64_t file_state(const FileFacts& file) {
  std::uint64_t state = 0;
  if (file.is_encrypted) state |= Condition::kEncrypted;
  if (file.is_unreadable) state |= Condition::kUnreadable;
  if (file.has_malware) state |= Condition::kMalware;
  if (!file.was_scanned) state |= Condition::kNotScanned;
  return state;
}

bool file_condition_holds(const Condition& condition, const FileFacts* file) {
  if (file == nullptr) return false;
  switch (condition.kind) {
    case Condition::Kind::FileType:
      return matches_any(condition.values, file->type);
    case Condition::Kind::FileBytes: {
      const auto bytes = static_cast<std::int64_t>(file->bytes);
      return bytes >= condition.minimum && bytes <= condition.maximum;
    }
    default:
      return (file_state(*file) & condition.bits) != 0;
  }
}

// Whoever is not known to be cleared is not.
bool lacks_clearance(const Evaluation& evaluation) {
  const auto clearance =
      evaluation.labels.find(evaluation.question.surroundings->clearance(evaluation.question.subject.user));
  return !evaluation.labels.dominates(clearance.value_or(evaluation.labels.unlabelled()), evaluation.label);
}

// Of the room's state, {"label": "internal"}, or of a message that was sent (label.set), which says what it
// was before. A label that the policy does not know is none.
bool lowers_label(const Evaluation& evaluation) {
  const Question& question = evaluation.question;
  if (question.content == nullptr) return false;
  const bool is_of_message = question.operation == kSetLabelOperation;
  if (!is_of_message && question.resource.event_type != kLabelKey) return false;
  const auto before =
      evaluation.labels.find(is_of_message ? json::string_or(*question.content, "before", "")
                                           : question.surroundings->label(question.resource.room));
  if (!before) return false;
  const auto after = evaluation.labels.find(json::string_or(*question.content, "label", ""));
  return !after || !evaluation.labels.dominates(*after, *before);
}

// What is asked of the organisation, the room, links and the past. Where nothing is known nothing holds.
bool surrounding_holds(const Condition& condition, const Evaluation& evaluation) {
  using Kind = Condition::Kind;
  const Question& question = evaluation.question;
  const Surroundings* around = question.surroundings;
  if (around == nullptr) return false;
  const std::string_view user = question.subject.user;
  const auto any_value = [&](auto matches) { return std::ranges::any_of(condition.values, matches); };
  switch (condition.kind) {
    case Kind::Department:
      return any_value([&](const std::string& unit) { return around->works_in(user, unit); });
    case Kind::OrganisationRole:
      return any_value([&](const std::string& role) { return around->has_role(user, role); });
    case Kind::Region:
      return any_value([&](const auto& region) { return region_matches(around->region(user), region); });
    case Kind::Employment:
      return any_value([&](const std::string& state) { return around->employment(user) == state; });
    case Kind::Clearance:
      return lacks_clearance(evaluation);
    case Kind::Destination: {
      // An invitation leads where the invited person is.
      const auto destination = question.resource.user.empty()
                                   ? around->destination(user, question.resource.room)
                                   : std::optional(around->place_of(user, question.resource.user));
      return destination && (condition.bits >> static_cast<unsigned>(*destination) & 1U) != 0;
    }
    case Kind::RoomClass:
      return (condition.bits &
              (around->is_encrypted(question.resource.room) ? Condition::kSealed : Condition::kManaged)) != 0;
    case Kind::Link:
      return question.content != nullptr &&
             (around->links(*question.content).to_ullong() & condition.bits) != 0;
    case Kind::Counter:
      return around->recent(condition.source, question) >= condition.minimum;
    case Kind::Contact:
      return !question.resource.user.empty() &&
             around->may_contact(user, question.resource.user) == (condition.minimum == 1);
    case Kind::LabelLowered:
      return lowers_label(evaluation) == (condition.minimum == 1);
    case Kind::Forwarded:
      return question.content != nullptr &&
             around->origin(*question.content, question.resource.room).is_forwarded ==
                 (condition.minimum == 1);
    case Kind::NoForward:
      return question.content != nullptr &&
             is_not_passed_on(*question.content, around->origin(*question.content, question.resource.room)) ==
                 (condition.minimum == 1);
    default:
      return false;
  }
}

int cost(const Condition& condition) {
  switch (condition.kind) {
    case Condition::Kind::Finding:
    case Condition::Kind::Keyword:
    case Condition::Kind::Near:
      return 1000;
    case Condition::Kind::Link:
      return 500;
    case Condition::Kind::Forwarded:
    case Condition::Kind::NoForward:
      return 100;
    case Condition::Kind::FieldSize:
    case Condition::Kind::Network:
    case Condition::Kind::Destination:
    case Condition::Kind::Time:
    case Condition::Kind::Counter:
      return 10;
    default:
      break;
  }
  int sum = 1;
  for (const Condition& child : condition.children) sum += cost(child);
  return sum;
}

}  // namespace

bool matches_any(const std::vector<std::string>& globs, std::string_view text) {
  return std::ranges::any_of(globs, [&](const std::string& glob) { return text::matches_glob(text, glob); });
}

bool holds(const Condition& condition, const Evaluation& evaluation) {
  using Kind = Condition::Kind;
  const auto child_holds = [&](const Condition& child) { return holds(child, evaluation); };
  const Question& question = evaluation.question;
  const SubjectAttributes& subject = question.subject;
  switch (condition.kind) {
    case Kind::All:
      return std::ranges::all_of(condition.children, child_holds);
    case Kind::Any:
      return std::ranges::any_of(condition.children, child_holds);
    case Kind::Not:
      return !child_holds(condition.children.front());
    case Kind::Role:
      return std::ranges::find(condition.values, subject.role) != condition.values.end();
    case Kind::User:
      return matches_any(condition.values, subject.user);
    case Kind::UserServer:
      return matches_any(condition.values, server_of(subject.user));
    case Kind::Device:
      return matches_any(condition.values, subject.device);
    case Kind::Client:
      return matches_any(condition.values, subject.user_agent);
    case Kind::Language:
      return std::ranges::any_of(
          condition.values, [&](const auto& range) { return language_matches(subject.language, range); });
    case Kind::Network:
      return in_network(condition.networks, subject.address);
    case Kind::FieldSize:
      return field_size_holds(condition, question.content);
    case Kind::Keyword:
    case Kind::Finding:
      return evaluation.findings.count(condition) >= condition.minimum;
    case Kind::Near:
      return evaluation.findings.near(condition.children[0], condition.children[1], condition.maximum);
    case Kind::Label:
      return (condition.bits >> evaluation.label & 1U) != 0;
    case Kind::FileType:
    case Kind::FileBytes:
    case Kind::FileState:
      return file_condition_holds(condition, question.file);
    case Kind::Time:
      return condition.window != nullptr && condition.window->contains(question.time);
    default:
      return surrounding_holds(condition, evaluation);
  }
}

TracedCondition trace(const Condition& condition, const Evaluation& evaluation) {
  TracedCondition traced{.condition = &condition, .holds = holds(condition, evaluation), .children = {}};
  if (condition.kind == Condition::Kind::Near) return traced;
  for (const Condition& child : condition.children) traced.children.push_back(trace(child, evaluation));
  return traced;
}

void order_by_cost(Condition& condition) {
  for (Condition& child : condition.children) order_by_cost(child);
  std::ranges::sort(condition.children, {}, cost);
}

}  // namespace kuramori::governance
