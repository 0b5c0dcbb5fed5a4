#include "gate/detector_tables.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "gate/detector_table_rows.hpp"
#include "gate/policy_store.hpp"
#include "governance/compiled_policy.hpp"
#include "governance/normalise.hpp"
#include "runtime/manual_executor.hpp"

namespace kuramori::gate {

using detail::TableRow;
using governance::CompanyData;
using runtime::Task;

namespace {

constexpr std::size_t kPartsOfUnit = 8;
constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kDocumentNameBytesMax = 255;
constexpr std::size_t kBadLinesTold = 10;

bool is_table_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

Error too_large(std::string message) {
  return Error(ErrorCode::TooLarge, "M_TOO_LARGE", std::move(message));
}

Error bad_lines_error(const governance::ExactDataImport& import) {
  std::string message = "The table was not imported: " + std::to_string(import.bad_lines_total()) +
                        (import.bad_lines_total() == 1 ? " line" : " lines") + " cannot be read.";
  for (std::size_t i = 0; i < import.bad_lines().size() && i < kBadLinesTold; ++i) {
    const governance::BadLine& bad = import.bad_lines()[i];
    message += "\nLine " + std::to_string(bad.line) + " " + bad.message + ".";
  }
  return Error(ErrorCode::InvalidArgument, "KURAMORI_TABLE_INVALID", std::move(message));
}

Task<Result<void>> stored_durably(storage::CommitTicket ticket) {
  const auto receipt = co_await ticket;
  if (!receipt) co_return receipt.error();
  co_return Result<void>();
}

// The names of tables and sets that a policy asks for.
std::vector<std::string> names_in(const governance::PolicyDocument& document) {
  std::vector<std::string> names;
  for (const governance::CustomDetector& detector : document.detectors) {
    if (detector.exact_data) names.push_back(detector.exact_data->table);
    if (detector.fingerprints) names.push_back(detector.fingerprints->set);
  }
  return names;
}

}  // namespace

void expect_tables(storage::UnitOfWork& work, const governance::PolicyDocument& document) {
  for (const std::string& name : names_in(document)) work.expect(kDetectorTables, {name}, true);
}

Result<void> DetectorTables::load_one(storage::Snapshot& snapshot, const storage::Row& row,
                                      CompanyData& data) {
  KURAMORI_TRY(table, detail::table_of(row));
  KURAMORI_TRY(key, ports_.keys.get_in(snapshot, crypto::KeyScope::File,
                                       detail::key_owner(table.about.name, table.generation)));
  KURAMORI_CHECK(detail::open_about(key, row, table));
  KURAMORI_TRY(content, detail::read_parts(snapshot, key, table));
  if (table.about.kind == DetectorTable::Kind::Table) {
    KURAMORI_TRY(rows, governance::decode_table(detail::hash_of(key), content));
    data.tables[table.about.name] = std::make_shared<const governance::ExactDataMatch>(std::move(rows));
  } else {
    KURAMORI_TRY(set, governance::decode_set(detail::hash_of(key), content));
    data.sets[table.about.name] = std::make_shared<const governance::DocumentFingerprints>(std::move(set));
  }
  std::string name = table.about.name;
  stored_[std::move(name)] = {std::move(table.about), table.generation};
  return {};
}

Result<void> DetectorTables::load() {
  auto data = std::make_shared<CompanyData>();
  storage::UnitOfWork left_behind;
  auto query = [&](storage::Snapshot& snapshot) -> Result<void> {
    KURAMORI_TRY(rows, snapshot.scan({.table = &kDetectorTables, .prefix = {}, .limit = kTablesMax + 1}));
    for (const storage::Row& row : rows) KURAMORI_CHECK(load_one(snapshot, row, *data));
    std::pair<std::string, std::int64_t> last;
    return snapshot.for_each({.table = &kDetectorTableParts, .prefix = {}}, [&](storage::Row&& part) {
      std::pair<std::string, std::int64_t> of{storage::text(part[0]), storage::integer(part[1])};
      const auto known = stored_.find(of.first);
      const bool counts = known != stored_.end() && known->second.generation == of.second;
      if (!counts && of != last) left_behind.erase(kDetectorTableParts, {of.first, of.second});
      last = std::move(of);
      return true;
    });
  };
  KURAMORI_CHECK(ports_.store.read_blocking(query));
  if (!left_behind.empty()) {
    runtime::ManualExecutor executor(ports_.clock);
    KURAMORI_CHECK(executor.run(stored_durably(ports_.store.submit(std::move(left_behind)))));
  }
  ports_.gate.swap_company_data(std::move(data));
  return {};
}

std::optional<DetectorTables::Stored> DetectorTables::find(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = stored_.find(name);
  return found == stored_.end() ? std::nullopt : std::optional(found->second);
}

std::int64_t DetectorTables::version_of(const std::string& name) const {
  const auto known = find(name);
  return known ? known->about.version : 0;
}

Task<Result<std::vector<DetectorTable>>> DetectorTables::list(Permit permit) {
  permit.require(Operation::AdminDetectorsRead);
  std::vector<DetectorTable> tables;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [name, stored] : stored_) tables.push_back(stored.about);
  }
  auto recording = ports_.gate.record(std::move(permit), {.detail = "list"});
  KURAMORI_CO_CHECK(co_await std::move(recording));
  co_return tables;
}

