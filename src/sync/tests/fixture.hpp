// Syncs over the real rooms and a store in memory.
#pragma once
#include "identity/tables.hpp"
#include "rooms/tests/fixture.hpp"
#include "sync/engine.hpp"
#include "sync/filters.hpp"
#include "sync/read_markers.hpp"
#include "sync/tables.hpp"
#include "sync/tags.hpp"

namespace kuramori::sync::testing {

using rooms::testing::text_message;
using rooms::testing::user;

// The services of one process.
struct Services {
  explicit Services(rooms::testing::Server& server, const Clock& clock, Random& random,
                    Hub::Options options = {})
      : sessions(server.store, server.gate, *server.keys, clock, random, {}),
        account_data(server.store, server.gate, *server.keys, clock, random),
        push_rules(account_data),
        receipts(server.store, server.gate, server.rooms, clock),
        typing(server.gate, clock),
        presence(server.store, server.gate, *server.keys, clock, random, PresenceMode::On),
        filters(server.store, server.gate, *server.keys, random),
        hub(server.rooms, server.store.last_position(), server.metrics, options),
        engine({.hub = hub,
                .rooms = server.rooms,
                .sessions = sessions,
                .account_data = account_data,
                .receipts = receipts,
                .typing = typing,
                .presence = presence,
                .push_rules = push_rules,
                .clock = clock}) {
    server.store.add_listener(sessions.listener());
    server.store.add_listener(push_rules);
    server.store.add_listener(receipts);
    server.store.add_listener(hub);
  }

