// What every adapter asks of its input before it touches anything. A refusal here is a mistake of ours
// (Internal), found on the thread that made it rather than on the writer's.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "storage/store.hpp"

namespace kuramori::storage {

// Each row fits its table, each key its leading columns, each placeholder was taken of its sequence.
Result<void> check_unit(const UnitOfWork& work);
// A whole primary key.
Result<void> check_key(const Table& table, const Key& key);
Result<void> check_scan(const Scan& scan);
// Names are lower-case identifiers, key columns come first and are never null, indexes name columns that
// exist.
Result<void> check_table(const Table& table);
// Numbers run from 1 without gaps, and every change is well-formed.
Result<void> check_migrations(std::span<const Migration> migrations);

// What the store has already run.
struct AppliedMigration {
  std::int64_t number;
  std::string name;
};
// How many of `migrations` are done. Refuses a store that a newer version wrote, or one of another history.
Result<std::size_t> applied_prefix(std::span<const Migration> migrations,
                                   std::span<const AppliedMigration> applied);

// The order of a scan as column ordinals: the index's columns, then what is left of the primary key.
std::vector<std::size_t> scan_order(const Scan& scan);

// A unit failed on its own, the others of its batch did not.
Error conflict(const Table& table, std::string_view what);
Error older_epoch();
Error full_queue();

}  // namespace kuramori::storage
