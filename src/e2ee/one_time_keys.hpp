// Gives out one-time keys (client-server API, /keys/claim): each once, the first uploaded first, and the
// fallback key when there is none.
//
// Keys are taken from shelves in memory, so that claims of one device need not wait for one another's
// commits; a shelf reads on behind the last key that it gave out, which is still in the store until its
// commit.
#pragma once
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "e2ee/ports.hpp"

namespace kuramori::e2ee {

struct KeyClaim {
  DeviceRef device;
  std::string algorithm;
};

struct ClaimedKey {
  DeviceRef device;
  std::string name;  // "<algorithm>:<key_id>"
  std::string body;  // JSON text
};

class OneTimeKeys final : public storage::StreamListener {
 public:
  static constexpr std::size_t kClaimsPerRequestMax = 20'000;

  explicit OneTimeKeys(Ports ports, std::size_t devices_max = 20'000);
  ~OneTimeKeys() override;

  // Permit: KeysClaim. One key for each claim that can be met; devices without keys are left out. No device
  // and algorithm comes twice.
  runtime::Task<Result<std::vector<ClaimedKey>>> claim(gate::Permit permit, std::vector<KeyClaim> claims);

  void committed(std::span<const Change> changes) override;

 private:
  struct Stocked {
    std::int64_t position = 0;
    std::string key_id;
    std::string body;
  };
  struct Fallback {
    std::string key_id;
    std::string body;
    bool is_used = false;
  };
  struct Shelf {
    std::deque<Stocked> ready;
    std::int64_t cursor = 0;      // the store's keys up to here were taken
    std::size_t in_flight = 0;    // taken, and their commits not yet known
    std::uint64_t version = 0;    // grows when the store's stock changed otherwise than by claims
    bool is_exhausted = false;    // nothing in the store behind the cursor
    bool is_out_of_step = false;  // to be emptied when nothing is in flight
    std::optional<Fallback> fallback;
  };
  struct Taken {
    std::size_t claim = 0;
    Stocked key;
    bool is_fallback = false;
    bool marks_fallback = false;
  };
  struct Read {
    std::vector<Stocked> keys;
    std::optional<Fallback> fallback;
    std::uint64_t version = 0;
    std::int64_t after = 0;
    std::size_t claim = 0;
  };

  using DeviceShelves = std::map<std::string, Shelf, std::less<>>;  // by algorithm
  static std::string name_of(const DeviceRef& device);
  Shelf& shelf_of(const KeyClaim& claim);
  Shelf* find_shelf(const KeyClaim& claim);
  void drop(const KeyClaim& claim);
  std::optional<Taken> take_from(const KeyClaim& claim, std::size_t index);
  std::vector<Read> to_read(const std::vector<KeyClaim>& claims, const std::vector<std::size_t>& missing);
  runtime::Task<Result<std::vector<Taken>>> take(const std::vector<KeyClaim>& claims);
  void fill(const std::vector<KeyClaim>& claims, std::vector<Read> read, std::vector<Taken>& taken);
  static Result<void> read_shelf(storage::Snapshot& snapshot, const KeyClaim& claim, Read& read);
  static storage::UnitOfWork unit_of(const std::vector<KeyClaim>& claims, const std::vector<Taken>& taken);
  enum class Settled : std::uint8_t { Committed, Failed };
  void settle(const std::vector<KeyClaim>& claims, const std::vector<Taken>& taken, Settled how);
  void restock(const DeviceRef& device);
  void clear(const DeviceRef& device);
  void shrink();

  Ports ports_;
  const std::size_t devices_max_;
  runtime::Sequencer reading_{100'000};  // one reader of the store at a time: it reads for many
  std::mutex mutex_;
  std::unordered_map<std::string, DeviceShelves> shelves_;
  std::uint64_t version_ = 0;
};

}  // namespace kuramori::e2ee
