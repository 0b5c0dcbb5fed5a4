#include "app/inspection_node.hpp"

#include "governance/compiled_policy.hpp"

namespace kuramori::app {
namespace {

using inspection::Action;
using inspection::Judgement;

// Within what the detectors look at in one go; pieces overlap, so that nothing is hidden by where they are
// cut.
constexpr std::size_t kPieceBytes = 1 << 20;
constexpr std::size_t kOverlapBytes = 1'024;

sandbox::Sandbox::Options sandbox_beside(const Config& config, const char* program, const char* job) {
  return {.program = sandbox::Sandbox::program_beside_this().replace_filename(program),
          .job = job,
          .limits = {.memory_bytes = static_cast<std::uint64_t>(config.inspection.memory_bytes),
                     .cpu_seconds = static_cast<std::uint32_t>(config.inspection.seconds_max),
                     .wall_time = std::chrono::seconds(2 * config.inspection.seconds_max),
                     .start_time = std::chrono::seconds(60),
                     .input_bytes = static_cast<std::uint64_t>(config.media.upload_bytes_max),
                     .output_bytes = std::uint64_t{64} << 20},
          .processes = 1,
          .queue_max = 64};
}

sandbox::ExtractRequest extraction_of(const InspectionConfig& config) {
  return {.depth_max = static_cast<std::uint32_t>(config.depth_max),
          .entries_max = static_cast<std::uint32_t>(config.entries_max),
          .pages_max = static_cast<std::uint32_t>(config.pages_max),
          .pictures_max = static_cast<std::uint32_t>(config.pictures_max),
          // The job ends by itself before it is ended.
          .time_ms_max = static_cast<std::uint32_t>(config.seconds_max) * 800,
          .inflated_bytes_max = static_cast<std::uint64_t>(config.inflated_bytes_max),
          .text_bytes_max = static_cast<std::uint64_t>(config.text_bytes_max)};
}

std::size_t character_boundary(std::string_view text, std::size_t at) {
  while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
  return at;
}

// All text of a file, cut into what can be inspected at once.
class Pieces {
 public:
  void add(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = character_boundary(text, std::min(text.size(), kPieceBytes));
      const std::string_view piece = text.substr(0, end);
      if (bytes_ + piece.size() > kPieceBytes) close();
      current_.emplace_back(json::Value(piece));
      bytes_ += piece.size();
      if (end == text.size()) return;
      text.remove_prefix(character_boundary(text, end - kOverlapBytes));
    }
  }
  std::vector<json::Object> finish() {
    close();
    return std::move(pieces_);
  }

 private:
  void close() {
    if (current_.empty() && !pieces_.empty()) return;
    pieces_.push_back({{"text", std::exchange(current_, {})}});
    bytes_ = 0;
  }
  json::Array current_;
  std::size_t bytes_ = 0;
  std::vector<json::Object> pieces_;
};

std::vector<json::Object> pieces_of(const inspection::FileFacts& facts) {
  Pieces pieces;
  pieces.add(facts.name);
  for (const auto& entry : facts.extract.metadata) pieces.add(entry.value);
  for (const auto& file : facts.extract.files) pieces.add(file.path);
  for (const auto& text : facts.extract.texts) pieces.add(text.text);
  return pieces.finish();
}

bool is_unreadable(const inspection::FileFacts& facts) {
  const bool has_other = std::ranges::any_of(
      facts.extract.unreadable,
      [](const sandbox::UnreadablePart& part) { return part.reason != sandbox::Unreadable::Encrypted; });
  return !facts.failure.empty() || !facts.extract.limits.empty() || has_other;
}

Action action_of(governance::Effect effect) {
  switch (effect) {
    case governance::Effect::Allow:
      return Action::Release;
    case governance::Effect::Refuse:
      return Action::Remove;
    case governance::Effect::Mask:
    case governance::Effect::Warn:
    case governance::Effect::Hold:
      return Action::Hold;
  }
  return Action::Hold;
}

Action action_of(const std::string& configured) {
  if (configured == "release") return Action::Release;
  return configured == "remove" ? Action::Remove : Action::Hold;
}

// The one that keeps more back.
bool is_stricter(Action one, Action other) {
  const auto strength = [](Action action) {
    return action == Action::Remove ? 2 : action == Action::Hold ? 1 : 0;
  };
  return strength(one) > strength(other);
}

void add_found(Judgement& judgement, const governance::Decision& decision) {
  for (const governance::Finding& finding : decision.findings)
    judgement.found[finding.source] = json::integer_or(judgement.found, finding.source, 0) + finding.count;
}

// Rules that warn or mask hold a file, too: nobody can be asked then, and a file cannot be masked.
void add_hold(Judgement& judgement, governance::Decision decision) {
  std::vector<std::string> rules = std::move(decision.holding_rules);
  if (rules.empty()) rules.push_back(decision.rule);
  for (std::string& rule : rules) {
    if (std::ranges::find(judgement.holding_rules, rule) == judgement.holding_rules.end())
      judgement.holding_rules.push_back(std::move(rule));
  }
  if (judgement.obligations.empty()) judgement.obligations = std::move(decision.obligations);
}

std::string joined(const governance::LabelLattice& labels, const std::string& one, const std::string& other) {
  if (one.empty() || other.empty()) return one.empty() ? other : one;
  return labels.id(labels.join(*labels.find(one), *labels.find(other)));
}

}  // namespace

