// Pushers and the list of notifications over HTTP.
#include "api/client/push_routes.hpp"

#include "people/tables.hpp"
#include "push/tables.hpp"
#include "sync_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

constexpr const char* kPushers = "/_matrix/client/v3/pushers";
constexpr const char* kSet = "/_matrix/client/v3/pushers/set";
constexpr const char* kNotifications = "/_matrix/client/v3/notifications";

class NoGateway final : public push::GatewaySender {
 public:
  runtime::Task<Result<net::IncomingResponse>> send(net::OutgoingRequest, net::Reach,
                                                    std::stop_token) override {
    co_return unavailable("Nothing is sent here.", "test");
  }
};

class PushOutbox final : public people::MailSender, public push::Post {
 public:
  runtime::Task<Result<void>> send(people::Mail mail) override {
    mails.push_back(std::move(mail));
    co_return Result<void>();
  }
  runtime::Task<Result<void>> send(push::Letter) override { co_return Result<void>(); }
  std::vector<people::Mail> mails;
};

class ReadersOfTest final : public push::Readers {
 public:
  ReadersOfTest(sync::PushRules& rules, sync::Receipts& receipts) : rules_(rules), receipts_(receipts) {}
  runtime::Task<Result<std::shared_ptr<const matrix::PushRuleSet>>> rules_of(UserId user) override {
    return rules_.of(std::move(user));
  }
  runtime::Task<Result<push::Unread>> unread(const gate::Permit&, UserId) override {
    co_return push::Unread();
  }
  runtime::Task<Result<bool>> has_read(UserId user, RoomId room, StreamPosition event) override {
    return receipts_.covers(std::move(user), std::move(room), event);
  }

 private:
  sync::PushRules& rules_;
  sync::Receipts& receipts_;
};

class PushApi : public SyncApi {
 protected:
  PushApi() : SyncApi(with_push_tables()) {
    add_pusher_routes(server.router, server.pipeline, push_services);
    add_notification_routes(server.router, server.pipeline, push_services);
  }
  static HarnessOptions with_push_tables() {
    HarnessOptions made = options(nullptr, {});
    for (const storage::Table* table : push::tables()) made.tables.push_back(table);
    for (const storage::Table* table : people::tables()) made.tables.push_back(table);
    for (const storage::Table* table : push::device_tables()) {
      made.sessions.device_tables.push_back(table);
      made.sessions.account_tables.push_back(table);
    }
    return made;
  }

  static std::string pusher(std::string_view key = "key", std::string_view more = "") {
    return R"({"kind":"http","app_id":"org.example","app_display_name":"App","device_display_name":"Phone",)"
           R"("lang":"en","data":{"url":"https://push.example.org/_matrix/push/v1/notify","extra":1},"pushkey":")" +
           std::string(key) + "\"" + std::string(more) + "}";
  }
  Reply set(std::string_view token, std::string body) { return server.post(kSet, std::move(body), token); }
  std::vector<std::string> keys(std::string_view token) {
    const Reply reply = server.get(kPushers, token);
    EXPECT_EQ(reply.status, 200) << reply.response.body;
    std::vector<std::string> found;
    for (const json::Value& one : reply.body.at("pushers").as_array())
      found.emplace_back(json::string_or(one.as_object(), "pushkey", ""));
    std::ranges::sort(found);
    return found;
  }
  using Keys = std::vector<std::string>;

