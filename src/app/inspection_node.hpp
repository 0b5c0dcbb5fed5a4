// The inspection of files of one organisation: its sandboxes, its scanner, and the policy that judges.
#pragma once
#include <functional>
#include <memory>

#include "app/config.hpp"
#include "app/organisation.hpp"
#include "inspection/file_inspector.hpp"

namespace kuramori::app {

sandbox::Sandbox::Options documents_sandbox(const Config& config);
sandbox::Sandbox::Options recognition_sandbox(const Config& config);
inspection::Clamd::Options scanner_options(const Config& config);
inspection::Records::Ports record_ports(Organisation& organisation, const Environment& environment,
                                        inspection::FileLabels* labels = nullptr,
                                        std::function<void()> changed = {});

// Rules for `file.inspect` are asked when the content of the file is known, with its text and
// what it is. Refuse removes the file; hold, warn and mask hold it, since nobody can be asked and a file
// cannot be masked. What no rule decides about is decided by [inspection].
Result<inspection::Judgement> judge_file(const InspectionConfig& config,
                                         const governance::CompiledPolicy& policy,
                                         const inspection::FileFacts& facts);

class PolicyJudge final : public inspection::Judge {
 public:
  PolicyJudge(const Config& config, gate::Gate& gate) : config_(config.inspection), gate_(gate) {}
  Result<inspection::Judgement> judge(const inspection::FileFacts& facts) override;

 private:
  InspectionConfig config_;
  gate::Gate& gate_;
};

class InspectionNode {
 public:
  // `labels` keeps what files are labelled; null: nobody does. `changed` hears when an inspection was kept.
  InspectionNode(const Config& config, const Environment& environment, Organisation& organisation,
                 inspection::FileLabels* labels, std::function<void()> changed);
  inspection::Records& records() { return records_; }
  media::Inspector& inspector() { return inspector_; }

 private:
  inspection::Records records_;
  PolicyJudge judge_;
  sandbox::Sandbox documents_;
  std::unique_ptr<sandbox::Sandbox> recognition_;  // null: text in pictures is not read
  std::unique_ptr<inspection::Clamd> scanner_;     // null: none is configured
  inspection::FileInspector inspector_;
};

}  // namespace kuramori::app