  identity::Sessions sessions;
  AccountData account_data;
  PushRules push_rules;
  Receipts receipts;
  Typing typing;
  Presence presence;
  Filters filters;
  Hub hub;
  Engine engine;
};

// One device and how far it has synced.
struct Client {
  identity::SessionPtr session;
  std::shared_ptr<const matrix::Filter> filter = std::make_shared<const matrix::Filter>();
  std::optional<StreamPosition> since;
  bool full_state = false;
  bool use_state_after = false;
  PresenceState set_presence = PresenceState::Offline;  // leaves no trace
  std::stop_source connection;
};

inline json::Object parse(std::string_view text) {
  auto parsed = json::parse_object(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *std::move(parsed) : json::Object();
}

// The value at a path of keys; null when there is none.
inline const json::Value* at(const json::Object& object, std::initializer_list<std::string_view> keys) {
  const json::Object* inner = &object;
  const json::Value* value = nullptr;
  for (const std::string_view key : keys) {
    if (inner == nullptr) return nullptr;
    value = json::find(*inner, key);
    if (value == nullptr) return nullptr;
    inner = value->if_object();
  }
  return value;
}

// A room's part of a response.
inline const json::Object* room_in(const json::Object& response, std::string_view section,
                                   const RoomId& room) {
  const json::Value* found = at(response, {"rooms", section, room.view()});
  return found == nullptr ? nullptr : found->if_object();
}

// The events of a room's section ("timeline", "state", "ephemeral", …).
inline std::vector<json::Object> events_in(const json::Object* room, std::string_view section) {
  std::vector<json::Object> events;
  if (room == nullptr) return events;
  const json::Value* list = at(*room, {section, "events"});
  if (list == nullptr || !list->is_array()) return events;
  for (const json::Value& event : list->get_array()) events.push_back(event.as_object());
  return events;
}

inline std::string text_of(const json::Object& object, std::initializer_list<std::string_view> keys) {
  const json::Value* value = at(object, keys);
  return value != nullptr && value->is_string() ? std::string(json::view(value->get_string())) : "";
}

inline std::int64_t number_of(const json::Object* object, std::initializer_list<std::string_view> keys) {
  if (object == nullptr) return -1;
  const json::Value* value = at(*object, keys);
  return value != nullptr && value->is_int64() ? value->get_int64() : -1;
}

// What a message says, and what kind the other events are: "hello", "m.room.topic", "m.room.member:@bob:…".
inline std::vector<std::string> brief(const std::vector<json::Object>& events) {
  std::vector<std::string> list;
  for (const json::Object& event : events) {
    const std::string body = text_of(event, {"content", "body"});
    std::string type = text_of(event, {"type"});
    if (type == "m.room.member") type += ":" + text_of(event, {"state_key"});
    list.push_back(body.empty() ? type : body);
  }
  return list;
}

class SyncTest : public rooms::testing::RoomsTest {
 protected:
  SyncTest() { serve(); }

  // The process dies and comes back over the same store.
  void restart(Hub::Options options = {}) {
    services.reset();
    start();
    serve(options);
  }

  void serve(Hub::Options options = {}) {
    add_tables();
    services = std::make_unique<Services>(*server, clock, random, options);
  }

  Client client(const UserId& who, std::string device = "DEVICE") {
    auto session = std::make_shared<identity::Session>();
    session->id = SessionId("session-" + who.str() + "-" + device);
    session->user = who;
    session->device = DeviceId(device);
    Client made;
    made.session = session;
    return made;
  }
  Client client_with(const UserId& who, std::string_view filter) {
    Client made = client(who);
    made.filter = filter_of(filter);
    return made;
  }
  static std::shared_ptr<const matrix::Filter> filter_of(std::string_view text) {
    auto filter = matrix::parse_filter(parse(text));
    EXPECT_TRUE(filter) << text;
    return std::make_shared<const matrix::Filter>(*std::move(filter));
  }

  SyncRequest request_of(const Client& client, Milliseconds timeout) {
    return {.session = client.session,
            .since = client.since,
            .to_device_since = std::nullopt,
            .filter = client.filter,
            .full_state = client.full_state,
            .use_state_after = client.use_state_after,
            .timeout = timeout,
            .set_presence = client.set_presence,
            .disconnected = client.connection.get_token()};
  }
  Result<SyncAnswer> try_sync(Client& client) {
    return run(services->engine.sync(permit(client.session->user, gate::Operation::Sync),
                                     request_of(client, Milliseconds(0))));
  }
  // Answers at once; the client goes on from there.
  json::Object sync(Client& client) {
    auto answer = try_sync(client);
    EXPECT_TRUE(answer) << answer.error().to_log();
    if (!answer) return {};
    client.since = answer->to;
    return parse(answer->body);
  }

  // A request that waits.
  struct Parked {
    std::optional<Result<SyncAnswer>> answer;
    bool is_done() const { return answer.has_value(); }
    json::Object body() const { return answer && *answer ? parse((*answer)->body) : json::Object(); }
  };
  std::shared_ptr<Parked> park(Client& client, Milliseconds timeout = Milliseconds(30'000)) {
    auto parked = std::make_shared<Parked>();
    scope.spawn_on(executor, wait_for(permit(client.session->user, gate::Operation::Sync),
                                      request_of(client, timeout), parked));
    executor.run_until_idle();
    return parked;
  }
  runtime::Task<void> wait_for(gate::Permit permit, SyncRequest request, std::shared_ptr<Parked> parked) {
    auto answer = co_await services->engine.sync(permit, std::move(request));
    parked->answer = std::move(answer);
  }
  void advance(Milliseconds by) {
    clock.advance(by);
    executor.run_until_idle();
  }

  Result<void> receipt(const UserId& who, const RoomId& room, const EventId& event,
                       std::string type = "m.read", std::string thread = "") {
    return run(services->receipts.set(permit(who, gate::Operation::RoomReceipt), who, room, std::move(type),
                                      event, std::move(thread)));
  }
  void set_account_data(const UserId& who, const RoomId& room, std::string type, json::Object content) {
    auto set = run(services->account_data.set(permit(who, gate::Operation::AccountDataSet), who, room,
                                              std::move(type), std::move(content)));
    ASSERT_TRUE(set) << set.error().to_log();
  }
  void type(const UserId& who, const RoomId& room, Milliseconds timeout) {
    auto set = run(services->typing.set(permit(who, gate::Operation::RoomTyping), who, room, timeout));
    ASSERT_TRUE(set) << set.error().to_log();
  }
  Result<EventId> send_content(const UserId& who, const RoomId& room, json::Object content,
                               std::string type = "m.room.message") {
    rooms::SendEvent request{
        .room = room, .type = std::move(type), .content = std::move(content), .transaction = {}};
    return run(rooms().send(permit(who, gate::Operation::RoomSend), std::move(request)));
  }
  // Two rooms of one creator in one millisecond would be one room (version 12 names a room by its creation).
  RoomId make_room(const UserId& who, rooms::CreateRoom request = {}) {
    clock.advance(Milliseconds(1));
    return RoomsTest::make_room(who, std::move(request));
  }
  RoomId public_room(const UserId& who) {
    rooms::CreateRoom request;
    request.preset = rooms::Preset::PublicChat;
    return make_room(who, std::move(request));
  }

  std::unique_ptr<Services> services;
  runtime::TaskScope scope;

  void TearDown() override {
    services->hub.drain();
    executor.run_until_idle();
    scope.request_stop();
    executor.run(scope.join());
  }

 private:
  void add_tables() {
    if (has_tables_) return;
    has_tables_ = true;
    // The rooms' fixture made the first migration.
    storage::Migration first{.number = 1, .name = "initial", .changes = {}};
    storage::Migration second{.number = 2, .name = "sync", .changes = {}};
    for (const storage::Table* table : sync::tables())
      second.changes.emplace_back(storage::CreateTable{table});
    const std::array<storage::Migration, 2> migrations{std::move(first), std::move(second)};
    const auto migrated = store.migrate(migrations);
    ensure(migrated.has_value(), "the tables of sync can be made");
  }
  bool has_tables_ = false;
};

}  // namespace kuramori::sync::testing
