// Puts what a backup holds into an empty store and an empty place for files.
//
//   auto summary = restore(file, root, {store, blobs, clock, plan.tables, "example.org", newest});
//
// The caller has checked the archive before (check_archive) and takes back what an error leaves: rows in a
// database that is thrown away, and the files in `written`. Blocking.
#pragma once
#include <string>
#include <vector>

#include "backup/archive_reader.hpp"
#include "base/clock.hpp"
#include "storage/blob_store.hpp"
#include "storage/store.hpp"

namespace kuramori::backup {

struct RestorePorts {
  storage::Store& store;  // with every migration run, and no row
  storage::BlobStore& blobs;
  const Clock& clock;
  std::vector<const storage::Table*> tables;  // of this version
  std::string server;                         // that the configuration names
  std::int64_t migration = 0;                 // the newest that this version knows
  std::vector<std::string>& written;          // files, as they come to be
};

// Unsupported for a backup of a newer version, Conflict for one of another server.
Result<Summary> restore(Source& source, const crypto::SecretKey& root, const RestorePorts& ports);

}  // namespace kuramori::backup
