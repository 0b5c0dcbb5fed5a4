// The gate's permission for one action. Move-only, and only the gate makes it: a function that mutates or
// discloses takes one, so that a path around the gate does not compile.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gate/action.hpp"
#include "governance/obligations.hpp"

namespace kuramori::gate {

class Gate;
class Sight;

class Permit {
 public:
  Permit(Permit&&) noexcept = default;
  Permit& operator=(Permit&&) noexcept = default;
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;

  const Subject& subject() const { return subject_; }
  Operation operation() const { return operation_; }
  const Resource& resource() const { return resource_; }
  // The content as the policy lets it pass, when it is not what came: some of it masked, or a label added.
  const std::optional<json::Object>& amended_content() const { return amended_content_; }
  // What the user should be told although the act goes on (what was masked, a warning where nobody can be
  // asked); empty mostly.
  const std::string& warning() const { return warning_; }
  const std::string& rule() const { return rule_; }
  // Of the content, by what it carried and what rules say; empty: the policy's label for what has none.
  const std::string& label() const { return label_; }
  std::int64_t policy_version() const { return policy_version_; }
  // What the rules that decided ask for besides ("notify_auditor", {"label": "secret"}); whoever knows one
  // carries it out.
  const json::Array& obligations() const { return obligations_; }

  // What content the session may see, for reading; null: of every label.
  const std::shared_ptr<const Sight>& sight() const { return sight_; }

  // Asserts that this permission is for `operation`: a service calls it first.
  void require(Operation operation) const;
  void require_any(std::initializer_list<Operation> operations) const;

 private:
  friend class Gate;
  Permit() = default;

  Subject subject_;
  Operation operation_{};
  Resource resource_;
  std::optional<json::Object> amended_content_;
  std::string warning_;
  std::string rule_;
  std::string label_;
  std::int64_t policy_version_ = 0;
  std::string_view outcome_ = "allowed";  // for the record: allowed, warned, masked, confirmed, approved
  json::Object findings_;                 // detectors and counts, for the record
  json::Array obligations_;
  governance::Duties duties_;  // of the obligations: what the gate itself sees to
  std::shared_ptr<const Sight> sight_;
};

}  // namespace kuramori::gate
