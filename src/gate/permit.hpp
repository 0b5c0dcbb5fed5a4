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

  // What a permit says must not be asked of one that was moved from.
  const Subject& subject() const { return content_->subject; }
  Operation operation() const { return content_->operation; }
  const Resource& resource() const { return content_->resource; }
  // The content as the policy lets it pass, when it is not what came: some of it masked, or a label added.
  const std::optional<json::Object>& amended_content() const { return content_->amended_content; }
  // What the user should be told although the act goes on (what was masked, a warning where nobody can be
  // asked); empty mostly.
  const std::string& warning() const { return content_->warning; }
  const std::string& rule() const { return content_->rule; }
  // Of the content, by what it carried and what rules say; empty: the policy's label for what has none.
  const std::string& label() const { return content_->label; }
  std::int64_t policy_version() const { return content_->policy_version; }
  // What the rules that decided ask for besides ("notify_auditor", {"label": "secret"}); whoever knows one
  // carries it out.
  const json::Array& obligations() const { return content_->obligations; }

  // What content the session may see, for reading; null: of every label.
  const std::shared_ptr<const Sight>& sight() const { return content_->sight; }

  // Asserts that this permission is for `operation`: a service calls it first.
  void require(Operation operation) const;
  void require_any(std::initializer_list<Operation> operations) const;

 private:
  friend class Gate;
  struct Content {
    Subject subject;
    Operation operation{};
    Resource resource;
    std::optional<json::Object> amended_content;
    std::string warning;
    std::string rule;
    std::string label;
    std::int64_t policy_version = 0;
    std::string_view outcome = "allowed";  // for the record: allowed, warned, masked, confirmed, approved
    json::Object findings;                 // detectors and counts, for the record
    json::Array obligations;
    governance::Duties duties;  // of the obligations: what the gate itself sees to
    std::shared_ptr<const Sight> sight;
  };
  struct Release {
    void operator()(const Content* content) const noexcept;
  };
  Permit();

  // A permit passes through many hands on its way; each of them moves one pointer.
  std::unique_ptr<Content, Release> content_;
};

}  // namespace kuramori::gate
