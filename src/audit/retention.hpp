// Expiry of old entries: their octets go, their hashes stay in the tiles, so every proof and checkpoint stays
// valid. The record says itself what has expired, so that a verification tells expiry from removal.
#pragma once
#include "audit/entry_format.hpp"
#include "audit/log.hpp"
#include "audit/recorder.hpp"

namespace kuramori::audit {

constexpr std::string_view kExpireOperation = "record.expire";

// When `entry` says that entries have expired: how many from the beginning.
std::optional<std::uint64_t> expired_by(const StoredEntry& entry);

// Removes the leading entries that are older than `before`, at most up to the newest checkpoint, together
// with the entry that says so (by the system, under the retention rule named `rule`). How many were removed.
runtime::Task<Result<std::uint64_t>> expire_entries(storage::Store& store, Recorder& recorder, const Log& log,
                                                    Timestamp before, std::string rule);

}  // namespace kuramori::audit
