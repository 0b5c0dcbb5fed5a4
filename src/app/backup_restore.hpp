// Checks and restores backups without a server.
#pragma once
#include <filesystem>
#include <functional>

#include "app/organisation.hpp"
#include "backup/summary.hpp"

namespace kuramori::app {

using BackupProgress = std::function<void(double)>;

// Only the root key of the configuration is needed.
Result<backup::Summary> check_backup(const Config& config, const std::filesystem::path& file,
                                     const BackupProgress& progress);

struct Restored {
  backup::Summary summary = {};
  std::string attention = {};  // why the server does not start on it yet; empty: it does
};
// Into a data_dir that holds at most the root key and the folder of the record. The backup is read through
// before anything is written; the database gets its name last; after an error nothing is left behind.
Result<Restored> restore_backup(const Config& config, const Environment& environment,
                                const std::filesystem::path& file, const BackupProgress& progress);

}  // namespace kuramori::app