sandbox::Sandbox::Options documents_sandbox(const Config& config) {
  return sandbox_beside(config, "kuramori-documents", "extract");
}

sandbox::Sandbox::Options recognition_sandbox(const Config& config) {
  return sandbox_beside(config, "kuramori-ocr", "ocr");
}

inspection::Clamd::Options scanner_options(const Config& config) {
  return {.address = config.inspection.clamd,
          .timeout = std::chrono::seconds(config.inspection.scan_seconds_max)};
}

inspection::Records::Ports record_ports(Organisation& organisation, const Environment& environment,
                                        inspection::FileLabels* labels, std::function<void()> changed) {
  return {.store = organisation.store(),
          .gate = organisation.gate(),
          .keys = organisation.keys(),
          .clock = environment.clock,
          .random = environment.random,
          .labels = labels,
          .changed = std::move(changed)};
}

Result<Judgement> PolicyJudge::judge(const inspection::FileFacts& facts) {
  return judge_file(config_, *gate_.policy(), facts);
}

Result<Judgement> judge_file(const InspectionConfig& config, const governance::CompiledPolicy& policy,
                             const inspection::FileFacts& facts) {
  Judgement judgement{.action = Action::Release, .reason = "clean", .policy_version = policy.version()};
  const auto decide = [&judgement](Action action, std::string_view reason, std::string_view rule) {
    if (!is_stricter(action, judgement.action)) return;
    judgement.action = action;
    judgement.reason = reason;
    judgement.rule = rule;
  };
  const bool has_unread = is_unreadable(facts);
  if (!facts.malware.empty()) decide(Action::Remove, "malware", "");
  if (facts.extract.is_encrypted()) decide(action_of(config.when_encrypted), "encrypted", "");
  if (has_unread) decide(action_of(config.when_unreadable), "unreadable", "");
  const governance::FileFacts file{.type = facts.extract.media_type,
                                   .name = facts.name,
                                   .bytes = facts.bytes,
                                   .is_encrypted = facts.extract.is_encrypted(),
                                   .is_unreadable = has_unread,
                                   .has_malware = !facts.malware.empty(),
                                   .was_scanned = !facts.is_scanner_down};
  const governance::RuleSelection rules = policy.rules_for("file.inspect");
  for (const json::Object& content : pieces_of(facts)) {
    const governance::Question question{.operation = "file.inspect",
                                        .subject = {.user = facts.uploader.view(), .role = "member"},
                                        .resource = {.name = facts.name},
                                        .content = &content,
                                        .file = &file};
    KURAMORI_TRY(decision, policy.evaluate(rules, question));
    decide(action_of(decision.effect), "policy", decision.rule);
    add_found(judgement, decision);
    if (action_of(decision.effect) == Action::Hold) add_hold(judgement, std::move(decision));
    judgement.label = joined(policy.document().labels, judgement.label, decision.label);
  }
  // What is removed needs no approval, and what nobody could look into is for officers alone.
  if (judgement.action != Action::Hold || judgement.reason != "policy") judgement.holding_rules.clear();
  return judgement;
}

InspectionNode::InspectionNode(const Config& config, const Environment& environment,
                               Organisation& organisation, inspection::FileLabels* labels,
                               std::function<void()> changed)
    : records_(record_ports(organisation, environment, labels, std::move(changed))),
      judge_(config, organisation.gate()),
      documents_({.clock = environment.clock, .metrics = environment.metrics, .log = environment.log},
                 documents_sandbox(config)),
      recognition_(config.inspection.ocr ? std::make_unique<sandbox::Sandbox>(
                                               sandbox::Sandbox::Ports{.clock = environment.clock,
                                                                       .metrics = environment.metrics,
                                                                       .log = environment.log},
                                               recognition_sandbox(config))
                                         : nullptr),
      scanner_(config.inspection.clamd.empty()
                   ? nullptr
                   : std::make_unique<inspection::Clamd>(scanner_options(config), environment.clock)),
      inspector_(
          {.records = records_,
           .judge = judge_,
           .documents = documents_,
           .recognition = recognition_.get(),
           .scanner = scanner_.get(),
           .clock = environment.clock,
           .metrics = environment.metrics,
           .log = environment.log},
          {.extraction = extraction_of(config.inspection),
           .recognition = {.time_ms_max = static_cast<std::uint32_t>(config.inspection.seconds_max) * 800},
           .when_scanner_is_down = config.inspection.when_scanner_is_down == "release"
                                       ? inspection::WhenScannerIsDown::Release
                                       : inspection::WhenScannerIsDown::Hold}) {}

}  // namespace kuramori::app
