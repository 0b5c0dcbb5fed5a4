#include "appservices/delivery.hpp"

#include <gtest/gtest.h>

#include <set>

#include "appservices/tables.hpp"
#include "rooms/tests/fixture.hpp"

namespace kuramori::appservices {
namespace {

// A service that answers as the test says.
class Service final : public HttpSender {
 public:
  struct Received {
    std::string url;
    std::string authorization;
    std::string body;
  };
  runtime::Task<Result<net::IncomingResponse>> send(net::OutgoingRequest request, std::stop_token) override {
    received.push_back(
        {request.url, request.headers.empty() ? "" : request.headers.front().second, request.body});
    if (!is_up) co_return unavailable("The service cannot be reached.", "test");
    net::IncomingResponse response;
    response.status = status;
    response.body = "{}";
    co_return response;
  }
  // Texts of messages that were taken, each transaction id counting once.
  std::vector<std::string> taken() const {
    std::vector<std::string> texts;
    std::set<std::string> seen;
    for (const Received& request : received) {
      if (!seen.insert(request.url).second) continue;
      const auto body = json::parse_object(request.body, {});
      for (const json::Value& event : body->at("events").as_array()) {
        const json::Object& content = event.as_object().at("content").as_object();
        if (const json::Value* text = json::find(content, "body")) texts.emplace_back(text->as_string());
      }
    }
    return texts;
  }
  std::vector<Received> received;
  bool is_up = true;
  int status = 200;
};

// Tells its listeners of a change before it moves its last position, as the store on a disk does.
class LateStore final : public storage::Store {
 public:
  explicit LateStore(storage::Store& inner) : inner_(inner) {}
  storage::CommitTicket submit(storage::UnitOfWork work) override { return inner_.submit(std::move(work)); }
  std::uint64_t epoch() const override { return inner_.epoch(); }
  StreamPosition last_position() const override { return held.value_or(inner_.last_position()); }
  void add_listener(storage::StreamListener& listener) override { inner_.add_listener(listener); }
  void set_record_listener(storage::RecordListener& listener) override {
    inner_.set_record_listener(listener);
  }
  Result<std::vector<std::string>> check_integrity(const std::function<void(double)>& progress) override {
    return inner_.check_integrity(progress);
  }
  Result<void> migrate(std::span<const storage::Migration> migrations) override {
    return inner_.migrate(migrations);
  }

  std::optional<StreamPosition> held;  // nothing: as far as the store is

 protected:
  void submit_read(ReadJob job) override { with_snapshot(std::move(job)); }
  void with_snapshot(ReadJob job) override {
    auto query = [&job](storage::Snapshot& snapshot) -> Result<void> {
      job(&snapshot);
      return {};
    };
    ensure(inner_.read_blocking(std::move(query)).has_value(), "the store in memory can be read");
  }

 private:
  storage::Store& inner_;
};

Registration irc() {
  Registration service;
  service.id = "irc";
  service.url = "http://127.0.0.1:9000";
  service.as_token = "as-token-0123456789abcdef";
  service.hs_token = "hs-token-0123456789abcdef";
  service.sender = UserId("@_irc_bot:example.org");
  service.users.push_back({.exclusive = Namespace::Exclusive::Yes, .pattern = *Pattern::compile("@_irc_.*")});
  service.rooms.push_back({.exclusive = Namespace::Exclusive::No, .pattern = *Pattern::compile("!never.*")});
  service.receive_ephemeral = true;
  return service;
}

class Delivering : public rooms::testing::RoomsTest {
 protected:
  Delivering() {
    const storage::Migration first{.number = 1, .name = "initial", .changes = {}};
    storage::Migration second{.number = 2, .name = "services", .changes = {}};
    for (const storage::Table* table : tables()) second.changes.emplace_back(storage::CreateTable{table});
    const std::array migrations{first, second};
    ensure(store.migrate(migrations).has_value(), "the tables can be made");
    start_delivery();
  }
  ~Delivering() override { stop_delivery(); }

  void start_delivery(Delivery::Options options = {}) {
    scope = std::make_unique<runtime::TaskScope>();
    delivery = std::make_unique<Delivery>(
        services,
        Delivery::Ports{.store = late,
                        .gate = server->gate,
                        .rooms = rooms(),
                        .http = http,
                        .clock = clock,
                        .random = random,
                        .metrics = server->metrics,
                        .log = Logger::silent(),
                        .delivered =
                            [this](const gate::Subject& to, StreamPosition from, StreamPosition up_to) {
                              noted.emplace_back(to.user.str(), up_to.value - from.value);
                            },
                        .presence = [](const UserId& who) -> std::optional<std::string> {
                          return "{\"type\":\"m.presence\",\"sender\":\"" + who.str() + "\"}";
                        }},
        options);
    delivery->spawn(*scope, executor);
    executor.run_until_idle();
  }
  void stop_delivery() {
    if (scope) executor.run(scope->join());
    scope.reset();
  }
  // The listener of the store is for life here: what was committed is told by hand.
  void tell() {
    const storage::StreamListener::Change change{.position = store.last_position(),
                                                 .payload = std::make_shared<rooms::EventCommitted>()};
    delivery->committed(std::span(&change, 1));
    executor.run_until_idle();
  }

