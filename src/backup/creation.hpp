// Makes a backup of what the organisation holds: one moment of every table, and the files. The root key is
// not in it.
//
//   auto made = create(ports, std::move(permit), order, progress);
//
// Blocking, for as long as it takes: on a thread of its own, never on an I/O thread. Others go on writing.
// Memory is bounded but for 33 octets for each file and eight for each message that is left out.
#pragma once
#include <filesystem>
#include <functional>
#include <span>
#include <vector>

#include "backup/summary.hpp"
#include "base/clock.hpp"
#include "gate/gate.hpp"
#include "provenance/marks.hpp"
#include "storage/blob_store.hpp"
#include "storage/key_ring.hpp"

namespace kuramori::backup {

using TableList = std::vector<const storage::Table*>;

// Which tables there are, and what is special about some.
struct Plan {
  TableList tables = {};    // all
  TableList passing = {};   // never in it: what can be made again, or serves for a moment alone
  TableList waiting = {};   // content that was not sent yet, so that its label is not known
  TableList echoes = {};    // what repeats parts of messages without saying of which
  TableList of_files = {};  // (origin, media_id | …): go with their file
};

struct Order {
  std::filesystem::path path = {};  // absolute
  std::string server = {};
  std::string version = {};
  std::int64_t migration = 0;
  Plan plan = {};
};

struct Created {
  Summary summary = {};
  std::uint64_t octets = 0;
};

struct CreationPorts {
  storage::Store& store;
  storage::KeyRing& keys;
  const provenance::MarkKey& marks;
  storage::BlobStore& blobs;
  gate::Gate& gate;
  const Clock& clock;
  Random& random;
};

// 0 to 1; false when nobody waits for it any more.
using Progress = std::function<bool(double)>;

// AdminBackupCreate. The act is in the record before the file has its name; without it, and after any error,
// nothing is left behind.
Result<Created> create(const CreationPorts& ports, gate::Permit permit, const Order& order,
                       const Progress& progress);

}  // namespace kuramori::backup
