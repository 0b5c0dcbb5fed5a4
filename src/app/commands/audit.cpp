#include <fstream>
#include <iostream>
#include <sstream>

#include "app/commands/command_line.hpp"
#include "audit/offline_verifier.hpp"

namespace kuramori::app {
namespace {

struct AuditOptions {
  std::string file;
  std::string key;
  std::string checkpoint;
  std::string from;
  std::string to;
  std::string format = "jsonl";
  std::string output;
  bool personal = false;
  bool yes = false;
  std::int64_t index = -1;
};
using AuditOptionsPtr = std::shared_ptr<AuditOptions>;

std::string sentence(const audit::Finding& finding) {
  return finding.line > 0 ? "Line " + std::to_string(finding.line) + ": " + finding.text : finding.text;
}

void print_findings(const json::Object& result) {
  for (const json::Value& finding : *json::array_at(result, "findings")) {
    std::cerr << json::view(finding.as_string()) << '\n';
  }
}

// 2026-01-31 or 2026-01-31T12:34:56Z, UTC.
Result<std::int64_t> parse_time(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  char end = 0;
  const int fields = std::sscanf(text.c_str(), "%4d-%2u-%2uT%2u:%2u:%2uZ%c", &year, &month, &day, &hour,
                                 &minute, &second, &end);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  const bool whole_day = fields == 3 && text.size() == 10;
  const bool whole_time = fields == 6 && hour < 24 && minute < 60 && second < 61;
  if (!date.ok() || (!whole_day && !whole_time)) {
    return invalid_argument("'" + text + "' is no time; write 2026-01-31 or 2026-01-31T12:34:56Z (UTC).");
  }
  const auto moment = std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                      std::chrono::seconds(second);
  return std::chrono::duration_cast<Milliseconds>(moment.time_since_epoch()).count();
}

void verify_export(CommandLine line, const AuditOptions& o) {
  audit::FileVerification options;
  if (!o.key.empty()) {
    auto key = audit::NoteKey::parse(o.key);
    if (!key) return fail(line, key.error());
    options.trusted = *std::move(key);
  }
  auto report = audit::verify_file(o.file, std::move(options));
  if (!report) return fail(line, report.error());
  json::Array findings;
  for (const auto& finding : report->findings.list()) findings.emplace_back(sentence(finding));
  if (!report->intact()) line.outcome = ExitCode::Failed;
  json::Object result{{"intact", report->intact()},
                      {"key_trusted", report->key_trusted},
                      {"entries", static_cast<std::int64_t>(report->entries)},
                      {"findings", std::move(findings)}};
  if (report->key) result["key"] = report->key->to_string();
  print_result(line.options, result, [&](const json::Object& r) {
    print_findings(r);
    if (!report->intact()) {
      std::cout << o.file << ": NOT intact\n";
      return;
    }
    std::cout << o.file << ": intact, " << report->entries << " entries\n";
    if (!report->key_trusted) {
      std::cout << "The key is the one that the file names itself; compare it, or give --key:\n  "
                << json::string_or(r, "key", "") << '\n';
    }
  });
}

void verify_organisation(CommandLine line, const AuditOptions& o) {
  const auto config = load_config(line.options, line.outcome);
  if (!config) return;
  AdminRequest request{"audit.verify", {}};
  if (!o.checkpoint.empty()) {
    std::ifstream in(o.checkpoint);
    std::ostringstream note;
    note << in.rdbuf();
    if (!in) return fail(line, not_found("The checkpoint file '" + o.checkpoint + "' cannot be read."));
    request.arguments["checkpoint"] = note.str();
  }
  Result<json::Object> result = administer(*config, request, progress_output("Verifying"));
  if (!result && result.error().code() == ErrorCode::Corrupt) {
    // The data does not even open: that is the answer, not a failure to answer.
    result = json::Object{{"intact", false}, {"findings", json::Array{json::Value(result.error().to_log())}}};
  }
  if (!result) return fail(line, result.error());
  const bool intact = json::bool_or(*result, "intact", false);
  if (!intact) line.outcome = ExitCode::Failed;
  print_result(line.options, *result, [intact](const json::Object& r) {
    print_findings(r);
    if (!intact) {
      std::cout << "The record is NOT intact\n";
      return;
    }
    std::cout << "The record is complete and untouched: " << json::integer_or(r, "verified", 0)
              << " entries, " << json::integer_or(r, "checkpoints", 0) << " checkpoints\n";
    if (const json::Object* checkpoint = json::object_at(r, "checkpoint")) {
      std::cout << "Root hash: " << json::string_or(*checkpoint, "root_hash", "") << '\n';
    }
    std::cout << "Key:       " << json::string_or(r, "key", "") << '\n';
  });
}

void add_verify(CLI::App& parent, CommandLine line, const AuditOptionsPtr& o) {
  CLI::App* command = add_subcommand(
      parent, line.options, "verify",
      "Prove that the record is complete and untouched; with FILE, an export, without a server",
      "  kuramori audit verify --config kuramori.toml\n"
      "  kuramori audit verify --checkpoint kept-elsewhere.txt\n"
      "  kuramori audit verify record.jsonl --key 'example.org/kuramori-log+…'");
  command->add_option("file", o->file, "Export or proof to verify offline");
  command->add_option("--key", o->key, "Public key that the export must be signed with");
  command->add_option("--checkpoint", o->checkpoint, "Checkpoint kept outside the server");
  command->callback([line, o] { o->file.empty() ? verify_organisation(line, *o) : verify_export(line, *o); });
}

void run_export(CommandLine line, const AuditOptions& o) {
  const auto config = load_config(line.options, line.outcome);
  if (!config) return;
  AdminRequest request{"audit.export", {{"format", o.format}, {"personal", o.personal}}};
  for (const auto& [key, text] : {std::pair{"from_ms", &o.from}, std::pair{"to_ms", &o.to}}) {
    if (text->empty()) continue;
    auto time = parse_time(*text);
    if (!time) return fail(line, time.error());
    request.arguments[key] = *time;
  }
  std::ofstream file;
  if (!o.output.empty()) file.open(o.output, std::ios::binary | std::ios::trunc);
  std::ostream& out = o.output.empty() ? std::cout : file;
  AdminOutput output = progress_output("Exporting");
  output.line = [&out](std::string_view lines) { out << lines; };
  Result<json::Object> result = administer(*config, request, output);
  out.flush();
  if (!result) return fail(line, result.error());
  if (!out) return fail(line, unavailable("The export could not be written; is the disk full?", o.output));
  std::cerr << json::integer_or(*result, "entries", 0)
            << " entries\nKey: " << json::string_or(*result, "key", "") << '\n';
}

void add_export(CLI::App& parent, CommandLine line, const AuditOptionsPtr& o) {
  CLI::App* command =
      add_subcommand(parent, line.options, "export", "Export the record with inclusion proofs",
                     "  kuramori audit export --from 2026-01-01 --to 2026-02-01 --output january.jsonl\n"
                     "  kuramori audit export --format csv --personal > record.csv");
  command->add_option("--from", o->from, "First moment (UTC), e.g. 2026-01-01");
  command->add_option("--to", o->to, "Moment after the last (UTC)");
  command->add_option("--format", o->format, "jsonl or csv")->capture_default_str();
  command->add_option("--output", o->output, "File to write (default: standard output)");
  command->add_flag("--personal", o->personal,
                    "Include personal detail in the clear, where it was not erased");
  command->callback([line, o] { run_export(line, *o); });
}

void print_of(CommandLine line, const AdminRequest& request, const char* member) {
  const auto config = load_config(line.options, line.outcome);
  if (!config) return;
  Result<json::Object> result = administer(*config, request, {});
  if (!result) return fail(line, result.error());
  print_result(line.options, *result,
               [member](const json::Object& r) { std::cout << json::string_or(r, member, ""); });
}

void accept_restore(CommandLine line, bool yes) {
  if (!yes) {
    return fail(line, invalid_argument(
                          "This accepts that entries of the record are lost. Stop the server, restore the "
                          "newest backup that there is, and repeat the command with --yes."));
  }
  const auto config = load_config(line.options, line.outcome);
  if (!config) return;
  auto administration = Administration::open(*config, audit::FileAhead::Accept);
  if (!administration) return fail(line, administration.error());
  const Result<json::Object> result = (*administration)->call({"audit.accept_restore", {}}, {});
  if (!result) return fail(line, result.error());
  print_result(line.options, *result, [](const json::Object& r) {
    const json::Object* superseded = json::object_at(r, "superseded");
    std::cout << "Accepted: the record goes on after " << json::integer_or(r, "kept", 0) << " entries of "
              << json::integer_or(*superseded, "size", 0)
              << ". An entry says so.\nThe old checkpoint is kept as evidence: "
              << json::string_or(r, "evidence", "") << '\n';
  });
}

}  // namespace

void add_audit_command(CommandLine line) {
  CLI::App* audit = line.application.add_subcommand("audit", "Verify, export and prove the record");
  audit->require_subcommand(1);
  const auto o = std::make_shared<AuditOptions>();
  add_verify(*audit, line, o);
  add_export(*audit, line, o);

  CLI::App* prove =
      add_subcommand(*audit, line.options, "prove", "Print one entry with its inclusion proof",
                     "  kuramori audit prove 1234 > proof.json && kuramori audit verify proof.json");
  prove->add_option("index", o->index, "Number of the entry")->required();
  prove->callback([line, o] { print_of(line, {"audit.prove", {{"index", o->index}}}, "proof"); });

  CLI::App* checkpoint = add_subcommand(*audit, line.options, "checkpoint",
                                        "Print the newest signed checkpoint, to be kept elsewhere",
                                        "  kuramori audit checkpoint > checkpoint-$(date +%F).txt");
  CLI::App* accept = add_subcommand(
      *audit, line.options, "accept-restore",
      "After an older backup was restored: record that newer entries are lost, and go on (server stopped)",
      "  kuramori audit accept-restore --yes");
  accept->add_flag("--yes", o->yes, "Really; the loss is recorded and cannot be taken back");
  accept->callback([line, o] { accept_restore(line, o->yes); });
  checkpoint->callback([line] { print_of(line, {"audit.checkpoint", {}}, "note"); });
}

}  // namespace kuramori::app
