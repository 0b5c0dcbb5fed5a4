#include <fstream>

#include "app/admin_operations.hpp"
#include "audit/checkpoint_file.hpp"
#include "audit/export.hpp"
#include "audit/verify_store.hpp"
#include "base/text.hpp"

namespace kuramori::app {
namespace {

constexpr std::size_t kFindingsShown = 100;

std::string sentence(const audit::Finding& finding) {
  return finding.line > 0 ? "Line " + std::to_string(finding.line) + ": " + finding.text : finding.text;
}

json::Object to_json(const audit::Checkpoint& checkpoint) {
  return {{"origin", checkpoint.origin},
          {"size", static_cast<std::int64_t>(checkpoint.head.size)},
          {"root_hash", text::to_hex(checkpoint.head.root)}};
}

Result<Timestamp> time_argument(const json::Object& arguments, std::string_view key, Timestamp fallback) {
  KURAMORI_TRY(ms, json::optional_integer(arguments, key));
  return ms ? from_unix_ms(*ms) : fallback;
}

}  // namespace

// The whole database first (page checksums, indexes), then the record against everything that was ever
// signed.
Result<json::Object> AdminOperations::audit_verify(const Call& call) {
  KURAMORI_TRY(permit, admit(call, gate::Operation::AuditVerify));
  KURAMORI_CHECK(wait(node_.organisation.gate().record(std::move(permit), gate::Outcome{})));
  audit::Log& log = node_.organisation.log();
  KURAMORI_CHECK(wait(log.flush()));

  const auto half = [&](double offset, double fraction) { call.output.progress(offset + fraction / 2); };
  json::Array findings;
  auto damage = node_.organisation.store().check_integrity([&](double f) { half(0, f); });
  if (!damage) {
    findings.emplace_back("The database cannot be read through: " + damage.error().to_log());
  } else {
    for (const std::string& line : *damage) findings.emplace_back("Database: " + line);
  }

  audit::StoreVerification options{
      .key = log.public_key(), .checkpoints = {}, .organisation = {}, .progress = {}};
  KURAMORI_TRY(mirrored, audit::read_checkpoint_file(log.checkpoint_file()));
  if (mirrored) options.checkpoints.push_back(*std::move(mirrored));
  KURAMORI_TRY(kept, json::optional_string(call.arguments, "checkpoint"));
  if (kept) options.checkpoints.push_back(*std::move(kept));
  options.organisation = node_.organisation.keys().organisation_key();
  options.progress = [&](std::uint64_t done, std::uint64_t total) {
    half(0.5, total == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(total));
  };
  auto report = audit::verify_store(node_.organisation.store(), std::move(options));
  if (!report) {
    findings.emplace_back("The record cannot be read through: " + report.error().to_log());
    return json::Object{{"intact", false}, {"findings", std::move(findings)}};
  }
  for (const auto& finding : report->findings.list()) {
    if (findings.size() < kFindingsShown) findings.emplace_back(sentence(finding));
  }
  const bool intact = findings.empty() && report->intact();
  json::Object result{{"intact", intact},
                      {"entries", static_cast<std::int64_t>(report->entries)},
                      {"verified", static_cast<std::int64_t>(report->verified)},
                      {"expired", static_cast<std::int64_t>(report->expired)},
                      {"checkpoints", static_cast<std::int64_t>(report->checkpoints)},
                      {"key", log.public_key().to_string()},
                      {"findings", std::move(findings)}};
  if (report->newest) result["checkpoint"] = to_json(*report->newest);
  return result;
}

// from_ms?, to_ms?, format?, personal?: the export, streamed line by line.
Result<json::Object> AdminOperations::audit_export(const Call& call) {
  audit::ExportRequest request{.from = {}, .to = {}, .progress = {}};
  KURAMORI_TRY(from, time_argument(call.arguments, "from_ms", from_unix_ms(0)));
  KURAMORI_TRY(to, time_argument(call.arguments, "to_ms", node_.environment.clock.now() + Milliseconds(1)));
  if (to <= from) return invalid_argument("The range is empty: --to must lie after --from.");
  request.from = from;
  request.to = to;
  const std::string_view format = json::string_or(call.arguments, "format", "jsonl");
  if (format != "jsonl" && format != "csv") return invalid_argument("The format must be jsonl or csv.");
  request.format = format == "csv" ? audit::ExportFormat::Csv : audit::ExportFormat::JsonLines;
  if (json::bool_or(call.arguments, "personal", false)) request.personal = audit::PersonalDetail::Include;
  request.progress = [&](std::uint64_t done, std::uint64_t total) {
    call.output.progress(total == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(total));
  };

  KURAMORI_TRY(permit, admit(call, gate::Operation::AuditExport));
  gate::Outcome outcome{.detail = std::to_string(to_unix_ms(from)) + ".." + std::to_string(to_unix_ms(to)),
                        .personal = {}};
  KURAMORI_CHECK(wait(node_.organisation.gate().record(std::move(permit), std::move(outcome))));
  audit::Log& log = node_.organisation.log();
  KURAMORI_CHECK(wait(log.flush()));
  const auto sink = [&](std::string_view lines) -> Result<void> {
    call.output.line(lines);
    return {};
  };
  KURAMORI_TRY(range, audit::export_record(node_.organisation.store(), node_.organisation.keys(),
                                           log.signer(), std::move(request), sink));
  return json::Object{{"entries", static_cast<std::int64_t>(range.count)},
                      {"first", static_cast<std::int64_t>(range.first)},
                      {"key", log.public_key().to_string()}};
}

// The organisation was opened with FileAhead::Accept: the entry first, then the checkpoint that covers it.
Result<json::Object> AdminOperations::audit_accept_restore(const Call& call) {
  audit::Log& log = node_.organisation.log();
  if (!log.superseded()) {
    return Error(ErrorCode::Conflict, "KURAMORI_NOTHING_RESTORED",
                 "There is nothing to accept: the record agrees with its checkpoint file.");
  }
  const audit::TreeHead& lost = log.superseded()->checkpoint.head;
  const std::uint64_t kept = log.checkpoint()->checkpoint.head.size;
  KURAMORI_TRY(permit, admit(call, gate::Operation::AuditAcceptRestore));
  gate::Outcome outcome{.detail = std::to_string(kept) + ".." + std::to_string(lost.size) + " " +
                                  text::to_hex(lost.root)};
  outcome.personal["checkpoint"] = log.superseded()->note;
  KURAMORI_CHECK(wait(node_.organisation.gate().record(std::move(permit), std::move(outcome))));
  KURAMORI_CHECK(wait(log.flush()));
  return json::Object{{"kept", static_cast<std::int64_t>(kept)},
                      {"superseded", to_json(log.superseded()->checkpoint)},
                      {"evidence", log.superseded_file().string()}};
}

// index: one entry with its inclusion proof and checkpoint.
Result<json::Object> AdminOperations::audit_prove(const Call& call) {
  KURAMORI_TRY(index, json::optional_integer(call.arguments, "index"));
  if (!index || *index < 0) return invalid_argument("The index of the entry is needed: 0, 1, 2, …");
  KURAMORI_TRY(permit, admit(call, gate::Operation::AuditExport));
  gate::Outcome outcome{.detail = std::to_string(*index), .personal = {}};
  KURAMORI_CHECK(wait(node_.organisation.gate().record(std::move(permit), std::move(outcome))));
  audit::Log& log = node_.organisation.log();
  KURAMORI_CHECK(wait(log.flush()));
  KURAMORI_TRY(proof, audit::prove_entry(node_.organisation.store(), log.public_key(),
                                         static_cast<std::uint64_t>(*index)));
  return json::Object{{"proof", std::move(proof)}, {"key", log.public_key().to_string()}};
}

Result<json::Object> AdminOperations::audit_checkpoint(const Call&) {
  audit::Log& log = node_.organisation.log();
  KURAMORI_TRY(newest, wait(log.flush()));
  json::Object result = to_json(newest.checkpoint);
  result["note"] = newest.note;
  result["key"] = log.public_key().to_string();
  return result;
}

}  // namespace kuramori::app
