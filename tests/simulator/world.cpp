#include "world.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "audit/tables.hpp"
#include "audit/verify_store.hpp"
#include "gate/policy_store.hpp"
#include "rooms/tables.hpp"

namespace kuramori::simulator {

using runtime::Task;
using storage::Direction;

namespace {

constexpr std::size_t kRooms = 3;
constexpr std::size_t kPeople = 5;
constexpr std::size_t kInFlightMax = 40;

std::shared_ptr<const governance::CompiledPolicy> default_policy() {
  static const auto policy = *gate::compile_policy(governance::default_policy_text(), 1);
  return policy;
}

void migrate(storage::Store& store) {
  storage::Migration first{
      .number = 1, .name = "first", .changes = {storage::CreateTable{&storage::kWrappedKeys}}};
  for (const storage::Table* table : audit::tables()) first.changes.emplace_back(storage::CreateTable{table});
  for (const storage::Table* table : rooms::tables()) first.changes.emplace_back(storage::CreateTable{table});
  ensure(store.migrate(std::span(&first, 1)).has_value(), "the tables can be made");
}

// Commits for those who wait for the disk without an executor: only while a process starts.
class Pump {
 public:
  explicit Pump(storage::memory::MemoryStore& store)
      : thread_([&store](std::stop_token stop) {
          while (!stop.stop_requested()) {
            if (store.commit_pending() == 0) std::this_thread::yield();
          }
        }) {}