  void note(Notice notice) {
    delivery->note(std::span(&notice, 1));
    executor.run_until_idle();
  }
  StreamPosition now() { return store.last_position(); }
  Notice typing(const RoomId& room) {
    return {.position = now(), .what = TypingNotice{.room = room, .users = {alice}}};
  }
  Notice receipt(const RoomId& room, const UserId& who, std::string type) {
    return {
        .position = now(),
        .what = ReceiptNotice{.room = room, .user = who, .event = EventId("$e"), .type = std::move(type)}};
  }
  // `ephemeral` of the last transaction.
  std::string ephemeral() const {
    if (http.received.empty()) return "";
    const auto body = json::parse_object(http.received.back().body, {});
    const json::Array* list = json::array_at(*body, "ephemeral");
    return list == nullptr ? "" : json::serialize(json::Value(*list));
  }

  LateStore late{store};
  SeededRandom keys{5};
  std::vector<Registration> registered{irc()};
  Services services{registered, ServerName("example.org"), keys};
  Service http;
  std::vector<std::pair<std::string, std::int64_t>> noted;
  std::unique_ptr<Delivery> delivery;
  std::unique_ptr<runtime::TaskScope> scope;
  const UserId ghost = rooms::testing::user("_irc_aiko");
};

TEST_F(Delivering, OnlyWhatConcernsTheServiceArrives) {
  const RoomId bridged = make_room(alice, {.preset = rooms::Preset::PublicChat});
  const RoomId other = make_room(alice, {.preset = rooms::Preset::PublicChat});
  ASSERT_TRUE(send(alice, bridged, "before the ghost"));
  ASSERT_TRUE(join(ghost, bridged));
  ASSERT_TRUE(send(alice, bridged, "with the ghost"));
  ASSERT_TRUE(send(alice, other, "elsewhere"));
  tell();
  EXPECT_EQ(http.taken(), (std::vector<std::string>{"with the ghost"}));
  ASSERT_FALSE(http.received.empty());
  EXPECT_TRUE(http.received[0].url.starts_with("http://127.0.0.1:9000/_matrix/app/v1/transactions/"));
  EXPECT_EQ(http.received[0].authorization, "Bearer hs-token-0123456789abcdef");
  EXPECT_NE(http.received[0].body.find(R"("type":"m.room.member")"), std::string::npos);
  EXPECT_NE(http.received[0].body.find(bridged.str()), std::string::npos);
  ASSERT_EQ(noted.size(), 1U);
  EXPECT_EQ(noted[0].first, "@_irc_bot:example.org");

  ASSERT_TRUE(leave(ghost, bridged));
  ASSERT_TRUE(send(alice, bridged, "after the ghost"));
  tell();
  EXPECT_EQ(http.taken(), (std::vector<std::string>{"with the ghost"}));
}

TEST_F(Delivering, TheSameTransactionIsRepeatedUntilTheServiceTakesIt) {
  const RoomId room = make_room(alice, {.preset = rooms::Preset::PublicChat});
  ASSERT_TRUE(join(ghost, room));
  tell();
  http.received.clear();
  http.is_up = false;
  ASSERT_TRUE(send(alice, room, "one"));
  tell();
  ASSERT_EQ(http.received.size(), 1U);
  ASSERT_TRUE(send(alice, room, "two"));
  tell();
  EXPECT_EQ(http.received.size(), 1U);  // more of it does not hurry
  clock.advance(Milliseconds(1'500));
  executor.run_until_idle();
  EXPECT_EQ(http.received.size(), 2U);
  clock.advance(Milliseconds(1'500));
  executor.run_until_idle();
  EXPECT_EQ(http.received.size(), 2U);  // waits longer after each failure
  http.is_up = true;
  http.status = 500;
  clock.advance(Milliseconds(1'500));
  executor.run_until_idle();
  ASSERT_EQ(http.received.size(), 3U);
  EXPECT_EQ(delivery->status()[0].failures, 3U);
  http.status = 200;
  clock.advance(Milliseconds(6'000));
  executor.run_until_idle();
  ASSERT_EQ(http.received.size(), 5U);
  for (std::size_t i = 1; i < 4; ++i) {
    EXPECT_EQ(http.received[i].url, http.received[0].url);
    EXPECT_EQ(http.received[i].body, http.received[0].body);
  }
  EXPECT_NE(http.received[4].url, http.received[0].url);
  EXPECT_EQ(http.taken(), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(delivery->status()[0].failures, 0U);
}

TEST_F(Delivering, ATransactionOutlivesTheProcess) {
  const RoomId room = make_room(alice, {.preset = rooms::Preset::PublicChat});
  ASSERT_TRUE(join(ghost, room));
  tell();
  http.received.clear();
  http.is_up = false;
  ASSERT_TRUE(send(alice, room, "one"));
  tell();
  ASSERT_EQ(http.received.size(), 1U);
  stop_delivery();
  ASSERT_TRUE(send(alice, room, "two"));
  http.is_up = true;
  start_delivery();
  ASSERT_EQ(http.received.size(), 3U);
  EXPECT_EQ(http.received[1].url, http.received[0].url);
  EXPECT_EQ(http.received[1].body, http.received[0].body);
  EXPECT_EQ(http.taken(), (std::vector<std::string>{"one", "two"}));
  stop_delivery();
  start_delivery();
  EXPECT_EQ(http.received.size(), 3U);  // nothing again
}

TEST_F(Delivering, TransactionsAreBounded) {
  const RoomId room = make_room(alice, {.preset = rooms::Preset::PublicChat});
  ASSERT_TRUE(join(ghost, room));
  tell();
  stop_delivery();
  http.received.clear();
  std::vector<std::string> expected;
  for (int i = 0; i < 10; ++i) {
    expected.push_back("message " + std::to_string(i));
    ASSERT_TRUE(send(alice, room, expected.back()));
  }
  start_delivery({.events_max = 3});
  EXPECT_EQ(http.received.size(), 4U);
  EXPECT_EQ(http.taken(), expected);

  stop_delivery();
  http.received.clear();
  for (const std::string& text : expected) ASSERT_TRUE(send(alice, room, text));
  start_delivery({.bytes_max = 1'000});
  EXPECT_GT(http.received.size(), 3U);
  for (const Service::Received& request : http.received) EXPECT_LT(request.body.size(), 1'100U);
  EXPECT_EQ(http.taken(), expected);
}

// Who was woken by the listener must not wait for the store's last position, which moves after it.
TEST_F(Delivering, WhatTheStoreToldOfGoesOutAtOnce) {
  const RoomId room = make_room(alice, {.preset = rooms::Preset::PublicChat});
  ASSERT_TRUE(join(ghost, room));
  tell();
  http.received.clear();
  late.held = store.last_position();
  ASSERT_TRUE(send(alice, room, "told of"));
  tell();
  EXPECT_EQ(http.taken(), (std::vector<std::string>{"told of"}));
  late.held.reset();
  clock.advance(Milliseconds(7'200'000));
  executor.run_until_idle();
  EXPECT_EQ(http.received.size(), 1U);
}

TEST_F(Delivering, WhatIsRedactedMeanwhileGoesOutRedacted) {
  const RoomId room = make_room(alice, {.preset = rooms::Preset::PublicChat});
  ASSERT_TRUE(join(ghost, room));
  tell();
  http.received.clear();
  http.is_up = false;
  const auto secret = send(alice, room, "a password by mistake");
  ASSERT_TRUE(secret);
  ASSERT_TRUE(send(alice, room, "harmless"));
  tell();
  ASSERT_EQ(http.received.size(), 1U);
  EXPECT_NE(http.received[0].body.find("a password by mistake"), std::string::npos);
  ASSERT_TRUE(redact(alice, room, *secret));
  ASSERT_FALSE(stream.events.empty());
  const storage::StreamListener::Change change{.position = store.last_position(),
                                               .payload = stream.events.back()};
  delivery->committed(std::span(&change, 1));
  clock.advance(Milliseconds(1'500));
  executor.run_until_idle();
  ASSERT_EQ(http.received.size(), 2U);
  EXPECT_EQ(http.received[1].url, http.received[0].url);
  EXPECT_EQ(http.received[1].body.find("a password by mistake"), std::string::npos);
  EXPECT_NE(http.received[1].body.find(secret->str()), std::string::npos);  // the same events
  EXPECT_NE(http.received[1].body.find("harmless"), std::string::npos);
  stop_delivery();
  http.is_up = true;
  start_delivery();
  ASSERT_EQ(http.received.size(), 4U);
  EXPECT_EQ(http.received[2].url, http.received[0].url);
  EXPECT_EQ(http.received[2].body, http.received[1].body);
  EXPECT_NE(http.received[3].body.find("m.room.redaction"), std::string::npos);
}

TEST_F(Delivering, WhatIsNotKeptIsToldWhereItConcernsTheService) {
  const RoomId bridged = make_room(alice, {.preset = rooms::Preset::PublicChat});
  const RoomId other = make_room(alice, {.preset = rooms::Preset::PublicChat});
  const RoomId carols = make_room(carol, {.preset = rooms::Preset::PublicChat});
  ASSERT_TRUE(join(ghost, bridged));
  tell();
  http.received.clear();
  note(typing(other));
  note(receipt(other, alice, "m.read"));
  note(receipt(bridged, alice, "m.read.private"));
  note({.position = now(), .what = PresenceNotice{.user = carol}});
  EXPECT_TRUE(http.received.empty());
  note(typing(bridged));
  ASSERT_EQ(http.received.size(), 1U);
  EXPECT_EQ(ephemeral(), "[" + render_notices({typing(bridged)}, {}) + "]");
  EXPECT_NE(http.received[0].body.find(R"({"events":[],)"), std::string::npos);
  note(receipt(bridged, alice, "m.read"));
  EXPECT_NE(ephemeral().find(R"("m.read":{"@alice:example.org")"), std::string::npos);
  note(receipt(bridged, ghost, "m.read.private"));
  EXPECT_NE(ephemeral().find(R"("m.read.private":{"@_irc_aiko:example.org")"), std::string::npos);
  note({.position = now(), .what = PresenceNotice{.user = alice}});
  EXPECT_EQ(ephemeral(), R"([{"type":"m.presence","sender":"@alice:example.org"}])");
  EXPECT_EQ(http.received.size(), 4U);
  // Once: neither later nor after a restart.
  ASSERT_TRUE(send(alice, bridged, "and a message"));
  tell();
  EXPECT_EQ(http.received.size(), 5U);
  EXPECT_EQ(ephemeral(), "");
  stop_delivery();
  start_delivery();
  EXPECT_EQ(http.received.size(), 5U);
}

TEST_F(Delivering, WhatIsNotKeptIsRepeatedWithItsTransactionAlone) {
  const RoomId room = make_room(alice, {.preset = rooms::Preset::PublicChat});
  ASSERT_TRUE(join(ghost, room));
  tell();
  http.received.clear();
  http.is_up = false;
  note(typing(room));
  ASSERT_EQ(http.received.size(), 1U);
  ASSERT_TRUE(send(alice, room, "later"));
  tell();
  http.is_up = true;
  clock.advance(Milliseconds(1'500));
  executor.run_until_idle();
  ASSERT_EQ(http.received.size(), 3U);
  EXPECT_EQ(http.received[1].url, http.received[0].url);
  EXPECT_EQ(http.received[1].body, http.received[0].body);
  EXPECT_EQ(http.taken(), (std::vector<std::string>{"later"}));
  EXPECT_EQ(ephemeral(), "");
}

TEST_F(Delivering, AServiceThatDidNotAskIsToldNothingThatIsNotKept) {
  stop_delivery();
  registered[0].receive_ephemeral = false;
  Services without{registered, ServerName("example.org"), keys};
  delivery = std::make_unique<Delivery>(without,
                                        Delivery::Ports{.store = late,
                                                        .gate = server->gate,
                                                        .rooms = rooms(),
                                                        .http = http,
                                                        .clock = clock,
                                                        .random = random,
                                                        .metrics = server->metrics,
                                                        .log = Logger::silent(),
                                                        .delivered = {}},
                                        Delivery::Options());
  EXPECT_FALSE(delivery->wants_notices());
  scope = std::make_unique<runtime::TaskScope>();
  delivery->spawn(*scope, executor);
  executor.run_until_idle();
  const RoomId room = make_room(alice, {.preset = rooms::Preset::PublicChat});
  ASSERT_TRUE(join(ghost, room));
  tell();
  http.received.clear();
  note(typing(room));
  EXPECT_TRUE(http.received.empty());
  stop_delivery();
  delivery.reset();
}

TEST_F(Delivering, AServiceThatKnowsTheOldPathAloneIsServedThere) {
  const RoomId room = make_room(alice, {.preset = rooms::Preset::PublicChat});
  http.status = 404;
  ASSERT_TRUE(join(ghost, room));
  tell();
  ASSERT_EQ(http.received.size(), 2U);
  EXPECT_TRUE(http.received[1].url.starts_with("http://127.0.0.1:9000/transactions/"));
}

}  // namespace
}  // namespace kuramori::appservices
