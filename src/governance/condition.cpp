#include "governance/condition.hpp"

#include <algorithm>

#include "base/text.hpp"

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

int cost(const Condition& condition) {
  switch (condition.kind) {
    case Condition::Kind::Finding:
    case Condition::Kind::Keyword:
    case Condition::Kind::Near:
      return 1000;
    case Condition::Kind::FieldSize:
    case Condition::Kind::Network:
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

bool holds(const Condition& condition, const Question& question, FindingSource& findings) {
  using Kind = Condition::Kind;
  const auto child_holds = [&](const Condition& child) { return holds(child, question, findings); };
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
      return findings.count(condition) >= condition.minimum;
    case Kind::Near:
      return findings.near(condition.children[0], condition.children[1], condition.maximum);
  }
  return false;
}

void order_by_cost(Condition& condition) {
  for (Condition& child : condition.children) order_by_cost(child);
  std::ranges::sort(condition.children, {}, cost);
}

}  // namespace kuramori::governance
