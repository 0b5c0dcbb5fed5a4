// What is known of links right now, swapped whole; the gate asks it.
#pragma once
#include <memory>
#include <mutex>

#include "base/clock.hpp"
#include "gate/ports.hpp"
#include "link_risk/assessment.hpp"

namespace kuramori::links {

using KnowledgePtr = std::shared_ptr<const link_risk::Knowledge>;

// Where a shortened address was found to lead, from memory; empty when it was not asked.
class KnownTargets {
 public:
  virtual ~KnownTargets() = default;
  virtual std::string target_of(const std::string& url) const = 0;
};

// Thread-safe.
class CurrentKnowledge final : public gate::LinkJudge {
 public:
  CurrentKnowledge(link_risk::Knowledge first, const KnownTargets& targets, const Clock& clock);

  KnowledgePtr get() const;
  void swap(link_risk::Knowledge next);

  governance::LinkVerdicts judge(const json::Object& content) const override;
  // Of one link; of a shortened one with what is known of its target.
  link_risk::LinkFinding assess(const link_risk::Link& link) const;

 private:
  const KnownTargets& targets_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  KnowledgePtr current_;
};

// How the verdicts and reasons of a finding are called in policies.
governance::LinkVerdicts verdicts_of(const link_risk::LinkFinding& finding);

}  // namespace kuramori::links
