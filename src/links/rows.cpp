#include "links/rows.hpp"

#include "links/tables.hpp"
#include "runtime/manual_executor.hpp"

namespace kuramori::links {
namespace {

enum SourceColumn : std::uint8_t {
  kName,
  kLocation,
  kFormat,
  kAction,
  kReason,
  kInterval,
  kExpires,
  kGeneration,
  kEntryCount,
  kRefreshed,
  kFailed,
  kFailure
};
enum EntryColumn : std::uint8_t {
  kEntrySource,
  kEntryGeneration,
  kEntryMatch,
  kEntryPattern,
  kEntryAction,
  kEntryReason,
  kEntryExpires,
  kEntryAdded
};
enum TakeDownColumn : std::uint8_t {
  kNumber,
  kTakeDownSource,
  kSince,
  kCursor,
  kWhy,
  kDone,
  kFound,
  kWithdrawn,
  kNotWithdrawn
};

runtime::Task<Result<storage::CommitReceipt>> durable(storage::CommitTicket ticket) {
  auto receipt = co_await ticket;
  co_return receipt;
}

}  // namespace

Result<storage::CommitReceipt> write_and_wait(storage::Store& store, const Clock& clock,
                                              storage::UnitOfWork work) {
  runtime::ManualExecutor executor(clock);
  return executor.run(durable(store.submit(std::move(work))));
}

storage::Value optional_time(const std::optional<Timestamp>& time) {
  if (!time) return storage::Null();
  return to_unix_ms(*time);
}

std::optional<Timestamp> time_of(const storage::Value& value) {
  if (storage::is_null(value)) return std::nullopt;
  return from_unix_ms(storage::integer(value));
}

storage::Row source_row(const Source& source) {
  return {source.name,
          source.location,
          std::string(link_risk::to_string(source.format)),
          std::string(link_risk::to_string(source.action)),
          source.reason,
          source.interval.count(),
          optional_time(source.expires),
          source.generation,
          source.entries,
          optional_time(source.refreshed),
          optional_time(source.failed),
          source.failure};
}

Result<Source> source_of(const storage::Row& row) {
  const auto format = link_risk::list_format_named(storage::text(row[kFormat]));
  const auto action = link_risk::list_action_named(storage::text(row[kAction]));
  if (!format || !action) return corrupt("a source of links has an unknown format or action");
  return Source{.name = storage::text(row[kName]),
                .location = storage::text(row[kLocation]),
                .format = *format,
                .action = *action,
                .reason = storage::text(row[kReason]),
                .interval = Milliseconds(storage::integer(row[kInterval])),
                .expires = time_of(row[kExpires]),
                .generation = storage::integer(row[kGeneration]),
                .entries = storage::integer(row[kEntryCount]),
                .refreshed = time_of(row[kRefreshed]),
                .failed = time_of(row[kFailed]),
                .failure = storage::text(row[kFailure])};
}

Result<std::vector<Source>> read_sources(storage::Snapshot& snapshot) {
  KURAMORI_TRY(rows, snapshot.scan({.table = &kSources, .prefix = {}, .limit = Registry::kSourcesMax + 1}));
  std::vector<Source> sources;
  for (const storage::Row& row : rows) {
    KURAMORI_TRY(source, source_of(row));
    sources.push_back(std::move(source));
  }
  return sources;
}

storage::Row entry_row(std::string_view source, std::int64_t generation, const link_risk::ListEntry& entry,
                       Timestamp added) {
  return {std::string(source),
          generation,
          std::string(link_risk::to_string(entry.match)),
          entry.pattern,
          std::string(link_risk::to_string(entry.action)),
          entry.reason,
          optional_time(entry.expires),
          to_unix_ms(added)};
}

Result<link_risk::ListEntry> entry_of(const storage::Row& row) {
  const auto match = link_risk::match_named(storage::text(row[kEntryMatch]));
  const auto action = link_risk::list_action_named(storage::text(row[kEntryAction]));
  if (!match || !action) return corrupt("an entry of links has an unknown match or action");
  return link_risk::ListEntry{.match = *match,
                              .action = *action,
                              .pattern = storage::text(row[kEntryPattern]),
                              .source = storage::text(row[kEntrySource]),
                              .reason = storage::text(row[kEntryReason]),
                              .expires = time_of(row[kEntryExpires])};
}

Timestamp entry_added(const storage::Row& row) {
  return from_unix_ms(storage::integer(row[kEntryAdded]));
}

storage::Row take_down_row(const TakeDownRow& take_down) {
  return {take_down.number, take_down.source,    to_unix_ms(take_down.since),
          take_down.cursor, take_down.reason,    optional_time(take_down.done),
          take_down.found,  take_down.withdrawn, take_down.failed};
}

TakeDownRow take_down_of(const storage::Row& row) {
  return {.number = storage::integer(row[kNumber]),
          .source = storage::text(row[kTakeDownSource]),
          .since = from_unix_ms(storage::integer(row[kSince])),
          .cursor = storage::text(row[kCursor]),
          .reason = storage::text(row[kWhy]),
          .done = time_of(row[kDone]),
          .found = storage::integer(row[kFound]),
          .withdrawn = storage::integer(row[kWithdrawn]),
          .failed = storage::integer(row[kNotWithdrawn])};
}

}  // namespace kuramori::links
