// Keeps what the book saw: writes it twice a second, tells the book again after a restart, and reads the
// stream from where the last writing ended, so that nothing is missed.
#pragma once
#include <stop_token>

#include "base/logging.hpp"
#include "provenance/content_book.hpp"
#include "runtime/task.hpp"
#include "storage/key_ring.hpp"

namespace kuramori::provenance {

class Keeper {
 public:
  struct Ports {
    storage::Store& store;
    storage::KeyRing& keys;
    ContentBook& book;
    Logger log;
  };
  static constexpr std::size_t kRecalledMax = 500'000;

  explicit Keeper(Ports ports) : ports_(std::move(ports)) {}

  // Blocking; once the book is among the store's listeners and before anybody is served.
  Result<void> load();
  // Until `stop`; writes what is left then.
  runtime::Task<void> run(std::stop_token stop);
  // One round of it.
  runtime::Task<Result<void>> write();

 private:
  struct Step {
    std::int64_t reached = 0;
    bool has_more = false;
  };
  Result<void> recall(storage::Snapshot& snapshot);
  Result<Step> read_anew(storage::Snapshot& snapshot, std::size_t events_max);

  const Ports ports_;
  bool is_behind_ = false;
  std::int64_t written_ = 0;  // the position of the row in kProgress
};

// Up to where what was sent is in content_sightings; nothing before provenance began.
Result<std::optional<StreamPosition>> noted_up_to(storage::Snapshot& snapshot);

}  // namespace kuramori::provenance