  std::string log_in(std::string_view name, std::string_view device) {
    const Reply reply =
        server.post("/_matrix/client/v3/login",
                    R"({"type":"m.login.password","identifier":{"type":"m.id.user","user":")" +
                        std::string(name) + R"("},"password":")" + std::string(Harness::kPassword) +
                        R"(","device_id":")" + std::string(device) + "\"}");
    EXPECT_EQ(reply.status, 200) << reply.response.body;
    return reply.text("access_token");
  }
  // Confirms with the password.
  Reply change_password(std::string_view token, std::string_view more) {
    const std::string path = "/_matrix/client/v3/account/password";
    const std::string rest = R"("new_password":"another fine password")" + std::string(more);
    const Reply challenge = server.post(path, "{" + rest + "}", token);
    return server.post(
        path,
        R"({"auth":{"type":"m.login.password","identifier":{"type":"m.id.user","user":"alice"},)"
        R"("password":")" +
            std::string(Harness::kPassword) + R"(","session":")" + challenge.text("session") + "\"}," + rest +
            "}",
        token);
  }

  // What a page lists: bodies of messages, or types; with a mark where it is read.
  std::vector<std::string> page(std::string_view query, std::string* next = nullptr) {
    const Reply reply = server.get(kNotifications + std::string(query), alice);
    EXPECT_EQ(reply.status, 200) << query << reply.response.body;
    std::vector<std::string> found;
    for (const json::Value& one : reply.body.at("notifications").as_array()) {
      const json::Object& notification = one.as_object();
      const json::Object& event = *json::object_at(notification, "event");
      found.emplace_back(json::string_or(*json::object_at(event, "content"), "body", ""));
      if (json::bool_or(notification, "read", false)) found.back() += " (read)";
    }
    if (next != nullptr) *next = reply.text("next_token");
    return found;
  }
  // All pages, one after the other.
  std::vector<std::string> pages(std::string_view query, std::size_t pages_max = 200) {
    std::vector<std::string> all;
    std::string next;
    for (std::size_t i = 0; i < pages_max; ++i) {
      const std::string from = next.empty() ? "" : "&from=" + next;
      const auto more = page(std::string(query) + from, &next);
      all.insert(all.end(), more.begin(), more.end());
      if (next.empty()) return all;
    }
    ADD_FAILURE() << "the pages do not end";
    return all;
  }
  std::string room_of_both() {
    std::string room = create(bob);
    EXPECT_EQ(join(alice, room).status, 200);
    return room;
  }
  std::string say(std::string_view room, std::string_view text) {
    const Reply reply = send(bob, room, text, "t" + std::to_string(++said));
    EXPECT_EQ(reply.status, 200) << reply.response.body;
    return reply.text("event_id");
  }
  void mention(std::string_view room, std::string_view text) {
    const Reply reply = server.put(path(room, "/send/m.room.message/m" + std::to_string(++said)),
                                   R"({"msgtype":"m.text","body":")" + std::string(text) +
                                       R"(","m.mentions":{"user_ids":["@alice:example.org"]}})",
                                   bob);
    EXPECT_EQ(reply.status, 200) << reply.response.body;
  }
  using Texts = std::vector<std::string>;

  int said = 0;
  NoGateway gateway;
  PushOutbox outbox;
  ReadersOfTest readers{push_rules, receipts};
  people::Contacts contacts{{server.store, server.gate, *server.keys, server.clock, server.random, &outbox},
                            {.base_url = "https://example.org", .organisation = "example.org"}};
  push::Service push_service{{.store = server.store,
                              .gate = server.gate,
                              .keys = *server.keys,
                              .sessions = server.sessions,
                              .rooms = service,
                              .choices = choices,
                              .readers = readers,
                              .http = gateway,
                              .post = &outbox,
                              .clock = server.clock,
                              .random = server.random,
                              .metrics = server.metrics,
                              .log = server.log},
                             {}};
  push::Notifications notifications{server.store, service, readers, server.clock};
  PushServices push_services{push_service, notifications, contacts};
};

