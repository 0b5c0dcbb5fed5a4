// One simulated server: a clock that is set by hand, a seeded generator, a store that commits, fails and
// crashes when told to. Everything runs on one thread, so a seed replays exactly.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "audit/log.hpp"
#include "audit/recorder.hpp"
#include "gate/gate.hpp"
#include "governance/compiled_policy.hpp"
#include "rooms/service.hpp"
#include "runtime/manual_executor.hpp"
#include "runtime/task_scope.hpp"
#include "storage/key_ring.hpp"
#include "storage/memory/memory_store.hpp"

namespace kuramori::simulator {

class NoProfiles final : public rooms::ProfileSource {
 public:
  runtime::Task<Result<rooms::MemberProfile>> profile_of(UserId) override {
    co_return rooms::MemberProfile{};
  }
};

// What a process holds in memory: gone with a crash.
struct Process {
  Process(storage::memory::MemoryStore& store, const Clock& clock, Random& random,
          const std::filesystem::path& directory, runtime::WorkerPool& pool);
  MetricsRegistry metrics;
  crypto::SigningKey event_key = crypto::SigningKey::from_seed({1}, "events");
  crypto::SigningKey record_key = crypto::SigningKey::from_seed({2}, "record");
  std::unique_ptr<storage::KeyRing> keys;
  audit::Recorder recorder;
  std::unique_ptr<audit::Log> log;
  gate::Gate gate;
  NoProfiles profiles;
  rooms::RoomService rooms;
};

class World {
 public:
  explicit World(std::uint64_t seed);
  ~World();
  // One random step: somebody sends, the disk commits, fails, the process crashes, the clock jumps.
  void step();
  // Lets everything under way finish, then checks what must always hold.
  void check();

  std::size_t acknowledged() const { return acknowledged_.size(); }
  std::size_t crashes() const { return crashes_; }
  std::size_t failures() const { return failures_; }

 private:
  struct Member {
    UserId user;
    RoomId room;
  };
  void start_process();
  void create_rooms();
  void send();
  void crash();
  void settle();
  void check_room(const RoomId& room);
  void check_record();
  template <class T>
  T finish(runtime::Task<T> task);

  runtime::Task<void> send_one(Member member, std::string text, bool forbidden);
  runtime::Task<Result<gate::Permit>> admit(UserId user, gate::Operation operation, RoomId room,
                                            const json::Object* content);
  runtime::Task<Result<RoomId>> create_room(UserId creator);
  runtime::Task<Result<void>> join(UserId user, RoomId room);

  SeededRandom random_;
  ManualClock clock_;
  runtime::ManualExecutor executor_{clock_};
  std::filesystem::path directory_;
  runtime::WorkerPool pool_{{.name = "simulator", .threads = 1, .queue_max = 64}};
  storage::memory::MemoryStore store_{{.commits = storage::memory::Commits::WhenAsked}};
  std::unique_ptr<Process> process_;
  std::unique_ptr<runtime::TaskScope> scope_;
  std::vector<Member> members_;
  std::set<RoomId> rooms_;
  std::map<std::string, std::string> acknowledged_;  // event id → text
  std::set<std::string> refused_;                    // texts that must never appear
  std::size_t sent_ = 0;
  std::size_t crashes_ = 0;
  std::size_t failures_ = 0;
};

}  // namespace kuramori::simulator
