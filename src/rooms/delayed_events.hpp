// Events that are sent later, unless their author restarts, cancels or sends them before (MSC4140, as Element
// Call uses it): MatrixRTC's sign that a device has left a call although it cannot say so itself.
//
//   auto id = co_await delayed.schedule(std::move(permit), {.room = room, .type = "m.room.message", …});
//   co_await delayed.manage(id, Management::Restart);        // whoever knows the id may
//
// Durable when scheduled; the content is sealed under the room's key. At its time an event is sent as its
// author's, through the gate, and its row is marked in the unit of work of the event: it is sent once,
// whatever happens between. A restart is durable with some slack (slack_of), so that heartbeats cost a write
// only now and then: after a crash an event may go out that much later, never earlier. What became due while
// the server was down goes at its start. Bounded for each person, and in each round; run() in a task scope.
// Thread-safe.
#pragma once
#include <algorithm>
#include <map>
#include <mutex>
#include <unordered_map>

#include "rooms/service.hpp"
#include "runtime/sequencer.hpp"
#include "runtime/wakeup.hpp"

namespace kuramori::rooms {

// Who sends a delayed event when its time comes. `app` answers it from identity.
class Authors {
 public:
  virtual ~Authors() = default;
  // Forbidden when the account may not send any more.
  virtual runtime::Task<Result<gate::Subject>> author(UserId user, DeviceId device) = 0;
};

struct ScheduleEvent {
  RoomId room = {};
  std::string type = {};
  std::optional<std::string> state_key = {};
  json::Object content = {};
  Milliseconds delay{0};
  std::optional<Milliseconds> sticky = {};
  std::optional<Transaction> transaction = {};  // the same one answers with the same id
};

enum class Management : std::uint8_t { Send, Cancel, Restart };
enum class DelayOutcome : std::uint8_t { Scheduled, Sent, Cancelled, Failed };

struct DelayedEvent {
  std::string delay_id = {};
  UserId user = {};
  DeviceId device = {};
  RoomId room = {};
  std::string type = {};
  std::optional<std::string> state_key = {};
  json::Object content = {};
  Milliseconds delay{0};
  std::optional<Milliseconds> sticky = {};
  std::int64_t running_since_ms = 0;
  DelayOutcome outcome = DelayOutcome::Scheduled;
  bool by_action = false;  // finalised by somebody, not by time
  std::optional<std::int64_t> finalised_ms = {};
  EventId event = {};
  json::Object error = {};  // errcode, error

  std::int64_t due_ms() const { return running_since_ms + delay.count(); }
};

class DelayedEvents final : public storage::StreamListener {
 public:
  struct Ports {
    RoomService& rooms;
    storage::Store& store;
    storage::KeyRing& keys;
    gate::Gate& gate;
    Authors& authors;
    const Clock& clock;
    Random& random;
    MetricsRegistry& metrics;
    Logger log;
  };
  struct Options {
    Milliseconds delay_max = std::chrono::hours(24);
    std::size_t scheduled_per_user_max = 100;
    std::size_t scheduled_max = 100'000;
    std::size_t finalised_per_user_max = 100;
    Milliseconds finalised_kept = std::chrono::days(7);
    std::size_t due_per_round_max = 100;  // others are served between rounds
  };
  // What a crash may add to a delay: at most what the proposal lets servers add, and no more than the delay.
  static constexpr Milliseconds kSlackMax{30'000};
  static constexpr Milliseconds slack_of(Milliseconds delay) { return std::min(delay, kSlackMax); }

  // Reads what is scheduled, blocking: for start-up. The wiring adds it to the store.
  DelayedEvents(Ports ports, Options options);
  ~DelayedEvents() override;
  const Options& options() const { return options_; }

  // DelayedEventSet. M_INVALID_PARAM, ORG.MATRIX.MSC4140_MAX_DELAY_EXCEEDED, M_LIMIT_EXCEEDED; Forbidden for
  // who is not in the room. The id lets anybody manage the event.
  runtime::Task<Result<std::string>> schedule(gate::Permit permit, ScheduleEvent request);
  // NotFound; Conflict when it is finalised otherwise; with Send, the error that kept it from being sent (it
  // stays scheduled).
  runtime::Task<Result<void>> manage(std::string delay_id, Management what);
  // DelayedEventRead: the subject's own, scheduled ones by their time, then finalised ones, newest first.
  runtime::Task<Result<std::vector<DelayedEvent>>> list(const gate::Permit& permit);
  runtime::Task<Result<DelayedEvent>> find(const gate::Permit& permit, std::string delay_id);

  // Sends what is due, until stopped.
  runtime::Task<void> run(std::stop_token stop);
  // One round of it, what was due first first: how many were sent or given up.
  runtime::Task<std::size_t> send_due();

  // Delayed state whose key somebody else sets is cancelled.
  void committed(std::span<const Change> changes) override;

 private:
  // What memory holds of an event that waits.
  struct Entry {
    UserId user = {};
    std::string state_place = {};  // empty for what is no state
    std::int64_t running_since_ms = 0;
    std::int64_t due_ms = 0;
    std::int64_t durable_due_ms = 0;  // never before due_ms
  };
  static Entry entry_of(const DelayedEvent& event);
  class Consumption;
  void load();
  void add(const std::string& hash, Entry entry);
  void drop(const std::string& hash);
  std::string id_for(const gate::Subject& subject, const std::optional<Transaction>& transaction);
  Result<void> check_room_for(const UserId& user);
  runtime::Task<Result<std::optional<DelayedEvent>>> read(std::string hash);
  void note_restarts(const std::string& hash, DelayedEvent& event);
  static Error finalised_by_others();
  runtime::Task<Result<gate::Permit>> permit_for(gate::Subject subject, gate::Operation operation,
                                                 gate::Resource resource, const json::Object* content);
  runtime::Task<Result<void>> fire(std::string hash, DelayedEvent event, bool by_action);
  runtime::Task<Result<EventId>> send(const DelayedEvent& event, Companion& companion);
  runtime::Task<Result<void>> finalise(std::string hash, DelayedEvent event, DelayOutcome outcome,
                                       bool by_action);
  runtime::Task<Result<void>> restart(std::string hash, DelayedEvent event);
  runtime::Task<void> settle_due(std::string hash);
  runtime::Task<void> settle_overwritten(std::string hash);
  runtime::Task<Result<void>> purge_in(storage::UnitOfWork& work, UserId user);
  runtime::Sequencer& lane_of(const std::string& hash);
  void postpone(const std::string& hash);

  Ports ports_;
  const Options options_;
  const crypto::SecretKey id_key_;
  Counter& sent_;
  Counter& failed_;
  std::array<runtime::Sequencer, 64> lanes_;
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> scheduled_;  // by the hash of the id
  std::multimap<std::int64_t, std::string> by_due_;
  std::unordered_map<UserId, std::size_t> per_user_;
  std::unordered_multimap<std::string, std::string> by_state_;  // room, type and state key
  std::vector<std::string> overwritten_;
  runtime::Wakeup work_to_do_;
};

}  // namespace kuramori::rooms