TEST_F(PushApi, APusherIsShownAsItWasSet) {
  EXPECT_EQ(server.get(kPushers, alice).response.body, R"({"pushers":[]})");
  ASSERT_EQ(set(alice, pusher("key", R"(,"profile_tag":"tag")")).status, 200);
  const Reply reply = server.get(kPushers, alice);
  EXPECT_EQ(reply.response.body,
            R"({"pushers":[{"kind":"http","app_id":"org.example","pushkey":"key","app_display_name":"App",)"
            R"("device_display_name":"Phone","profile_tag":"tag","lang":"en",)"
            R"("data":{"url":"https://push.example.org/_matrix/push/v1/notify","extra":1}}]})");
  ASSERT_EQ(set(alice, R"({"kind":null,"app_id":"org.example","pushkey":"key"})").status, 200);
  EXPECT_EQ(keys(alice), Keys{});
}

TEST_F(PushApi, WhatIsWrongIsRefused) {
  struct Case {
    std::string body;
    int status;
    std::string_view errcode;
  };
  const Case cases[] = {
      {"{}", 400, "M_MISSING_PARAM"},
      {R"({"app_id":"a","pushkey":"k"})", 400, "M_MISSING_PARAM"},
      {R"({"kind":"pigeon","app_id":"a","pushkey":"k"})", 400, "M_INVALID_PARAM"},
      {R"({"kind":null,"app_id":"","pushkey":"k"})", 400, "M_INVALID_PARAM"},
      {R"({"kind":"http","app_id":"a","pushkey":"k","app_display_name":"a","device_display_name":"d",)"
       R"("lang":"en","data":{"url":"http://push.example.org/_matrix/push/v1/notify"}})",
       400, "M_INVALID_PARAM"},
      {R"({"kind":"email","app_id":"m.email","pushkey":"alice@example.org","app_display_name":"a",)"
       R"("device_display_name":"d","lang":"en","data":{}})",
       400, "M_INVALID_PARAM"},  // not an address that the account has confirmed
      {"[]", 400, "M_BAD_JSON"},
  };
  for (const Case& c : cases) {
    const Reply reply = set(alice, c.body);
    EXPECT_EQ(reply.status, c.status) << c.body << reply.response.body;
    EXPECT_EQ(reply.errcode(), c.errcode) << c.body;
  }
  EXPECT_EQ(server.get(kPushers).status, 401);
  EXPECT_EQ(server.post(kSet, pusher()).status, 401);
  EXPECT_EQ(keys(alice), Keys{});
}

TEST_F(PushApi, APushkeyBelongsToOneAccountUnlessItIsAppended) {
  ASSERT_EQ(set(alice, pusher()).status, 200);
  ASSERT_EQ(set(bob, pusher("key", R"(,"append":true)")).status, 200);
  EXPECT_EQ(keys(alice), Keys{"key"});
  EXPECT_EQ(keys(bob), Keys{"key"});
  ASSERT_EQ(set(bob, pusher()).status, 200);
  EXPECT_EQ(keys(alice), Keys{});
  EXPECT_EQ(keys(bob), Keys{"key"});
}

TEST_F(PushApi, AnAccountHasSoManyAndNoMore) {
  for (std::size_t i = 0; i < push::Pushers::kPerAccountMax; ++i)
    ASSERT_EQ(set(alice, pusher("key" + std::to_string(i))).status, 200);
  EXPECT_EQ(set(alice, pusher("one more")).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(set(alice, pusher("key0")).status, 200);
}

TEST_F(PushApi, PushersEndWithTheirDevice) {
  const std::string phone = log_in("alice", "PHONE");
  ASSERT_EQ(set(alice, pusher("here")).status, 200);
  ASSERT_EQ(set(phone, pusher("there")).status, 200);
  EXPECT_EQ(keys(alice), (Keys{"here", "there"}));
  ASSERT_EQ(server.post("/_matrix/client/v3/logout", "{}", phone).status, 200);
  EXPECT_EQ(keys(alice), Keys{"here"});
}

// Whether other devices end is the request's to say; pushers end with them.
TEST_F(PushApi, ANewPasswordEndsThePushersOfOtherDevices) {
  const std::string phone = log_in("alice", "PHONE");
  ASSERT_EQ(set(alice, pusher("here")).status, 200);
  ASSERT_EQ(set(phone, pusher("there")).status, 200);
  ASSERT_EQ(change_password(alice, "").status, 200);
  EXPECT_EQ(keys(alice), Keys{"here"});
}

TEST_F(PushApi, ANewPasswordThatKeepsOtherDevicesKeepsTheirPushers) {
  const std::string phone = log_in("alice", "PHONE");
  ASSERT_EQ(set(alice, pusher("here")).status, 200);
  ASSERT_EQ(set(phone, pusher("there")).status, 200);
  ASSERT_EQ(change_password(alice, R"(,"logout_devices":false)").status, 200);
  EXPECT_EQ(keys(alice), (Keys{"here", "there"}));
  EXPECT_EQ(keys(phone), (Keys{"here", "there"}));
}

TEST_F(PushApi, NotificationsComeNewestFirstOverAllRooms) {
  const std::string one = room_of_both();
  const std::string two = room_of_both();
  say(one, "1");
  say(two, "2");
  say(one, "3");
  ASSERT_EQ(send(alice, one, "her own", "a1").status, 200);
  say(two, "4");
  EXPECT_EQ(page(""), (Texts{"4", "3", "2", "1"}));
  std::string next;
  EXPECT_EQ(page("?limit=3", &next), (Texts{"4", "3", "2"}));
  EXPECT_EQ(page("?limit=3&from=" + next, &next), Texts{"1"});
  EXPECT_EQ(next, "");
  EXPECT_EQ(page("?limit=4", &next).size(), 4U);
  EXPECT_EQ(next, "");
  EXPECT_EQ(pages("?limit=1"), (Texts{"4", "3", "2", "1"}));
  for (const char* bad : {"?from=x", "?from=0", "?limit=0", "?limit=x"})
    EXPECT_EQ(server.get(kNotifications + std::string(bad), alice).errcode(), "M_INVALID_PARAM") << bad;
}

TEST_F(PushApi, OfManyRoomsNoneIsForgotten) {
  std::vector<std::string> rooms;
  for (int i = 0; i < 230; ++i) rooms.push_back(room_of_both());
  // The rooms of the oldest messages are busy with what does not notify, and so is one that nobody pages to.
  for (std::size_t i = 0; i < rooms.size(); ++i) say(rooms[i], "in " + std::to_string(i));
  for (std::size_t i = 0; i < 20; ++i) {
    ASSERT_EQ(server.put(path(rooms[i], "/send/org.example.quiet/q" + std::to_string(i)), "{}", bob).status,
              200);
  }
  Texts texts;
  for (std::size_t i = rooms.size(); i > 0; --i) texts.push_back("in " + std::to_string(i - 1));
  EXPECT_EQ(pages("?limit=50"), texts);
  EXPECT_EQ(pages("?limit=100&only=highlight"), Texts{});
}

TEST_F(PushApi, APageThatFindsLittleSaysWhereToGoOn) {
  const std::string room = room_of_both();
  const std::string other = room_of_both();
  say(other, "the oldest");
  mention(room, "for alice");
  for (int i = 0; i < 2'300; ++i) {
    ASSERT_EQ(server.put(path(room, "/send/org.example.quiet/q" + std::to_string(i)), "{}", bob).status, 200);
  }
  std::string next;
  EXPECT_EQ(page("?limit=5", &next), Texts{});
  ASSERT_NE(next, "");
  EXPECT_EQ(page("?limit=5&from=" + next, &next), (Texts{"for alice", "the oldest"}));
  EXPECT_EQ(next, "");
  EXPECT_EQ(pages("?only=highlight"), Texts{"for alice"});
}

TEST_F(PushApi, NobodyWasNotifiedWhileTheyWereAway) {
  const std::string room = create(bob);
  say(room, "before");
  ASSERT_EQ(join(alice, room).status, 200);
  say(room, "first stay");
  ASSERT_EQ(server.post(path(room, "/leave"), "{}", alice).status, 200);
  say(room, "away");
  ASSERT_EQ(join(alice, room).status, 200);
  say(room, "second stay");
  EXPECT_EQ(page(""), (Texts{"second stay", "first stay"}));
  EXPECT_EQ(pages("?limit=1"), (Texts{"second stay", "first stay"}));
}

TEST_F(PushApi, ReadIsWhatAReceiptCoversThreadByThread) {
  const std::string room = room_of_both();
  const std::string root = say(room, "root");
  const auto in_thread = [&](std::string_view text) {
    const Reply reply =
        server.put(path(room, "/send/m.room.message/th" + std::to_string(++said)),
                   R"({"msgtype":"m.text","body":")" + std::string(text) +
                       R"(","m.relates_to":{"rel_type":"m.thread","event_id":")" + root + "\"}}",
                   bob);
    EXPECT_EQ(reply.status, 200) << reply.response.body;
    return reply.text("event_id");
  };
  const std::string threaded = in_thread("threaded");
  const std::string main = say(room, "main");
  in_thread("threaded later");
  const auto read = [&](std::string_view event, std::string_view body) {
    ASSERT_EQ(
        server.post(path(room, "/receipt/m.read/" + text::percent_encode(event)), std::string(body), alice)
            .status,
        200);
  };
  EXPECT_EQ(page(""), (Texts{"threaded later", "main", "threaded", "root"}));
  read(threaded, R"({"thread_id":")" + root + "\"}");
  EXPECT_EQ(page(""), (Texts{"threaded later", "main", "threaded (read)", "root"}));
  read(main, R"({"thread_id":"main"})");
  EXPECT_EQ(page(""), (Texts{"threaded later", "main (read)", "threaded (read)", "root (read)"}));
  read(say(room, "last"), "{}");
  EXPECT_EQ(page(""),
            (Texts{"last (read)", "threaded later (read)", "main (read)", "threaded (read)", "root (read)"}));
}

}  // namespace
}  // namespace kuramori::api::client::testing
