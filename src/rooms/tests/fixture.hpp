// Rooms over a store of the test's choice, with a gate that permits everything.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "audit/recorder.hpp"
#include "audit/tables.hpp"
#include "gate/gate.hpp"
#include "governance/compiled_policy.hpp"
#include "rooms/service.hpp"
#include "rooms/tables.hpp"
#include "runtime/manual_executor.hpp"
#include "storage/key_ring.hpp"
#include "storage/memory/memory_store.hpp"

namespace kuramori::rooms::testing {

class Profiles final : public ProfileSource {
 public:
  runtime::Task<Result<MemberProfile>> profile_of(UserId user) override { co_return known[user]; }
  std::map<UserId, MemberProfile> known;
};

// What the stream carried, in order.
class Stream final : public storage::StreamListener {
 public:
  void committed(std::span<const Change> changes) override {
    for (const Change& change : changes) {
      if (auto event = std::dynamic_pointer_cast<const EventCommitted>(change.payload)) {
        positions_agree = positions_agree && event->event->position == change.position;
        events.push_back(std::move(event));
      }
    }
  }
  std::vector<std::shared_ptr<const EventCommitted>> events;
  bool positions_agree = true;
};

// "ok", or the code of the error.
template <typename T>
std::string outcome(const Result<T>& result) {
  return result ? "ok" : std::string(result.error().reason());
}

inline void migrate(storage::Store& store) {
  storage::Migration migration{.number = 1, .name = "initial", .changes = {}};
  migration.changes.emplace_back(storage::CreateTable{&storage::kWrappedKeys});
  for (const storage::Table* table : audit::tables())
    migration.changes.emplace_back(storage::CreateTable{table});
  for (const storage::Table* table : rooms::tables())
    migration.changes.emplace_back(storage::CreateTable{table});
  ensure(store.migrate(std::span(&migration, 1)).has_value(), "the tables can be made");
}

// One process over `store`: made again over the same store, it is a restart.
class Server {
 public:
  Server(storage::Store& store_, const Clock& clock, Random& random, RoomOptions options = {})
      : store(store_),
        keys(*storage::KeyRing::open(store, root(), clock, random)),
        recorder(*keys, clock, random),
        gate({store, recorder, clock, random, metrics, Logger::silent()},
             governance::CompiledPolicy::permissive()),
        rooms({store, *keys, gate, profiles, signing_key, clock, random, metrics, Logger::silent(), nullptr,
               &policy_key},
              with_server(std::move(options))) {}

  static crypto::SecretKey root() { return crypto::SecretKey({7}); }
  static RoomOptions with_server(RoomOptions options) {
    options.server = ServerName("example.org");
    return options;
  }

  storage::Store& store;
  MetricsRegistry metrics;
  std::unique_ptr<storage::KeyRing> keys;
  audit::Recorder recorder;
  gate::Gate gate;
  Profiles profiles;
  crypto::SigningKey signing_key = crypto::SigningKey::from_seed({1, 2, 3}, "1");
  crypto::SigningKey policy_key = crypto::SigningKey::from_seed({9}, "policy_server");
  RoomService rooms;
};

inline UserId user(std::string_view localpart) {
  return UserId("@" + std::string(localpart) + ":example.org");
}
inline json::Object text_message(std::string_view body) {
  return {{"msgtype", "m.text"}, {"body", body}};
}
inline std::string body_of(const RoomEventPtr& event) {
  return std::string(json::string_or(event->event->content(), "body", ""));
}

class RoomsTest : public ::testing::Test {
 protected:
  RoomsTest() { start(); }

  // The process dies and comes back over the same store.
  void start(RoomOptions options = {}) {
    if (server) store.drop_pending();
    server.reset();
    if (!is_migrated) migrate(store);
    is_migrated = true;
    server = std::make_unique<Server>(store, clock, random, std::move(options));
    store.add_listener(server->rooms);
    store.add_listener(stream);
  }
  RoomService& rooms() { return server->rooms; }

  template <class T>
  T run(runtime::Task<T> task) {
    return executor.run(std::move(task));
  }
  static gate::Subject subject(const UserId& who, DeviceId device = DeviceId("DEVICE")) {
    gate::Subject made;
    made.user = who;
    made.device = std::move(device);
    return made;
  }
  gate::Permit permit(gate::Subject who, gate::Operation operation) {
    auto admission = run(server->gate.admit({std::move(who), operation, {}, nullptr}));
    ensure(std::holds_alternative<gate::Permit>(admission), "the permissive policy permits");
    return std::get<gate::Permit>(std::move(admission));
  }
  gate::Permit permit(const UserId& who, gate::Operation operation) {
    return permit(subject(who), operation);
  }

