#include "gate/action.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "gate/vocabulary.hpp"

namespace kuramori::gate {

namespace {

constexpr std::array<std::string_view, kOperations> kNames{
#define KURAMORI_X(name, text, effect) text,
    KURAMORI_OPERATIONS(KURAMORI_X)
#undef KURAMORI_X
};
constexpr std::array<Effect, kOperations> kEffects{
#define KURAMORI_X(name, text, effect) Effect::effect,
    KURAMORI_OPERATIONS(KURAMORI_X)
#undef KURAMORI_X
};
constexpr std::array<std::string_view, kRoles> kRoleNames{"member",
                                                          "guest",
                                                          "administrator",
                                                          "auditor",
                                                          "system",
                                                          "security_officer",
                                                          "compliance_officer",
                                                          "department_administrator"};

// Names are told apart by spaces in the record.
void append_token(std::string& record, std::string_view kind, std::string_view value) {
  if (value.empty()) return;
  if (!record.empty()) record.push_back(' ');
  record.append(kind).push_back(':');
  for (const char c : value) {
    const bool blank = static_cast<unsigned char>(c) <= ' ';
    record.push_back(blank ? '_' : c);
  }
}

}  // namespace

std::string_view to_string(Operation operation) {
  const auto index = static_cast<std::size_t>(operation);
  ensure(index < kOperations, "an operation that does not exist");
  return kNames[index];
}

std::optional<Operation> parse_operation(std::string_view name) {
  for (std::size_t i = 0; i < kOperations; ++i) {
    if (kNames[i] == name) return static_cast<Operation>(i);
  }
  return std::nullopt;
}

Effect effect_of(Operation operation) {
  const auto index = static_cast<std::size_t>(operation);
  ensure(index < kOperations, "an operation that does not exist");
  return kEffects[index];
}

std::string_view to_string(Role role) {
  const auto index = static_cast<std::size_t>(role);
  return index < kRoleNames.size() ? kRoleNames[index] : "unknown";
}

std::optional<Role> parse_role(std::string_view name) {
  const auto found = std::ranges::find(kRoleNames, name);
  if (found == kRoleNames.end()) return std::nullopt;
  return static_cast<Role>(found - kRoleNames.begin());
}

Subject Subject::system() {
  Subject subject;
  subject.role = Role::System;
  return subject;
}

std::string Resource::to_record() const {
  std::string record;
  record.reserve(room.view().size() + event_type.size() + 16);
  append_token(record, "room", room.view());
  append_token(record, "event", event.view());
  append_token(record, "type", event_type);
  append_token(record, "user", user.view());
  append_token(record, "name", name);
  return record;
}

Resource Resource::from_record(std::string_view record) {
  Resource resource;
  for (const std::string_view token : text::split(record, ' ')) {
    const std::size_t colon = token.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view kind = token.substr(0, colon);
    std::string value(token.substr(colon + 1));
    if (kind == "room") resource.room = RoomId(std::move(value));
    if (kind == "event") resource.event = EventId(std::move(value));
    if (kind == "user") resource.user = UserId(std::move(value));
    if (kind == "type") resource.event_type = std::move(value);
    if (kind == "name") resource.name = std::move(value);
  }
  return resource;
}

governance::Vocabulary policy_vocabulary() {
  return {.operations = kNames, .roles = kRoleNames};
}

}  // namespace kuramori::gate
