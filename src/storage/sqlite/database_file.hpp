// The database on disk: who may touch it. One process at a time; files of the server's user alone; no
// symbolic links.
#pragma once
#include <filesystem>

#include "base/result.hpp"

namespace kuramori::storage::sqlite {

// Holds the lock of a database until it goes.
class DatabaseLock {
 public:
  static Result<DatabaseLock> take(const std::filesystem::path& database);
  DatabaseLock(DatabaseLock&& other) noexcept;
  DatabaseLock& operator=(DatabaseLock&&) = delete;
  ~DatabaseLock();

 private:
  explicit DatabaseLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// The path with its folder resolved. The folder must exist.
Result<std::filesystem::path> resolve_database_path(const std::filesystem::path& path);
// Creates the file when it is not there (0600, durable with its directory entry), checks it and its log when
// they are.
Result<void> prepare_database_file(const std::filesystem::path& path);

}  // namespace kuramori::storage::sqlite