// What the next generation of a name is called.
Result<DetectorTables::Stored> DetectorTables::begin(const std::string& name, DetectorTable::Kind kind,
                                                     std::optional<std::int64_t> expected) {
  if (!is_table_name(name))
    return invalid_argument("The name must be 1 to 64 letters, digits, '_', '-' or '.'.");
  const std::scoped_lock lock(mutex_);
  Stored next{.about = {.name = name, .kind = kind, .version = 1, .created = ports_.clock.now()},
              .generation = std::max(ports_.clock.now_ms(), last_generation_ + 1)};
  last_generation_ = next.generation;
  const auto known = stored_.find(name);
  const std::int64_t version = known == stored_.end() ? 0 : known->second.about.version;
  if (expected && *expected != version) {
    return Error(ErrorCode::Conflict, "KURAMORI_VERSION_CHANGED",
                 "'" + name + "' was changed by somebody else in the meantime.");
  }
  if (known == stored_.end()) {
    if (stored_.size() >= kTablesMax) return too_large("There are too many tables of detectors.");
    return next;
  }
  if (known->second.about.kind != kind) {
    return Error(ErrorCode::Conflict, "KURAMORI_TABLE_KIND",
                 "'" + name + "' is a " +
                     (kind == DetectorTable::Kind::Table ? "set of documents" : "table of rows") +
                     "; remove it first, or choose another name.");
  }
  next.about.version = known->second.about.version + 1;
  next.generation = last_generation_ = std::max(next.generation, known->second.generation + 1);
  return next;
}

// The version of the policy in force, when it can do with `data`.
Result<std::int64_t> DetectorTables::policy_version_without(const std::string& name,
                                                            const CompanyData& data) {
  const auto policy = ports_.gate.policy();
  for (const std::string& missing : governance::missing_of(policy->document(), data)) {
    return Error(ErrorCode::Conflict, "KURAMORI_TABLE_IN_USE",
                 "The policy in force needs '" + name + "' as it is. " + missing);
  }
  return policy->version();
}

Task<Result<TableImported>> DetectorTables::import_table(Permit permit, TableImport request) {
  permit.require(Operation::AdminDetectorsSet);
  if (request.csv.size() > kTableBytesMax) co_return too_large("The table is too large.");
  auto entering = changing_.enter();
  KURAMORI_CO_TRY(lane, co_await entering);
  KURAMORI_CO_TRY(next, begin(request.name, DetectorTable::Kind::Table, request.expected_version));
  storage::UnitOfWork work;
  const crypto::SecretKey key =
      ports_.keys.create_in(work, crypto::KeyScope::File, detail::key_owner(request.name, next.generation));
  using Read = std::pair<Content, TableImported>;
  auto reading = [key, about = next.about, asked = std::move(request)]() -> Result<Read> {
    if (!text::is_valid_utf8(asked.csv)) return invalid_argument("The table is not UTF-8.");
    governance::ExactDataImport import(detail::hash_of(key));
    import.feed(asked.csv);
    auto finished = import.finish();
    if (import.bad_lines_total() > 0 && !asked.skip_bad_lines) return bad_lines_error(import);
    if (!finished) return std::move(finished).error();
    auto rows = std::make_shared<const governance::ExactDataMatch>(*std::move(finished));
    Content content{.about = about, .stored = governance::encode(*rows), .table = rows, .set = nullptr};
    content.about.rows = static_cast<std::int64_t>(import.rows());
    content.about.hashes = static_cast<std::int64_t>(rows->values());
    content.about.parts = rows->columns();
    return Read(std::move(content), TableImported{.table = {},
                                                  .bad_lines_total = import.bad_lines_total(),
                                                  .bad_lines = import.bad_lines()});
  };
  auto running = ports_.workers.run(std::move(reading));
  KURAMORI_CO_TRY(read, co_await std::move(running));
  auto replacing = replace(std::move(permit), std::move(next), key, std::move(work), std::move(read.first),
                           std::move(read.second));
  auto outcome = co_await std::move(replacing);
  co_return outcome;
}

