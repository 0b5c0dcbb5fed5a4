#include "backup/restoring.hpp"

#include <algorithm>
#include <limits>

#include "backup/errors.hpp"
#include "runtime/manual_executor.hpp"

namespace kuramori::backup {
namespace {

constexpr std::size_t kRowsPerUnit = 2'000;
constexpr std::size_t kOctetsPerUnit = 8'388'608;

runtime::Task<Result<storage::CommitReceipt>> until_durable(storage::CommitTicket ticket) {
  auto receipt = co_await ticket;
  co_return receipt;
}

std::size_t octets_of(const storage::Row& row) {
  std::size_t octets = 0;
  for (const storage::Value& value : row) {
    if (const auto* text = std::get_if<std::string>(&value)) octets += text->size();
    if (const auto* blob = std::get_if<Bytes>(&value)) octets += blob->size();
  }
  return octets;
}

// Columns are added at the end and may be null, so a table of an earlier version begins like today's.
bool begins_like(const storage::Table& table, const TableShape& shape) {
  return shape.columns.size() <= table.columns.size() && shape.key_columns == table.key_columns &&
         std::ranges::equal(shape.columns, std::span(table.columns).first(shape.columns.size()),
                            [](const storage::Column& one, const storage::Column& other) {
                              return one.name == other.name && one.type == other.type;
                            });
}

class Restoring final : public Visitor {
 public:
  explicit Restoring(const RestorePorts& ports) : ports_(ports) {}

  Result<void> begin(const Origin& origin) override {
    if (origin.migration > ports_.migration)
      return not_understood("its database is newer than this version knows");
    if (origin.server != ports_.server)
      return Error(ErrorCode::Conflict, "KURAMORI_BACKUP_OF_ANOTHER",
                   "The backup is of the server '" + origin.server +
                       "', and server.name of the "
                       "configuration is '" +
                       ports_.server + "'.");
    origin_ = origin;
    return {};
  }

  Result<void> table(const TableShape& shape) override {
    KURAMORI_CHECK(commit());
    const auto found = std::ranges::find(ports_.tables, shape.name, &storage::Table::name);
    if (found == ports_.tables.end() || !begins_like(**found, shape))
      return not_understood("table " + shape.name + " is another one in this version");
    table_ = *found;
    return {};
  }

  Result<void> row(storage::Row row) override {
    octets_ += octets_of(row);
    row.resize(table_->columns.size());
    work_.insert(*table_, std::move(row));
    if (++rows_ < kRowsPerUnit && octets_ < kOctetsPerUnit) return {};
    return commit();
  }

  // A bucket may hold the file still: it is written anew, since nobody knows what became of it.
  Result<void> file(std::string_view name, std::uint64_t) override {
    auto writer = ports_.blobs.create(name);
    if (!writer && writer.error().code() == ErrorCode::Conflict) {
      KURAMORI_CHECK(ports_.blobs.remove(name));
      writer = ports_.blobs.create(name);
    }
    if (!writer) return std::move(writer).error();
    writer_ = *std::move(writer);
    name_ = name;
    return {};
  }
  Result<void> part(ByteView octets) override { return writer_->append(octets); }
  Result<void> file_end() override {
    KURAMORI_CHECK(writer_->finish());
    writer_.reset();
    ports_.written.push_back(name_);
    return {};
  }

  // What comes next is numbered as it would have been.
  Result<void> end() {
    KURAMORI_CHECK(commit());
    KURAMORI_CHECK(count_on(storage::Sequence::Stream, origin_.stream_position));
    return count_on(storage::Sequence::Audit, origin_.record_entry + 1);
  }

 private:
  Result<void> commit() {
    if (rows_ == 0) return {};
    rows_ = 0;
    octets_ = 0;
    return submit(std::exchange(work_, {}));
  }

  Result<void> submit(storage::UnitOfWork work) {
    runtime::ManualExecutor executor(ports_.clock);
    const auto receipt = executor.run(until_durable(ports_.store.submit(std::move(work))));
    if (!receipt) return receipt.error();
    return {};
  }

  Result<void> count_on(storage::Sequence sequence, std::int64_t numbers) {
    while (numbers > 0) {
      const auto count = static_cast<std::uint32_t>(
          std::min<std::int64_t>(numbers, std::numeric_limits<std::uint32_t>::max()));
      storage::UnitOfWork work;
      work.pass_over(sequence, count);
      KURAMORI_CHECK(submit(std::move(work)));
      numbers -= count;
    }
    return {};
  }

  const RestorePorts& ports_;
  Origin origin_;
  const storage::Table* table_ = nullptr;
  storage::UnitOfWork work_;
  std::size_t rows_ = 0;
  std::size_t octets_ = 0;
  std::unique_ptr<storage::BlobWriter> writer_;
  std::string name_;
};

}  // namespace

Result<Summary> restore(Source& source, const crypto::SecretKey& root, const RestorePorts& ports) {
  Restoring restoring(ports);
  KURAMORI_TRY(summary, read_archive(source, root, restoring));
  KURAMORI_CHECK(restoring.end());
  return summary;
}

}  // namespace kuramori::backup
