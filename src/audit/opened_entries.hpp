// Entries of the record as those read them who may know the people in them: the public part with what is
// sealed in it, where the person's key still exists.
//
//   auto people = PersonDirectory::load(snapshot, keys);
//   for_each_opened(snapshot, *people, {.from = monday, .to = friday}, [&](OpenedEntry entry) { …; return
//   true; });
//
// Blocks: on a reader thread or a worker. Constant memory.
#pragma once
#include <functional>

#include "audit/entry_format.hpp"
#include "audit/record_rows.hpp"

namespace kuramori::audit {

struct OpenedEntry {
  std::uint64_t index = 0;
  StoredEntry entry;  // resource and detail in full, where they name a person that is known
  Who who;            // empty: the system, or nobody whose key exists
  json::Object personal;
};

// Nothing personal when the key is not there or does not open it.
Result<OpenedEntry> open_entry(const EntryRow& row, const PersonDirectory& people);
// Of this person alone; nothing when it is somebody else's.
Result<std::optional<OpenedEntry>> open_own_entry(const EntryRow& row, const UserId& user,
                                                  const crypto::SecretKey& person);

struct RecordSpan {
  Timestamp from;                           // inclusive
  Timestamp to;                             // exclusive
  std::optional<std::uint64_t> after = {};  // goes on behind this entry (forward) or before it (backward)
  storage::Direction direction = storage::Direction::Forward;
};
// In the order of the record, or against it, until `visit` answers false.
Result<void> for_each_opened(storage::Snapshot& snapshot, const PersonDirectory& people,
                             const RecordSpan& span, const std::function<bool(OpenedEntry&&)>& visit);

}  // namespace kuramori::audit