Task<Result<TableImported>> DetectorTables::import_documents(Permit permit, DocumentsImport request) {
  permit.require(Operation::AdminDetectorsSet);
  if (request.documents.empty()) co_return invalid_argument("A set needs at least one document.");
  if (request.documents.size() > kDocumentsMax) co_return too_large("The set has too many documents.");
  auto entering = changing_.enter();
  KURAMORI_CO_TRY(lane, co_await entering);
  KURAMORI_CO_TRY(next, begin(request.name, DetectorTable::Kind::Documents, request.expected_version));
  storage::UnitOfWork work;
  const crypto::SecretKey key =
      ports_.keys.create_in(work, crypto::KeyScope::File, detail::key_owner(request.name, next.generation));
  auto reading = [key, about = next.about, asked = std::move(request)]() -> Result<Content> {
    governance::DocumentFingerprints prints(detail::hash_of(key));
    Content content{.about = about, .stored = {}, .table = nullptr, .set = nullptr};
    for (const DocumentsImport::Document& document : asked.documents) {
      if (!text::is_valid_utf8(document.text) || !text::is_valid_utf8(document.name) ||
          document.name.empty() || document.name.size() > kDocumentNameBytesMax)
        return invalid_argument("A document needs a name of at most 255 octets and a text in UTF-8.");
      auto added = prints.add(document.name, governance::normalised(document.text));
      if (!added) {
        return Error(added.error().code(), added.error().reason(),
                     "'" + document.name + "': " + added.error().message());
      }
      content.about.parts.push_back(document.name);
    }
    prints.seal();
    content.stored = governance::encode(prints);
    content.about.rows = static_cast<std::int64_t>(asked.documents.size());
    content.about.hashes = static_cast<std::int64_t>(prints.fingerprints());
    content.set = std::make_shared<const governance::DocumentFingerprints>(std::move(prints));
    return content;
  };
  auto running = ports_.workers.run(std::move(reading));
  KURAMORI_CO_TRY(read, co_await std::move(running));
  auto replacing =
      replace(std::move(permit), std::move(next), key, std::move(work), std::move(read), TableImported());
  auto outcome = co_await std::move(replacing);
  co_return outcome;
}

// Writes the parts beside those in force, and then lets them count; within the lane.
Task<Result<TableImported>> DetectorTables::replace(Permit permit, Stored next, crypto::SecretKey key,
                                                    storage::UnitOfWork work, Content content,
                                                    TableImported imported) {
  auto data = std::make_shared<CompanyData>(*ports_.gate.company_data());
  const std::string name = next.about.name;
  if (content.table != nullptr) data->tables[name] = content.table;
  if (content.set != nullptr) data->sets[name] = content.set;
  KURAMORI_CO_TRY(policy_version, policy_version_without(name, *data));
  next.about = std::move(content.about);
  next.about.created_by = permit.subject().user;
  const TableRow row{.about = next.about, .generation = next.generation};
  const std::size_t parts = detail::part_count(content.stored);
  for (std::size_t part = 0; part < parts;) {
    storage::UnitOfWork writing;
    for (const std::size_t end = std::min(parts, part + kPartsOfUnit); part < end; ++part)
      writing.insert(kDetectorTableParts, detail::part_row(key, row, content.stored, part, ports_.random));
    auto waiting = stored_durably(ports_.store.submit(std::move(writing)));
    KURAMORI_CO_CHECK(co_await std::move(waiting));
  }
  const std::optional<Stored> former = find(name);
  work.upsert(kDetectorTables, detail::table_row(key, next.about, next.generation, parts, ports_.random));
  // A policy that came in between may need other columns.
  work.expect(kPolicies, {policy_version + 1}, false);
  if (former) {
    work.erase(kDetectorTableParts, {name, former->generation});
    ports_.keys.destroy_in(work, crypto::KeyScope::File, detail::key_owner(name, former->generation));
  }
  Outcome outcome{.detail = std::string(to_string(next.about.kind)) + " " + name + ": version " +
                            std::to_string(next.about.version) + ", " + std::to_string(next.about.rows) +
                            (content.set != nullptr ? " documents, " : " rows, ") +
                            std::to_string(next.about.hashes) + " hashes"};
  auto committing = ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome));
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  if (former) ports_.keys.forget(crypto::KeyScope::File, detail::key_owner(name, former->generation));
  imported.table = next.about;
  {
    const std::scoped_lock lock(mutex_);
    stored_[name] = std::move(next);
  }
  ports_.gate.swap_company_data(std::move(data));
  co_return imported;
}

Task<Result<void>> DetectorTables::remove(Permit permit, std::string name) {
  permit.require(Operation::AdminDetectorsSet);
  auto entering = changing_.enter();
  KURAMORI_CO_TRY(lane, co_await entering);
  const std::optional<Stored> known = find(name);
  if (!known) co_return not_found("There is no table of detectors of the name '" + name + "'.");
  auto data = std::make_shared<CompanyData>(*ports_.gate.company_data());
  data->tables.erase(name);
  data->sets.erase(name);
  KURAMORI_CO_TRY(policy_version, policy_version_without(name, *data));
  storage::UnitOfWork work;
  work.erase(kDetectorTables, {name});
  work.erase(kDetectorTableParts, {name, known->generation});
  work.expect(kPolicies, {policy_version + 1}, false);
  ports_.keys.destroy_in(work, crypto::KeyScope::File, detail::key_owner(name, known->generation));
  Outcome outcome{.detail = "remove " + name};
  auto committing = ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome));
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  ports_.keys.forget(crypto::KeyScope::File, detail::key_owner(name, known->generation));
  {
    const std::scoped_lock lock(mutex_);
    stored_.erase(name);
  }
  ports_.gate.swap_company_data(std::move(data));
  co_return Result<void>();
}

}  // namespace kuramori::gate
