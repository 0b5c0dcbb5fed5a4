#include "app/server_keys.hpp"

#include <algorithm>

#include "runtime/manual_executor.hpp"

namespace kuramori::app {

using storage::ColumnType;

const storage::Table kServerKeys{.name = "server_keys",
                                 .columns = {{"name", ColumnType::Text},
                                             {"version", ColumnType::Text},
                                             {"sealed", ColumnType::Blob},
                                             {"created_ms", ColumnType::Integer}},
                                 .key_columns = 1,
                                 .indexes = {}};

namespace {

constexpr std::size_t kVersionLength = 6;
constexpr std::string_view kPolicyServer = "policy_server";

Bytes place(std::string_view name) {
  const std::string text = "server_keys|sealed|" + std::string(name);
  return {text.begin(), text.end()};
}

crypto::SecretKey sealing_key(const storage::KeyRing& keys) {
  return crypto::derive_key(keys.organisation_key(), "server signing keys");
}

Result<crypto::SigningKey> open_row(const storage::Row& row, std::string_view name,
                                    const storage::KeyRing& keys) {
  KURAMORI_TRY(seed_bytes, crypto::open(sealing_key(keys), storage::blob(row[2]), place(name)));
  crypto::Ed25519Seed seed{};
  if (seed_bytes.size() != seed.size()) return corrupt("server key " + std::string(name));
  std::ranges::copy(seed_bytes, seed.begin());
  return crypto::SigningKey::from_seed(seed, storage::text(row[1]));
}

storage::Row make_row(std::string_view name, const storage::KeyRing& keys, const Clock& clock,
                      Random& random) {
  crypto::Ed25519Seed seed{};
  random.fill(seed);
  return {std::string(name), name == kPolicyServer ? std::string(name) : random.alphanumeric(kVersionLength),
          crypto::seal(sealing_key(keys), seed, place(name), random), clock.now_ms()};
}

}  // namespace

Result<ServerKeys> open_server_keys(storage::Store& store, const storage::KeyRing& keys, const Clock& clock,
                                    Random& random) {
  constexpr std::string_view kNames[] = {"events", "record", kPolicyServer};
  const auto read = [&](std::string_view name) {
    return store.read_blocking([&](storage::Snapshot& s) { return s.get(kServerKeys, {std::string(name)}); });
  };
  bool created = false;
  storage::UnitOfWork work;
  for (const std::string_view name : kNames) {
    KURAMORI_TRY(row, read(name));
    if (row) continue;
    work.insert(kServerKeys, make_row(name, keys, clock, random));
    created = created || name == kNames[0];
  }
  if (!work.empty()) {
    runtime::ManualExecutor executor(clock);
    auto commit = [](storage::Store& s,
                     storage::UnitOfWork w) -> runtime::Task<Result<storage::CommitReceipt>> {
      auto ticket = s.submit(std::move(w));
      auto receipt = co_await ticket;
      co_return receipt;
    };
    KURAMORI_CHECK(executor.run(commit(store, std::move(work))));
  }
  KURAMORI_TRY(events_row, read(kNames[0]));
  KURAMORI_TRY(record_row, read(kNames[1]));
  KURAMORI_TRY(policy_row, read(kNames[2]));
  KURAMORI_TRY(events, open_row(*events_row, kNames[0], keys));
  KURAMORI_TRY(record, open_row(*record_row, kNames[1], keys));
  KURAMORI_TRY(policy_server, open_row(*policy_row, kNames[2], keys));
  return ServerKeys{std::move(events), std::move(record), std::move(policy_server), created};
}

}  // namespace kuramori::app
