#include "app/server_name.hpp"

#include "runtime/manual_executor.hpp"

namespace kuramori::app {

using storage::ColumnType;

const storage::Table kServerName{.name = "server_name",
                                 .columns = {{"name", ColumnType::Text}, {"created_ms", ColumnType::Integer}},
                                 .key_columns = 1,
                                 .indexes = {}};

Result<void> bind_server_name(storage::Store& store, const Config& config, const Clock& clock) {
  const std::string& wanted = config.server.name;
  const auto query = [](storage::Snapshot& snapshot) {
    return snapshot.scan({.table = &kServerName, .limit = 1});
  };
  KURAMORI_TRY(rows, store.read_blocking(query));
  if (!rows.empty()) {
    const std::string bound = storage::text(rows.front()[0]);
    if (bound == wanted) return {};
    return Error(ErrorCode::Conflict, "KURAMORI_SERVER_NAME",
                 "The data in '" + config.server.data_dir.string() + "' belongs to the server '" + bound +
                     "', but server.name is '" + wanted +
                     "'. A server cannot be renamed: set server.name = \"" + bound +
                     "\", or choose another server.data_dir for a new organisation.");
  }
  storage::UnitOfWork work;
  work.insert(kServerName, {wanted, clock.now_ms()});
  auto commit = [](storage::Store& s,
                   storage::UnitOfWork w) -> runtime::Task<Result<storage::CommitReceipt>> {
    auto ticket = s.submit(std::move(w));
    auto receipt = co_await ticket;
    co_return receipt;
  };
  runtime::ManualExecutor executor(clock);
  KURAMORI_CHECK(executor.run(commit(store, std::move(work))));
  return {};
}

}  // namespace kuramori::app
