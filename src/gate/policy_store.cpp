#include "gate/policy_store.hpp"

#include "gate/vocabulary.hpp"

namespace kuramori::gate {

using storage::ColumnType;

const storage::Table kPolicies{.name = "policies",
                               .columns = {{"version", ColumnType::Integer},
                                           {"document", ColumnType::Text},
                                           {"created_ms", ColumnType::Integer},
                                           {"created_by", ColumnType::Text}},
                               .key_columns = 1,
                               .indexes = {}};

namespace {

StoredPolicy from_row(const storage::Row& row) {
  return {.version = storage::integer(row[0]),
          .document = storage::text(row[1]),
          .created = from_unix_ms(storage::integer(row[2])),
          .created_by = UserId(storage::text(row[3]))};
}

}  // namespace

Result<std::vector<StoredPolicy>> list_policies(storage::Snapshot& snapshot, std::size_t limit,
                                                std::optional<std::int64_t> before) {
  storage::Scan scan;
  scan.table = &kPolicies;
  scan.direction = storage::Direction::Backward;
  scan.limit = limit;
  if (before) scan.below = *before;
  KURAMORI_TRY(rows, snapshot.scan(scan));
  std::vector<StoredPolicy> policies;
  for (const storage::Row& row : rows) policies.push_back(from_row(row));
  return policies;
}

Result<std::optional<StoredPolicy>> load_current_policy(storage::Snapshot& snapshot) {
  KURAMORI_TRY(newest, list_policies(snapshot, 1));
  if (newest.empty()) return std::optional<StoredPolicy>();
  return std::optional<StoredPolicy>(std::move(newest.front()));
}

Result<std::optional<StoredPolicy>> load_policy(storage::Snapshot& snapshot, std::int64_t version) {
  KURAMORI_TRY(row, snapshot.get(kPolicies, {version}));
  if (!row) return std::optional<StoredPolicy>();
  return std::optional<StoredPolicy>(from_row(*row));
}

Result<std::shared_ptr<const governance::CompiledPolicy>> compile_policy(
    std::string_view document, std::int64_t version, const governance::ParseOptions& options) {
  governance::ParseOptions with_names = options;
  with_names.vocabulary = policy_vocabulary();
  KURAMORI_TRY(parsed, governance::parse_policy_or_error(document, with_names));
  return governance::CompiledPolicy::compile(std::move(parsed), version);
}

runtime::Task<Result<std::int64_t>> PolicyStore::swap(Permit permit, std::string document,
                                                      governance::ParseOptions options) {
  permit.require_any({Operation::AdminPolicySwap, Operation::SystemInitialise});
  auto query = [](storage::Snapshot& snapshot) { return load_current_policy(snapshot); };
  auto current = co_await reader_.read(std::move(query));
  if (!current) co_return std::move(current).error();
  const std::int64_t version = current->has_value() ? (*current)->version + 1 : 1;

  auto compiling = [text = std::move(document), version, chosen = std::move(options)] {
    return compile_policy(text, version, chosen);
  };
  auto compiled = co_await workers_.run(std::move(compiling));
  if (!compiled) co_return std::move(compiled).error();
  const std::shared_ptr<const governance::CompiledPolicy> policy = *std::move(compiled);

  storage::UnitOfWork work;
  storage::Row row{version, policy->document().text, clock_.now_ms(), permit.subject().user.str()};
  work.insert(kPolicies, std::move(row));
  Outcome outcome{.detail = "policy:" + std::to_string(version)};
  auto receipt = co_await gate_.commit(std::move(permit), std::move(work), std::move(outcome));
  if (!receipt) co_return std::move(receipt).error();
  gate_.swap_policy(policy);
  co_return version;
}

}  // namespace kuramori::gate
