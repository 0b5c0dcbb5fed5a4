// What inspection asks others to provide.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/identifiers.hpp"
#include "json/json.hpp"
#include "media/content_uri.hpp"
#include "runtime/task.hpp"
#include "sandbox/extract_job.hpp"
#include "storage/unit_of_work.hpp"

namespace kuramori::inspection {

// What is known of one file when it is judged. `extract.texts` holds recognised text of pictures, too.
struct FileFacts {
  media::MediaId id = {};
  UserId uploader = {};
  std::string name = {};           // as the uploader called it
  std::string declared_type = {};  // as the uploader says
  std::uint64_t bytes = 0;
  sandbox::Extract extract = {};
  std::string malware = {};      // its name at the scanner; empty: none found
  bool is_scanner_down = false;  // nobody looked for malware
  std::string failure = {};      // why nothing could be extracted ("out_of_time"); empty: it was
};

enum class Action : std::uint8_t { Release, Remove, Hold };
std::string_view to_string(Action action);

struct Judgement {
  Action action = Action::Hold;
  std::string reason = {};  // "malware", "encrypted", "unreadable", "policy", "scanner_down", "clean"
  std::string rule = {};    // of the policy; empty when none decided
  std::string label = {};   // what the rules make of the content; empty: none
  json::Object found = {};  // detectors and dictionaries that found something, and how many; never text
  // Of what the policy holds: the rules that do, and what they ask for besides ({"chain": [...]}). Whoever
  // decides about approvals is asked; without rules, officers alone decide.
  std::vector<std::string> holding_rules = {};
  json::Array obligations = {};
  std::int64_t policy_version = 0;
};

// Keeps what a file is labelled.
class FileLabels {
 public:
  virtual ~FileLabels() = default;
  // As part of the unit that keeps the inspection; in force from now on.
  virtual void label(storage::UnitOfWork& work, const media::MediaId& id, const std::string& label) = 0;
};

// Decides by the policy in force.
class Judge {
 public:
  virtual ~Judge() = default;
  // Blocking, pure computation: called on a worker. An error leaves the file held, to be judged again.
  virtual Result<Judgement> judge(const FileFacts& facts) = 0;
};

}  // namespace kuramori::inspection
