// Rows of the tables as values. Private to the module.
#pragma once
#include "link_risk/link_lists.hpp"
#include "links/registry.hpp"
#include "storage/store.hpp"

namespace kuramori::links {

storage::Row source_row(const Source& source);
Result<Source> source_of(const storage::Row& row);
Result<std::vector<Source>> read_sources(storage::Snapshot& snapshot);

storage::Row entry_row(std::string_view source, std::int64_t generation, const link_risk::ListEntry& entry,
                       Timestamp added);
Result<link_risk::ListEntry> entry_of(const storage::Row& row);
Timestamp entry_added(const storage::Row& row);

// Waits on this thread: for the worker, never for a thread of requests.
Result<storage::CommitReceipt> write_and_wait(storage::Store& store, const Clock& clock,
                                              storage::UnitOfWork work);

storage::Value optional_time(const std::optional<Timestamp>& time);
std::optional<Timestamp> time_of(const storage::Value& value);

// The number of the next take-down is larger than all before it.
struct TakeDownRow {
  std::int64_t number = 0;
  std::string source = {};
  Timestamp since = {};
  std::string cursor = {};  // behind which entry it goes on; empty: from the beginning
  std::string reason = {};
  std::optional<Timestamp> done = {};
  std::int64_t found = 0;
  std::int64_t withdrawn = 0;
  std::int64_t failed = 0;
};
storage::Row take_down_row(const TakeDownRow& take_down);
TakeDownRow take_down_of(const storage::Row& row);

}  // namespace kuramori::links
