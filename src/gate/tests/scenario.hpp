// Policies told as stories that a compliance officer can read: tests/scenarios/README.md describes the words.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "gate/action.hpp"
#include "governance/surroundings.hpp"

namespace kuramori::gate {

struct Expectation {
  std::size_t line = 0;
  std::string verdict;  // allowed, refused, asked, held, warned, masked; empty: about something else
  std::string rule;     // "by …"; empty: not asked
  std::string text;     // of masked, explanation, audit
  std::string kind;     // verdict, explanation, audit, finding, obligation, told, alert, mark
};

struct Scenario {
  std::string file;
  std::size_t line = 0;
  std::string title;
  std::string policy = "default";
  Subject subject;
  Resource resource;
  // The world around.
  std::string department;
  std::string organisation_role;
  std::string clearance;
  std::string room_label;
  std::string origin_label;  // of what the content comes from
  bool is_forwarded = false;
  bool no_forward = false;                 // what it comes from is marked so
  std::optional<std::int64_t> proved_ago;  // minutes since the session gave its password
  bool may_contact = true;
  std::optional<governance::Destination> destination;
  bool is_encrypted = false;
  governance::LinkVerdicts links;
  std::optional<governance::FileFacts> inspected;  // that is inspected; its type lies below
  std::string file_type;
  int attempts = 1;  // how often the same is tried; the last counts
  Operation operation{};
  bool acts = false;
  json::Object content;
  std::string field = "body";
  std::vector<Expectation> expectations;
};

// An error names file and line.
Result<std::vector<Scenario>> parse_scenarios(const std::string& file, const std::string& text);

}  // namespace kuramori::gate
