// Stops an account that suddenly sends the same link, file or text into many rooms: its further sends are
// refused, it is suspended, what it sent is taken back, and its owner and the security officers are told.
//
//   WormBrake brake(ports, {.rooms_max = 10});
//   brake.load();  gate.provide({.brake = &brake});  brake.start();
//
// A room counts once, however many people are in it, so that an announcement is one. The decision falls in
// memory, while the sender waits; what follows runs on a thread of its own, is stored, and goes on after a
// restart.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "base/logging.hpp"
#include "gate/gate.hpp"
#include "identity/restrictions.hpp"
#include "rooms/service.hpp"
#include "storage/key_ring.hpp"
#include "worm_brake/ports.hpp"
#include "worm_brake/sliding_window.hpp"

namespace kuramori::worm_brake {

struct Stop {
  UserId user = {};
  Fingerprint fingerprint = {};
  StreamPosition from = {};
  Timestamp when = {};
  std::string state = "undoing";  // then "undone", "released"
  std::int64_t rooms = 0;
  std::int64_t withdrawn = 0;
  std::int64_t failed = 0;
};

class WormBrake final : public gate::Brake {
 public:
  // Sends that were admitted before the stop may still be on their way.
  static constexpr Milliseconds kSettling{2'000};

  struct Options {
    bool enabled = true;
    std::size_t rooms_max = 10;
    std::size_t rooms_max_of_trusted = 50;  // administrators, officers, services
    Milliseconds window = std::chrono::minutes(10);
  };
  struct Ports {
    storage::Store& store;
    storage::KeyRing& keys;
    gate::Gate& gate;
    rooms::RoomService& rooms;
    identity::Restrictions& restrictions;
    const Clock& clock;
    Notices& notices;
    LinksIn links_in;
    std::function<bool(const UserId&)> is_service;
    Logger log;
  };
  WormBrake(Ports ports, Options options);
  ~WormBrake() override;

  // Who is stopped; blocking, for start-up.
  Result<void> load();
  void start();
  void stop();

  // gate::Brake.
  bool stops(const gate::Action& action) override;

  // Carries out what is to be done now, on the calling thread. False when nothing is left to do.
  Result<bool> step();

  // AdminBrakeRelease. NotFound for who is not stopped.
  runtime::Task<Result<void>> release(gate::Permit permit, UserId user);
  // AdminLinksRead. Newest first.
  runtime::Task<Result<std::vector<Stop>>> list(gate::Permit permit);

 private:
  std::size_t rooms_max_of(const gate::Subject& subject) const;
  Result<void> commit(storage::UnitOfWork work);
  Result<void> begin(const Stop& stop);
  Result<bool> carry_on(Stop stop);
  Result<std::vector<Stop>> undoing();
  struct Found;
  Result<std::vector<Found>> find_sent(storage::Snapshot& snapshot, const Stop& stop);
  bool withdraw(const Found& sent, const Stop& stop);
  void tell(const Stop& stop);
  void run(const std::stop_token& stop);

  const Ports ports_;
  const Options options_;
  const crypto::ShortHash hash_;
  std::mutex mutex_;
  SlidingWindow window_;
  std::unordered_set<UserId> stopped_;
  std::vector<Stop> begun_;  // not stored yet
  std::mutex working_;
  std::condition_variable_any arrived_;
  std::jthread thread_;
};

// In the four languages; for the owner and for the officers.
gate::Localised words_for_owner(const Stop& stop);
gate::Localised words_for_officers(const Stop& stop);

}  // namespace kuramori::worm_brake
