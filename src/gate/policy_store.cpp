#include "gate/policy_store.hpp"

#include "base/text.hpp"
#include "gate/detector_tables.hpp"
#include "gate/vocabulary.hpp"
#include "governance/policy_difference.hpp"

namespace kuramori::gate {

using storage::ColumnType;
using storage::Nullable;

const storage::Table kPolicies{.name = "policies",
                               .columns = {{"version", ColumnType::Integer},
                                           {"document", ColumnType::Text},
                                           {"created_ms", ColumnType::Integer},
                                           {"created_by", ColumnType::Text},
                                           {"reason", ColumnType::Text, Nullable::Yes},
                                           {"difference", ColumnType::Text, Nullable::Yes}},
                               .key_columns = 1,
                               .indexes = {}};

namespace {

namespace policy_column {
enum : std::size_t { Version, Document, Created, CreatedBy, Reason, Difference };
}

PolicyVersion version_from(const storage::Row& row) {
  return {.version = storage::integer(row[policy_column::Version]),
          .created = from_unix_ms(storage::integer(row[policy_column::Created])),
          .created_by = UserId(storage::text(row[policy_column::CreatedBy])),
          .reason = storage::is_null(row[policy_column::Reason]) ? std::string()
                                                                 : storage::text(row[policy_column::Reason])};
}

StoredPolicy policy_from(const storage::Row& row) {
  return {version_from(row), storage::text(row[policy_column::Document])};
}

storage::Scan newest_below(std::optional<std::int64_t> before) {
  storage::Scan scan;
  scan.table = &kPolicies;
  scan.direction = storage::Direction::Backward;
  if (before) scan.below = *before;
  return scan;
}

// Documents were checked before they were stored; of an empty text everything is new.
Result<json::Object> parse_stored(std::string_view document) {
  if (document.empty()) return json::Object();
  return json::parse_object(document, {.bytes_max = governance::PolicyLimits().document_bytes_max + 1'024});
}

Result<json::Object> difference_between(std::string_view before, std::string_view after) {
  KURAMORI_TRY(old, parse_stored(before));
  KURAMORI_TRY(now, parse_stored(after));
  return governance::policy_difference(old, now);
}

Result<void> check_reason(const Permit& permit, std::string_view reason) {
  if (permit.operation() == Operation::AdminPolicySwap && text::trim(reason).empty())
    return Error(ErrorCode::InvalidArgument, "M_MISSING_PARAM",
                 "Say why: the reason is kept with the version and in the record.");
  if (reason.size() > kPolicyReasonBytesMax || !text::is_valid_utf8(reason))
    return invalid_argument("The reason must be UTF-8 of at most " + std::to_string(kPolicyReasonBytesMax) +
                            " octets.");
  return {};
}

}  // namespace

json::Object to_json(const PolicyVersion& version) {
  json::Object object{{"version", version.version}, {"created", to_rfc3339(version.created)}};
  if (!version.created_by.empty()) object.emplace("author", version.created_by.view());
  if (!version.reason.empty()) object.emplace("reason", version.reason);
  return object;
}

Result<std::vector<PolicyVersion>> list_policies(storage::Snapshot& snapshot, std::size_t limit,
                                                 std::optional<std::int64_t> before) {
  std::vector<PolicyVersion> versions;
  const auto visit = [&](storage::Row&& row) {
    versions.push_back(version_from(row));
    return versions.size() < limit;
  };
  if (limit > 0) KURAMORI_CHECK(snapshot.for_each(newest_below(before), visit));
  return versions;
}

Result<std::optional<StoredPolicy>> load_current_policy(storage::Snapshot& snapshot) {
  storage::Scan scan = newest_below(std::nullopt);
  scan.limit = 1;
  KURAMORI_TRY(rows, snapshot.scan(scan));
  if (rows.empty()) return std::optional<StoredPolicy>();
  return std::optional<StoredPolicy>(policy_from(rows.front()));
}

Result<std::optional<StoredPolicy>> load_policy(storage::Snapshot& snapshot, std::int64_t version) {
  KURAMORI_TRY(row, snapshot.get(kPolicies, {version}));
  if (!row) return std::optional<StoredPolicy>();
  return std::optional<StoredPolicy>(policy_from(*row));
}

Result<json::Object> difference_of(storage::Reader& reader, std::int64_t version,
                                   std::optional<std::int64_t> from) {
  const std::int64_t base = from.value_or(version - 1);
  std::string kept;
  std::string before;
  std::string after;
  auto query = [&](storage::Snapshot& snapshot) -> Result<void> {
    KURAMORI_TRY(row, snapshot.get(kPolicies, {version}));
    if (!row) return not_found("There is no policy of version " + std::to_string(version) + ".");
    if (!from && !storage::is_null((*row)[policy_column::Difference]))
      kept = storage::text((*row)[policy_column::Difference]);
    after = storage::text((*row)[policy_column::Document]);
    if (base == 0 || !kept.empty()) return {};
    KURAMORI_TRY(old, snapshot.get(kPolicies, {base}));
    if (!old) return not_found("There is no policy of version " + std::to_string(base) + ".");
    before = storage::text((*old)[policy_column::Document]);
    return {};
  };
  KURAMORI_CHECK(reader.read_blocking(query));
  json::Object difference{{"from", base}, {"to", version}};
  auto told = kept.empty() ? difference_between(before, after) : parse_stored(kept);
  if (!told) return std::move(told).error();
  for (auto& [key, value] : *told) difference[key] = std::move(value);
  return difference;
}

Result<std::shared_ptr<const governance::CompiledPolicy>> compile_policy(
    std::string_view document, std::int64_t version, const governance::ParseOptions& options) {
  governance::ParseOptions with_names = options;
  with_names.vocabulary = policy_vocabulary();
  KURAMORI_TRY(parsed, governance::parse_policy_or_error(document, with_names));
  return governance::CompiledPolicy::compile(std::move(parsed), version);
}

runtime::Task<Result<std::int64_t>> PolicyStore::swap(Permit permit, std::string document, Change change) {
  permit.require_any({Operation::AdminPolicySwap, Operation::SystemInitialise});
  auto reasonable = check_reason(permit, change.reason);
  if (!reasonable) co_return std::move(reasonable).error();
  auto query = [](storage::Snapshot& snapshot) { return load_current_policy(snapshot); };
  auto current = co_await reader_.read(std::move(query));
  if (!current) co_return std::move(current).error();
  const std::int64_t version = current->has_value() ? (*current)->version + 1 : 1;
  change.options.company_data = gate_.company_data();

  using Compiled = std::pair<std::shared_ptr<const governance::CompiledPolicy>, std::string>;
  auto compiling = [text = std::move(document), version, chosen = std::move(change.options),
                    before = current->has_value() ? std::move((*current)->document)
                                                  : std::string()]() -> Result<Compiled> {
    KURAMORI_TRY(policy, compile_policy(text, version, chosen));
    KURAMORI_TRY(difference, difference_between(before, policy->document().text));
    return Compiled(std::move(policy), json::serialize(difference));
  };
  auto compiled = co_await workers_.run(std::move(compiling));
  if (!compiled) co_return std::move(compiled).error();
  const std::shared_ptr<const governance::CompiledPolicy> policy = std::move(compiled->first);

  storage::UnitOfWork work;
  expect_tables(work, policy->document());
  storage::Row row{version,       policy->document().text,    clock_.now_ms(), permit.subject().user.str(),
                   change.reason, std::move(compiled->second)};
  work.insert(kPolicies, std::move(row));
  Outcome outcome{.detail = "policy:" + std::to_string(version)};
  if (!change.reason.empty()) outcome.personal["reason"] = change.reason;
  auto receipt = co_await gate_.commit(std::move(permit), std::move(work), std::move(outcome));
  if (!receipt) co_return std::move(receipt).error();
  gate_.swap_policy(policy);
  co_return version;
}

}  // namespace kuramori::gate
