// What links store.
#pragma once
#include <span>

#include "storage/schema.hpp"

namespace kuramori::links {

// link_sources(name | location, format, action, reason, interval_ms, expires_ms?, generation, entries,
// refreshed_ms?, failed_ms?, failure)
extern const storage::Table kSources;
// link_entries(source, generation, match, pattern | action, reason, expires_ms?, added_ms): a refreshed
// source writes a new generation, which counts when its row in link_sources says so.
extern const storage::Table kEntries;
// link_names(name | added_ms): the protected names
extern const storage::Table kNames;
// link_sightings(hash, position): keyed hashes of each host and the domains above it that were sent in the
// event at the position
extern const storage::Table kSightings;
// link_progress(name | position)
extern const storage::Table kProgress;
// link_take_downs(number | source, since_ms, cursor, reason, done_ms?, found, withdrawn, failed)
extern const storage::Table kTakeDowns;
// link_taken_down(number, position | room_id, event_id, sender, outcome)
extern const storage::Table kTakenDown;
// link_openings(hash, opened_ms, nonce | sealed)
extern const storage::Table kOpenings;

std::span<const storage::Table* const> tables();

}  // namespace kuramori::links
