// What somebody is about to do, described before it is done: the question that the gate answers.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/identifiers.hpp"
#include "gate/operations.hpp"
#include "governance/decision.hpp"
#include "json/json.hpp"

namespace kuramori::gate {

enum class Effect : std::uint8_t { Mutates, Discloses, Signals, Administers };

enum class Operation : std::uint8_t {
#define KURAMORI_X(name, text, effect) name,
  KURAMORI_OPERATIONS(KURAMORI_X)
#undef KURAMORI_X
};
std::string_view to_string(Operation operation);
std::optional<Operation> parse_operation(std::string_view name);
Effect effect_of(Operation operation);
constexpr std::size_t kOperations = 0
#define KURAMORI_X(name, text, effect) +1
    KURAMORI_OPERATIONS(KURAMORI_X)
#undef KURAMORI_X
    ;

enum class Role : std::uint8_t {
  Member,
  Guest,
  Administrator,  // runs the system
  Auditor,
  System,
  SecurityOfficer,          // policy, labels, links, quarantine
  ComplianceOfficer,        // findings, approvals, the record; decides no policy
  DepartmentAdministrator,  // the approvals and groups of his department
};
constexpr std::size_t kRoles = 8;
std::string_view to_string(Role role);
std::optional<Role> parse_role(std::string_view name);

// Who asks. Made by `identity` from a session, by the administration socket from its peer, or by a background
// job.
struct Subject {
  UserId user;  // empty: the system itself
  // A sender of another server, while `user` is empty: policies see the person, the record has no key for it.
  UserId outsider = {};
  DeviceId device;
  SessionId session;
  Role role = Role::Member;
  std::string address;  // the client's network address, without port
  std::string user_agent;
  std::string language;  // BCP 47, best match of Accept-Language: en, zh-Hans, zh-Hant or ja

  static Subject system();  // the server acting for itself
  friend bool operator==(const Subject&, const Subject&) = default;
};

// On what. Every field that applies is set; the rest is empty.
struct Resource {
  RoomId room;
  EventId event;
  UserId user;             // another person that the act is about
  std::string event_type;  // of what is sent or set
  std::string name;        // an alias, a device, an account data type, …

  // "room:!abc", "user:@bob:…", … for the record.
  std::string to_record() const;
  // The same back; blanks in names came into the record as '_'. What is not known there is passed over.
  static Resource from_record(std::string_view record);
};

struct Action {
  Subject subject;
  Operation operation;
  Resource resource;
  // The content to inspect (an event's content, a room's name in createRoom, a profile); null when there is
  // none. Owned by the caller and alive during `admit`.
  const json::Object* content = nullptr;
  // What is known of a file, when the act is about one.
  const governance::FileFacts* file = nullptr;
};

}  // namespace kuramori::gate
