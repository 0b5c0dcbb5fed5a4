#include "inspection/records.hpp"

#include "crypto/key_tree.hpp"
#include "inspection/tables.hpp"

namespace kuramori::inspection {
namespace {

enum Column : std::uint8_t {
  kOrigin,
  kId,
  kState,
  kReason,
  kRule,
  kVersion,
  kInspected,
  kDecidedBy,
  kSealed
};

// Beside the findings, for the server alone.
constexpr std::string_view kInternal = "org.kuramori.internal";

json::Object internal_of(const InspectionRecord& record) {
  json::Object internal{{"uploader", record.uploader.view()}};
  if (!record.hold) return internal;
  json::Array rules;
  for (const std::string& rule : record.hold->rules) rules.emplace_back(rule);
  internal["hold"] = json::Object{{"rules", std::move(rules)}, {"obligations", record.hold->obligations}};
  return internal;
}

void take_internal(InspectionRecord& record) {
  const json::Object* internal = json::object_at(record.findings, kInternal);
  if (internal == nullptr) return;
  record.uploader = UserId(json::string_or(*internal, "uploader", ""));
  if (const json::Object* held = json::object_at(*internal, "hold")) {
    InspectionHold hold;
    if (const json::Array* rules = json::array_at(*held, "rules")) {
      for (const json::Value& rule : *rules) {
        if (rule.is_string()) hold.rules.emplace_back(json::view(rule.get_string()));
      }
    }
    if (const json::Array* obligations = json::array_at(*held, "obligations"))
      hold.obligations = *obligations;
    record.hold = std::move(hold);
  }
  record.findings.erase(kInternal);
}

// As the record tells the ends of acts.
std::string_view outcome_of(std::string_view state) {
  if (state == "held") return "held";
  return state == "removed" ? "refused" : "allowed";
}

std::string place_of(const media::MediaId& id) {
  return "file_inspections.sealed " + id.to_uri();
}

}  // namespace

Records::Records(Ports ports)
    : ports_(ports), key_(crypto::derive_key(ports.keys.organisation_key(), "file inspections")) {}

InspectionRecord Records::read(const storage::Row& row) const {
  InspectionRecord record{.id = {ServerName(storage::text(row[kOrigin])), storage::text(row[kId])},
                          .state = storage::text(row[kState]),
                          .reason = storage::text(row[kReason]),
                          .rule = storage::text(row[kRule]),
                          .policy_version = storage::integer(row[kVersion]),
                          .inspected_ms = storage::integer(row[kInspected])};
  if (!storage::is_null(row[kDecidedBy])) record.decided_by = storage::text(row[kDecidedBy]);
  if (!storage::is_null(row[kSealed])) {
    const std::string place = place_of(record.id);
    const auto opened = crypto::open(key_, storage::blob(row[kSealed]), as_bytes(place));
    if (opened) {
      if (auto findings = json::parse_object(as_text(*opened))) record.findings = *std::move(findings);
      take_internal(record);
    }
  }
  return record;
}

runtime::Task<Result<void>> Records::write(InspectionRecord record) {
  const bool is_verdict = record.decided_by.empty();
  gate::Action action{
      .subject = gate::Subject::system(),
      .operation = is_verdict ? gate::Operation::InspectionVerdict : gate::Operation::MediaRemove,
      .resource = {}};
  if (is_verdict) action.subject.user = record.uploader;
  action.resource.name = record.id.to_uri();
  auto admission = co_await ports_.gate.admit(std::move(action));
  auto* permit = std::get_if<gate::Permit>(&admission);
  if (permit == nullptr) co_return forbidden("The policy does not permit that inspections are stored.");
  storage::Row row{record.id.origin.str(), record.id.id,        record.state,    record.reason,  record.rule,
                   record.policy_version,  record.inspected_ms, storage::Null{}, storage::Null{}};
  if (!record.decided_by.empty()) row[kDecidedBy] = record.decided_by;
  if (record.state != "removed") {
    json::Object kept = record.findings;
    kept[kInternal] = internal_of(record);
    const std::string text = json::serialize(kept);
    const std::string place = place_of(record.id);
    row[kSealed] = crypto::seal(key_, as_bytes(text), as_bytes(place), ports_.random);
  }
  storage::UnitOfWork work;
  work.upsert(kFileInspections, std::move(row));
  if (!record.label.empty() && ports_.labels != nullptr) ports_.labels->label(work, record.id, record.label);
  gate::Outcome outcome{.detail = "inspected " + record.id.to_uri() + ": " + record.state + ", " +
                                  record.reason + (record.rule.empty() ? "" : ", rule " + record.rule) +
                                  (record.label.empty() ? "" : ", label " + record.label)};
  if (is_verdict) {
    gate::Judged judged{.outcome = std::string(outcome_of(record.state)), .rule = record.rule};
    if (const json::Object* found = json::object_at(record.findings, "found")) judged.findings = *found;
    outcome.judged = std::move(judged);
  }
  auto receipt = co_await ports_.gate.commit(std::move(*permit), std::move(work), std::move(outcome));
  if (!receipt) co_return std::move(receipt).error();
  if (ports_.changed) ports_.changed();
  co_return Result<void>();
}

runtime::Task<Result<std::optional<InspectionRecord>>> Records::find(media::MediaId id) {
  auto query = [id](storage::Snapshot& snapshot) {
    return snapshot.get(kFileInspections, {id.origin.str(), id.id});
  };
  auto row = co_await ports_.store.read(std::move(query));
  if (!row) co_return std::move(row).error();
  if (!*row) co_return std::optional<InspectionRecord>();
  co_return std::optional<InspectionRecord>(read(**row));
}

runtime::Task<Result<std::vector<InspectionRecord>>> Records::list(std::string state, std::size_t limit) {
  auto query = [state, limit](storage::Snapshot& snapshot) {
    return snapshot.scan({.table = &kFileInspections,
                          .index = &kFileInspections.index("file_inspections_by_state"),
                          .prefix = {state},
                          .from = std::nullopt,
                          .below = std::nullopt,
                          .limit = limit});
  };
  auto rows = co_await ports_.store.read(std::move(query));
  if (!rows) co_return std::move(rows).error();
  std::vector<InspectionRecord> records;
  for (const storage::Row& row : *rows) records.push_back(read(row));
  co_return records;
}

runtime::Task<Result<std::vector<InspectionRecord>>> Records::list_behind(std::string state,
                                                                          std::optional<Place> after,
                                                                          std::size_t limit) {
  auto query = [state, after, limit](storage::Snapshot& snapshot) -> Result<std::vector<storage::Row>> {
    storage::Scan scan;
    scan.table = &kFileInspections;
    scan.index = &kFileInspections.index("file_inspections_by_state");
    scan.prefix = {state};
    if (after) scan.from = after->inspected_ms;
    std::vector<storage::Row> rows;
    const auto visit = [&](storage::Row&& row) {
      const bool is_behind = !after || storage::integer(row[kInspected]) > after->inspected_ms ||
                             std::pair(storage::text(row[kOrigin]), storage::text(row[kId])) >
                                 std::pair(after->id.origin.str(), after->id.id);
      if (is_behind) rows.push_back(std::move(row));
      return rows.size() < limit;
    };
    KURAMORI_CHECK(snapshot.for_each(scan, visit));
    return rows;
  };
  auto rows = co_await ports_.store.read(std::move(query));
  if (!rows) co_return std::move(rows).error();
  std::vector<InspectionRecord> records;
  for (const storage::Row& row : *rows) records.push_back(read(row));
  co_return records;
}

}  // namespace kuramori::inspection