 private:
  std::jthread thread_;
};

UserId person(std::size_t i) {
  return UserId("@person" + std::to_string(i) + ":example.org");
}

}  // namespace

Process::Process(storage::memory::MemoryStore& store, const Clock& clock, Random& random,
                 const std::filesystem::path& directory, runtime::WorkerPool& pool)
    : keys(*storage::KeyRing::open(store, crypto::SecretKey({9}), clock, random)),
      recorder(*keys, clock, random),
      log(*audit::Log::open(
          {.store = store, .pool = pool, .clock = clock, .metrics = metrics, .log = Logger::silent()},
          {.server = ServerName("example.org"), .directory = directory},
          {.signing = record_key, .organisation = keys->organisation_key()})),
      gate({.store = store,
            .recorder = recorder,
            .clock = clock,
            .random = random,
            .metrics = metrics,
            .log = Logger::silent()},
           default_policy()),
      rooms({.store = store,
             .keys = *keys,
             .gate = gate,
             .profiles = profiles,
             .signing_key = event_key,
             .clock = clock,
             .random = random,
             .metrics = metrics,
             .log = Logger::silent()},
            {.server = ServerName("example.org")}) {}

World::World(std::uint64_t seed) : random_(seed) {
  std::string pattern = (std::filesystem::temp_directory_path() / "kuramori-simulator-XXXXXX").string();
  directory_ = ::mkdtemp(pattern.data());
  migrate(store_);
  start_process();
  create_rooms();
}

World::~World() {
  settle();
  scope_.reset();
  store_.drop_pending();
  process_.reset();
  std::filesystem::remove_all(directory_);
}

void World::start_process() {
  const Pump pump(store_);
  process_ = std::make_unique<Process>(store_, clock_, random_, directory_, pool_);
  store_.set_record_listener(*process_->log);
  store_.add_listener(process_->rooms);
  scope_ = std::make_unique<runtime::TaskScope>();
}

template <class T>
T World::finish(Task<T> task) {
  std::optional<T> outcome;
  auto drive = [](Task<T> t, std::optional<T>& out) -> Task<void> { out.emplace(co_await std::move(t)); };
  scope_->spawn_on(executor_, drive(std::move(task), outcome));
  while (!outcome) {
    executor_.run_until_idle();
    store_.commit_pending();
  }
  executor_.run_until_idle();
  return *std::move(outcome);
}

Task<Result<gate::Permit>> World::admit(UserId user, gate::Operation operation, RoomId room,
                                        const json::Object* content) {
  gate::Action action{.subject = {}, .operation = operation, .resource = {}, .content = content};
  action.subject.user = std::move(user);
  action.subject.device = DeviceId("SIMULATED");
  action.resource.room = std::move(room);
  action.resource.event_type = "m.room.message";
  auto admission = co_await process_->gate.admit(std::move(action));
  if (auto* refusal = std::get_if<gate::Refusal>(&admission)) co_return forbidden(refusal->message());
  if (auto* error = std::get_if<Error>(&admission)) co_return std::move(*error);
  co_return std::get<gate::Permit>(std::move(admission));
}

Task<Result<RoomId>> World::create_room(UserId creator) {
  auto permit = co_await admit(creator, gate::Operation::RoomCreate, RoomId(), nullptr);
  if (!permit) co_return std::move(permit).error();
  rooms::CreateRoom request;
  request.preset = rooms::Preset::PublicChat;
  auto room = co_await process_->rooms.create(*std::move(permit), std::move(request));
  co_return room;
}

Task<Result<void>> World::join(UserId user, RoomId room) {
  auto permit = co_await admit(user, gate::Operation::RoomJoin, room, nullptr);
  if (!permit) co_return std::move(permit).error();
  rooms::OwnMembership request{.room = room, .reason = std::nullopt};
  auto joined = co_await process_->rooms.join(*std::move(permit), std::move(request));
  co_return joined;
}

void World::create_rooms() {
  for (std::size_t r = 0; r < kRooms; ++r) {
    auto room = finish(create_room(person(0)));
    ASSERT_TRUE(room) << room.error().to_log();
    rooms_.insert(*room);
    for (std::size_t p = 0; p < kPeople; ++p) {
      if (p != 0) {
        auto joined = finish(join(person(p), *room));
        ASSERT_TRUE(joined) << joined.error().to_log();
      }
      members_.push_back({person(p), *room});
    }
  }
}

Task<void> World::send_one(Member member, std::string text, bool forbidden_text) {
  json::Object content{{"msgtype", "m.text"}, {"body", text}};
  auto permit = co_await admit(member.user, gate::Operation::RoomSend, member.room, &content);
  if (!permit) co_return;
  EXPECT_FALSE(forbidden_text) << "the gate let a forbidden number pass";
  rooms::SendEvent request{.room = member.room,
                           .type = "m.room.message",
                           .content = std::move(content),
                           .transaction = rooms::Transaction{.scope = "send", .id = TransactionId(text)}};
  auto sent = co_await process_->rooms.send(*std::move(permit), std::move(request));
  // Acknowledged: from now on it must be there.
  if (sent) acknowledged_[sent->str()] = text;
}

void World::send() {
  if (scope_->running() >= kInFlightMax) return;
  const bool is_forbidden = random_.below(20) == 0;
  std::string text = "message " + std::to_string(sent_++);
  if (is_forbidden) {
    text += " A123456(3)";
    refused_.insert(text);
  }
  scope_->spawn_on(executor_,
                   send_one(members_[random_.below(members_.size())], std::move(text), is_forbidden));
}

void World::step() {
  const std::uint64_t choice = random_.below(100);
  if (choice < 60) {
    send();
  } else if (choice < 80) {
    store_.commit_pending(1 + random_.below(8));
  } else if (choice < 84) {
    store_.fail_next_commit(unavailable("The disk is full.", "simulated"));
    ++failures_;
  } else if (choice < 86) {
    crash();
  } else if (choice < 90) {
    clock_.set_wall(clock_.now() - Milliseconds(random_.below(5'000)));
  } else {
    clock_.advance(Milliseconds(random_.below(2'000)));
  }
  if (random_.below(3) == 0) executor_.run_until_idle();
}

void World::crash() {
  ++crashes_;
  store_.drop_pending();
  // What was under way hears that it is over; none of it may count as acknowledged from here on.
  const auto known = acknowledged_;
  while (scope_->running() != 0) {
    executor_.run_until_idle();
    store_.drop_pending();
  }
  acknowledged_ = known;
  scope_.reset();
  process_.reset();
  start_process();
}

void World::settle() {
  while (scope_->running() != 0) {
    executor_.run_until_idle();
    store_.commit_pending();
  }
}

void World::check() {
  settle();
  for (const RoomId& room : rooms_) check_room(room);
  check_record();
}

void World::check_room(const RoomId& room) {
  rooms::TimelineQuery query{.room = room,
                             .after = {0},
                             .up_to = store_.last_position(),
                             .direction = Direction::Forward,
                             .limit = 1'000'000,
                             .filter = std::nullopt};
  auto timeline = finish(process_->rooms.unchecked_timeline(std::move(query)));
  ASSERT_TRUE(timeline) << timeline.error().to_log();
  std::set<EventId> known;
  std::set<std::string> texts;
  for (const rooms::RoomEventPtr& entry : timeline->events) {
    // The graph is closed: what an event builds on was committed before it.
    for (const EventId& previous : entry->event->prev_events()) EXPECT_TRUE(known.contains(previous));
    known.insert(entry->event->id());
    const std::string body(json::string_or(entry->event->content(), "body", ""));
    if (body.empty()) continue;
    EXPECT_FALSE(refused_.contains(body)) << body;
    EXPECT_TRUE(texts.insert(body).second) << body << " is there twice";
    acknowledged_.erase(entry->event->id().str());
  }
}

void World::check_record() {
  EXPECT_TRUE(acknowledged_.empty()) << acknowledged_.size() << " acknowledged events are gone";
  auto flushed = finish(process_->log->flush());
  // A failure that was still to come has come now; the next attempt succeeds.
  if (!flushed) flushed = finish(process_->log->flush());
  ASSERT_TRUE(flushed) << flushed.error().to_log();
  audit::StoreVerification options{
      .key = process_->log->public_key(), .checkpoints = {flushed->note}, .organisation = {}, .progress = {}};
  options.organisation = process_->keys->organisation_key();
  const auto report = audit::verify_store(store_, std::move(options));
  ASSERT_TRUE(report) << report.error().to_log();
  for (const auto& finding : report->findings.list()) ADD_FAILURE() << finding.text;
}

}  // namespace kuramori::simulator
