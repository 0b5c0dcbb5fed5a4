#include "audit/retention.hpp"

#include "audit/record_rows.hpp"
#include "base/text.hpp"

namespace kuramori::audit {
namespace {

constexpr std::uint64_t kErasedPerUnit = 1000;

struct Prefix {
  std::uint64_t begin;
  std::uint64_t end;
};

// The entries before the first one that is young enough. They are in the order of commits, which is that of
// time but for a moment; one that is too old may therefore stay a little longer, never the reverse.
Result<Prefix> find_expired(storage::Snapshot& snapshot, std::uint64_t covered, std::int64_t before_ms) {
  std::optional<std::uint64_t> begin;
  std::uint64_t end = 0;
  const auto visit = [&](storage::Row&& row) {
    const auto index = static_cast<std::uint64_t>(storage::integer(row[entry_column::Index]));
    if (index >= covered || storage::integer(row[entry_column::Time]) >= before_ms) return false;
    if (!begin) begin = index;
    end = index + 1;
    return true;
  };
  KURAMORI_CHECK(snapshot.for_each(entries_from(0, kUnlimited), visit));
  return Prefix{begin.value_or(end), end};
}

}  // namespace

std::optional<std::uint64_t> expired_by(const StoredEntry& entry) {
  if (entry.kind != EntryKind::Administration || entry.operation != kExpireOperation) return std::nullopt;
  if (!entry.detail.starts_with("0..")) return std::nullopt;
  const auto last = text::to_integer(std::string_view(entry.detail).substr(3));
  if (!last || *last < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*last) + 1;
}

runtime::Task<Result<std::uint64_t>> expire_entries(storage::Store& store, Recorder& recorder, const Log& log,
                                                    Timestamp before, std::string rule) {
  const std::uint64_t covered = log.checkpoint()->checkpoint.head.size;
  auto query = [covered, before_ms = to_unix_ms(before)](storage::Snapshot& snapshot) {
    return find_expired(snapshot, covered, before_ms);
  };
  auto found = co_await store.read(std::move(query));
  if (!found) co_return std::move(found).error();
  const Prefix prefix = *found;
  if (prefix.begin == prefix.end) co_return std::uint64_t{0};

  // The entry comes first: whenever something is gone, the record already says why.
  std::optional<Entry> said(std::in_place);
  said->kind = EntryKind::Administration;
  said->operation = kExpireOperation;
  said->resource = "record";
  said->detail = "0.." + std::to_string(prefix.end - 1);
  said->outcome = "allowed";
  said->rule = std::move(rule);
  for (std::uint64_t at = prefix.begin; at < prefix.end;) {
    storage::UnitOfWork work;
    if (said) recorder.append(work, *std::move(said));
    said.reset();
    const std::uint64_t stop = std::min(prefix.end, at + kErasedPerUnit);
    for (; at < stop; ++at) work.erase(kRecordEntries, {static_cast<std::int64_t>(at)});
    auto receipt = co_await store.submit(std::move(work));
    if (!receipt) co_return std::move(receipt).error();
  }
  co_return prefix.end - prefix.begin;
}

}  // namespace kuramori::audit
