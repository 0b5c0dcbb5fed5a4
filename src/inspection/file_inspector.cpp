#include "inspection/file_inspector.hpp"

#include <utility>

#include "media/open_file.hpp"
#include "sandbox/frames.hpp"

namespace kuramori::inspection {
namespace {

using sandbox::Ending;

// What was found, for who decides about the file: kinds and names, never its text.
json::Object findings_of(const FileFacts& facts) {
  json::Object findings;
  findings["media_type"] = facts.extract.media_type;
  findings["declared_type"] = facts.declared_type;
  findings["bytes"] = facts.bytes;
  findings["name"] = facts.name;
  findings["files_inside"] = facts.extract.files.size();
  if (!facts.malware.empty()) findings["malware"] = facts.malware;
  if (!facts.failure.empty()) findings["failure"] = facts.failure;
  if (facts.extract.has_macros) findings["has_macros"] = true;
  if (facts.extract.is_polyglot) findings["is_polyglot"] = true;
  json::Array limits;
  for (const auto limit : facts.extract.limits) limits.emplace_back(sandbox::to_string(limit));
  if (!limits.empty()) findings["limits"] = std::move(limits);
  constexpr std::size_t kUnreadableMax = 20;
  json::Array unreadable;
  for (const auto& part : facts.extract.unreadable) {
    if (unreadable.size() == kUnreadableMax) break;
    unreadable.emplace_back(json::Object{{"file", part.file}, {"reason", sandbox::to_string(part.reason)}});
  }
  if (!unreadable.empty()) findings["unreadable"] = std::move(unreadable);
  return findings;
}

std::string_view state_of(Action action) {
  switch (action) {
    case Action::Release:
      return "released";
    case Action::Remove:
      return "removed";
    case Action::Hold:
      return "held";
  }
  return "";
}

media::Inspector::Verdict verdict_of(Action action) {
  switch (action) {
    case Action::Release:
      return media::Inspector::Verdict::Release;
    case Action::Remove:
      return media::Inspector::Verdict::Remove;
    case Action::Hold:
      return media::Inspector::Verdict::Hold;
  }
  return media::Inspector::Verdict::Hold;
}

sandbox::Input feed_of(Bytes content) {
  return [held = std::move(content), at = std::size_t{0}]() mutable -> Result<ByteView> {
    const std::size_t count = std::min(held.size() - at, sandbox::kPartBytesMax);
    return ByteView(held).subspan(std::exchange(at, at + count), count);
  };
}

}  // namespace

std::string_view to_string(Action action) {
  return state_of(action);
}

FileInspector::FileInspector(Ports ports, Options options)
    : ports_(std::move(ports)),
      options_(std::move(options)),
      seconds_(ports_.metrics.histogram("kuramori_file_inspection_seconds",
                                        "Duration of a file's inspection.", duration_bounds(), {})),
      pool_({.name = "inspection", .threads = 1, .queue_max = 64}) {
  options_.extraction.pictures = ports_.recognition != nullptr ? sandbox::ExtractRequest::Pictures::Give
                                                               : sandbox::ExtractRequest::Pictures::Leave;
}

FileInspector::~FileInspector() = default;

runtime::Task<Result<void>> FileInspector::extract(std::shared_ptr<media::OpenFile> file, FileFacts& facts) {
  Bytes parameters = options_.extraction.encode();
  auto running = ports_.documents.run(std::move(parameters), media::feed_of(std::move(file)));
  auto outcome = co_await std::move(running);
  if (!outcome) co_return std::move(outcome).error();
  if (outcome->ending != Ending::Done) {
    facts.failure = sandbox::to_string(outcome->ending);
    co_return Result<void>();
  }
  // The process may have been taken over by the file: what it says is read with care, and nonsense is a
  // failure.
  auto extract = sandbox::Extract::decode(outcome->output);
  if (extract) {
    facts.extract = *std::move(extract);
  } else {
    facts.failure = "malformed_answer";
  }
  co_return Result<void>();
}

runtime::Task<Result<void>> FileInspector::scan(std::shared_ptr<media::OpenFile> file, FileFacts& facts) {
  auto work = [this, feed = media::feed_of(std::move(file))]() mutable { return ports_.scanner->scan(feed); };
  auto running = pool_.run(std::move(work));
  auto scan = co_await std::move(running);
  if (!scan && scan.error().code() != ErrorCode::Unavailable) co_return std::move(scan).error();
  if (!scan) {
    ports_.log.warning("malware_scanner_down", {{"error", scan.error().to_log()}});
    // Held: asked again in the next round.
    if (options_.when_scanner_is_down == WhenScannerIsDown::Hold) co_return std::move(scan).error();
    facts.is_scanner_down = true;
    co_return Result<void>();
  }
  facts.malware = std::move(scan->signature);
  if (scan->is_too_large) facts.failure = "too_large_for_scanner";
  co_return Result<void>();
}

runtime::Task<Result<void>> FileInspector::recognise(FileFacts& facts) {
  auto pictures = std::exchange(facts.extract.pictures, {});
  for (sandbox::ExtractedPicture& picture : pictures) {
    Bytes parameters = options_.recognition.encode();
    auto running = ports_.recognition->run(std::move(parameters), feed_of(std::move(picture.content)));
    auto outcome = co_await std::move(running);
    if (!outcome) co_return std::move(outcome).error();
    if (outcome->ending == Ending::Done && !outcome->output.empty()) {
      facts.extract.texts.push_back({.file = std::move(picture.file),
                                     .place = std::move(picture.place),
                                     .text = std::string(as_text(outcome->output))});
    } else if (outcome->ending != Ending::Done && outcome->ending != Ending::Refused) {
      facts.extract.unreadable.push_back(
          {.file = std::move(picture.file), .reason = sandbox::Unreadable::TooLarge});
    }
  }
  co_return Result<void>();
}

void FileInspector::count(const Judgement& judgement) {
  ports_.metrics
      .counter("kuramori_file_inspections_total", "Inspected files, by how it ended and why.",
               {{"action", std::string(to_string(judgement.action))}, {"reason", judgement.reason}})
      .add();
}

runtime::Task<Result<media::Inspector::Verdict>> FileInspector::examine(
    media::MediaId id, UserId uploader, std::shared_ptr<media::OpenFile> file) {
  const SteadyTime begun = ports_.clock.steady_now();
  FileFacts facts{.id = id,
                  .uploader = std::move(uploader),
                  .name = file->info().name,
                  .declared_type = file->info().content_type,
                  .bytes = file->info().bytes};
  if (ports_.scanner != nullptr) {
    auto scanned = co_await scan(file, facts);
    if (!scanned) co_return std::move(scanned).error();
  }
  if (facts.malware.empty()) {
    auto extracted = co_await extract(file, facts);
    if (!extracted) co_return std::move(extracted).error();
    if (ports_.recognition != nullptr) {
      auto recognised = co_await recognise(facts);
      if (!recognised) co_return std::move(recognised).error();
    }
  }
  auto work = [this, &facts] { return ports_.judge.judge(facts); };
  auto judging = pool_.run(std::move(work));
  auto judgement = co_await std::move(judging);
  if (!judgement) co_return std::move(judgement).error();
  InspectionRecord record{.id = id,
                          .state = std::string(state_of(judgement->action)),
                          .reason = judgement->reason,
                          .rule = judgement->rule,
                          .label = judgement->label,
                          .policy_version = judgement->policy_version,
                          .inspected_ms = ports_.clock.now_ms(),
                          .findings = findings_of(facts),
                          .uploader = facts.uploader};
  if (!judgement->found.empty()) record.findings["found"] = judgement->found;
  if (judgement->action == Action::Hold && !judgement->holding_rules.empty())
    record.hold = InspectionHold{.rules = judgement->holding_rules, .obligations = judgement->obligations};
  if (!record.label.empty()) record.findings["label"] = record.label;
  auto written = co_await ports_.records.write(std::move(record));
  if (!written) co_return std::move(written).error();
  count(*judgement);
  seconds_.observe(std::chrono::duration<double>(ports_.clock.steady_now() - begun).count());
  co_return verdict_of(judgement->action);
}

}  // namespace kuramori::inspection
