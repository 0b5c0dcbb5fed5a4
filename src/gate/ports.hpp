// What the gate asks others to provide. Answers come from memory, at once and on any thread: the gate asks
// while a request waits.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "gate/action.hpp"
#include "governance/obligations.hpp"
#include "governance/surroundings.hpp"
#include "runtime/task.hpp"

namespace kuramori::gate {

// The organisation and its rooms as of one moment; what is given out stays as it is.
class OrganisationFacts {
 public:
  virtual ~OrganisationFacts() = default;
  // The same object for as long as nothing changed.
  virtual std::shared_ptr<const governance::PersonFacts> people() const = 0;
  virtual std::shared_ptr<const governance::RoomFacts> rooms() const = 0;
  // Whether rooms() knows the room; prepare() sees to it, as far as the room exists.
  virtual bool knows(const RoomId& room) const = 0;
  virtual runtime::Task<void> prepare(RoomId room) const = 0;
};

class LinkJudge {
 public:
  virtual ~LinkJudge() = default;
  virtual governance::LinkVerdicts judge(const json::Object& content) const = 0;
};

// Where content comes from, and what files are labelled.
class ContentOrigins {
 public:
  virtual ~ContentOrigins() = default;
  virtual governance::ContentOrigin origin(const json::Object& content, std::string_view room) const = 0;
  // mxc://…; empty: none. Of the labels ever seen: stays valid.
  virtual std::string_view label_of_file(std::string_view uri) const = 0;
};

// What was approved: for whom, what, where, how long.
class Grants {
 public:
  virtual ~Grants() = default;
  // Whether an approval covers what the rules hold back. An approval of one message covers that message
  // alone.
  virtual bool covers(const Action& action, std::span<const std::string> rules) const = 0;
};

// Stops an account that suddenly sends the same to many. Asked before every send that policy lets pass.
class Brake {
 public:
  virtual ~Brake() = default;
  // Whether the account is stopped; counts the attempt when it is not.
  virtual bool stops(const Action& action) = 0;
};

// How lately a session proved the password of its account.
class PasswordProofs {
 public:
  virtual ~PasswordProofs() = default;
  virtual std::optional<Timestamp> proved(const SessionId& session) const = 0;
};

// An act that rules want told, as it went: never with its content.
struct Occurrence {
  Timestamp when{};
  UserId who = {};
  Operation operation{};
  Resource resource = {};
  std::string outcome = {};  // as in the record
  std::vector<governance::NoticeDuty> notices = {};
  std::vector<governance::AlertDuty> alerts = {};
};

// Tells people. Called while the act waits: keeps the occurrence and returns.
class Witness {
 public:
  virtual ~Witness() = default;
  virtual void happened(Occurrence occurrence) = 0;
};

}  // namespace kuramori::gate
