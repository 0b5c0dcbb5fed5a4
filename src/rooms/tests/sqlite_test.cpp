// The same rooms over the store on SQLite: what the store in memory promises holds on disk.
#include "storage/sqlite/sqlite_store.hpp"

#include <filesystem>

#include "fixture.hpp"

namespace kuramori::rooms::testing {
namespace {

class OnDisk : public ::testing::Test {
 protected:
  OnDisk()
      : folder(std::filesystem::temp_directory_path() / ("kuramori-rooms-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder);
    start();
  }
  ~OnDisk() override {
    server.reset();
    store.reset();
    std::filesystem::remove_all(folder);
  }
  void start() {
    server.reset();
    store.reset();
    auto opened =
        storage::sqlite::SqliteStore::open({.path = folder / "rooms.db"}, clock, metrics, Logger::silent());
    ensure(opened.has_value(), "the store opens");
    store = *std::move(opened);
    migrate(*store);
    server = std::make_unique<Server>(*store, clock, random);
    store->add_listener(server->rooms);
  }
  gate::Permit permit(const UserId& who, gate::Operation operation) {
    gate::Subject subject;
    subject.user = who;
    subject.device = DeviceId("D");
    auto admission = executor.run(server->gate.admit({std::move(subject), operation, {}, nullptr}));
    return std::get<gate::Permit>(std::move(admission));
  }

  std::filesystem::path folder;
  ManualClock clock;
  SeededRandom random{5};
  MetricsRegistry metrics;
  runtime::ManualExecutor executor{clock};
  std::unique_ptr<storage::Store> store;
  std::unique_ptr<Server> server;
};

TEST_F(OnDisk, ARoomLivesThroughARestart) {
  const UserId alice = user("alice");
  const UserId bob = user("bob");
  const auto created = executor.run(server->rooms.create(permit(alice, gate::Operation::RoomCreate),
                                                         {.preset = Preset::PublicChat, .name = "R"}));
  ASSERT_TRUE(created) << created.error().to_log();
  const RoomId room = *created;
  ASSERT_TRUE(executor.run(
      server->rooms.join(permit(bob, gate::Operation::RoomJoin), {.room = room, .reason = std::nullopt})));
  std::vector<EventId> sent;
  for (int i = 0; i < 30; ++i) {
    SendEvent request{.room = room, .type = "m.room.message", .content = text_message(std::to_string(i))};
    request.transaction = Transaction{.scope = "send", .id = TransactionId(std::to_string(i))};
    auto event = executor.run(server->rooms.send(permit(bob, gate::Operation::RoomSend), std::move(request)));
    ASSERT_TRUE(event) << event.error().to_log();
    sent.push_back(*event);
  }
  const auto redaction = executor.run(server->rooms.redact(permit(bob, gate::Operation::RoomRedact),
                                                           {.room = room, .event = sent[3], .content = {}}));
  ASSERT_TRUE(redaction) << redaction.error().to_log();
  start();
  SendEvent again{.room = room, .type = "m.room.message", .content = text_message("7")};
  again.transaction = Transaction{.scope = "send", .id = TransactionId("7")};
  EXPECT_EQ(*executor.run(server->rooms.send(permit(bob, gate::Operation::RoomSend), again)), sent[7]);

  const auto reading = permit(alice, gate::Operation::RoomRead);
  std::vector<std::string> bodies;
  TimelineQuery query{.room = room, .up_to = server->rooms.last_position(), .limit = 4};
  for (;;) {
    const auto timeline = executor.run(server->rooms.timeline(reading, query));
    ASSERT_TRUE(timeline) << timeline.error().to_log();
    for (const auto& event : timeline->events) {
      if (event->event->type() == "m.room.message") bodies.push_back(body_of(event));
    }
    if (timeline->complete) break;
    query.up_to = timeline->reached;
  }
  ASSERT_EQ(bodies.size(), 30U);
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(bodies[static_cast<std::size_t>(29 - i)], i == 3 ? "" : std::to_string(i));
  }
  const auto state = *executor.run(server->rooms.current_state(room));
  EXPECT_EQ(state->joined_count(), 2U);
}

}  // namespace
}  // namespace kuramori::rooms::testing