  Result<RoomId> create(const UserId& who, CreateRoom request = {}) {
    return run(rooms().create(permit(who, gate::Operation::RoomCreate), std::move(request)));
  }
  RoomId make_room(const UserId& who, CreateRoom request = {}) {
    auto created = create(who, std::move(request));
    EXPECT_TRUE(created) << created.error().to_log();
    return created ? *created : RoomId();
  }
  Result<EventId> send(const UserId& who, const RoomId& room, std::string_view body,
                       std::optional<std::string> transaction = std::nullopt) {
    SendEvent request{
        .room = room, .type = "m.room.message", .content = text_message(body), .transaction = {}};
    if (transaction) request.transaction = Transaction{.scope = "send", .id = TransactionId(*transaction)};
    return run(rooms().send(permit(who, gate::Operation::RoomSend), std::move(request)));
  }
  Result<EventId> set_state(const UserId& who, const RoomId& room, std::string type, json::Object content,
                            std::string state_key = "") {
    const auto operation = type == "m.room.member" ? operation_for_member(who, state_key, content)
                                                   : gate::Operation::RoomSetState;
    return run(rooms().set_state(permit(who, operation), {.room = room,
                                                          .type = std::move(type),
                                                          .state_key = std::move(state_key),
                                                          .content = std::move(content)}));
  }
  Result<EventId> redact(const UserId& who, const RoomId& room, const EventId& event) {
    return run(
        rooms().redact(permit(who, gate::Operation::RoomRedact),
                       {.room = room, .event = event, .content = {{"reason", "why"}}, .transaction = {}}));
  }
  Result<void> join(const UserId& who, const RoomId& room) {
    return run(rooms().join(permit(who, gate::Operation::RoomJoin), {.room = room, .reason = {}}));
  }
  Result<void> knock(const UserId& who, const RoomId& room) {
    return run(rooms().knock(permit(who, gate::Operation::RoomKnock), {.room = room, .reason = {}}));
  }
  Result<void> leave(const UserId& who, const RoomId& room) {
    return run(rooms().leave(permit(who, gate::Operation::RoomLeave), {.room = room, .reason = {}}));
  }
  Result<void> forget(const UserId& who, const RoomId& room) {
    return run(rooms().forget(permit(who, gate::Operation::RoomForget), room));
  }
  Result<void> invite(const UserId& who, const RoomId& room, const UserId& whom) {
    return run(
        rooms().invite(permit(who, gate::Operation::RoomInvite), {.room = room, .user = whom, .reason = {}}));
  }
  Result<void> kick(const UserId& who, const RoomId& room, const UserId& whom) {
    return run(
        rooms().kick(permit(who, gate::Operation::RoomKick), {.room = room, .user = whom, .reason = {}}));
  }
  Result<void> ban(const UserId& who, const RoomId& room, const UserId& whom) {
    return run(
        rooms().ban(permit(who, gate::Operation::RoomBan), {.room = room, .user = whom, .reason = {}}));
  }
  Result<void> unban(const UserId& who, const RoomId& room, const UserId& whom) {
    return run(
        rooms().unban(permit(who, gate::Operation::RoomUnban), {.room = room, .user = whom, .reason = {}}));
  }
  RoomStatePtr state(const RoomId& room) { return *run(rooms().current_state(room)); }
  json::Object content(const RoomId& room, std::string_view type, std::string_view key = "") {
    const auto event = state(room)->find(type, key);
    return event == nullptr ? json::Object{{"absent", true}} : event->content();
  }
  // Everything that `who` may see of the room, oldest first.
  Result<std::vector<RoomEventPtr>> history(const UserId& who, const RoomId& room, std::size_t page = 100) {
    const auto reading = permit(who, gate::Operation::RoomRead);
    std::vector<RoomEventPtr> events;
    TimelineQuery query{
        .room = room, .after = {}, .up_to = rooms().last_position(), .limit = page, .filter = {}};
    for (;;) {
      auto timeline = run(rooms().timeline(reading, query));
      if (!timeline) return timeline.error();
      events.insert(events.end(), timeline->events.begin(), timeline->events.end());
      if (timeline->complete) break;
      query.up_to = timeline->reached;
    }
    std::reverse(events.begin(), events.end());
    return events;
  }
  std::vector<std::string> bodies(const UserId& who, const RoomId& room, std::size_t page = 100) {
    std::vector<std::string> found;
    const auto events = history(who, room, page);
    if (!events) return {std::string(events.error().reason())};
    for (const RoomEventPtr& event : *events) {
      if (event->event->type() == "m.room.message") found.push_back(body_of(event));
    }
    return found;
  }

  ManualClock clock;
  SeededRandom random{20'260'102};
  runtime::ManualExecutor executor{clock};
  storage::memory::MemoryStore store;
  bool is_migrated = false;
  Stream stream;
  std::unique_ptr<Server> server;
  const UserId alice = user("alice");
  const UserId bob = user("bob");
  const UserId carol = user("carol");
};

}  // namespace kuramori::rooms::testing
