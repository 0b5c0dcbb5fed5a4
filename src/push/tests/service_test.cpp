// From an event to a gateway or a mailbox, with a gateway and counts that the test scripts.
#include "push/service.hpp"

#include <gtest/gtest.h>

#include "identity/accounts.hpp"
#include "identity/tables.hpp"
#include "push/tables.hpp"
#include "rooms/tests/fixture.hpp"

namespace kuramori::push {
namespace {

class Gateway final : public GatewaySender {
 public:
  runtime::Task<Result<net::IncomingResponse>> send(net::OutgoingRequest request, net::Reach reach,
                                                    std::stop_token) override {
    const auto body = json::parse_object(request.body);
    const json::Object& notification = *json::object_at(*body, "notification");
    events.emplace_back(json::string_or(notification, "event_id", "badge"));
    unread.push_back(json::integer_or(*json::object_at(notification, "counts"), "unread", 0));
    reaches.push_back(reach);
    if (status == 0) co_return unavailable("The gateway cannot be reached.", "test");
    net::IncomingResponse response;
    response.status = status;
    response.body = answer;
    co_return response;
  }
  std::vector<std::string> events;
  std::vector<std::int64_t> unread;
  std::vector<net::Reach> reaches;
  int status = 200;
  std::string answer = R"({"rejected":[]})";
};

class Mailbox final : public Post {
 public:
  runtime::Task<Result<void>> send(Letter letter) override {
    if (!works) co_return unavailable("The mail server does not answer.", "test");
    letters.push_back(std::move(letter));
    co_return Result<void>();
  }
  std::vector<Letter> letters;
  bool works = true;
};

class ScriptedReaders final : public Readers {
 public:
  runtime::Task<Result<std::shared_ptr<const matrix::PushRuleSet>>> rules_of(UserId user) override {
    co_return matrix::PushRuleSet::defaults(user);
  }
  runtime::Task<Result<Unread>> unread(const gate::Permit&, UserId) override {
    if (!counts) co_return not_found("The counts cannot be had.");
    co_return Unread{.notifications = count, .highlights = 0};
  }
  runtime::Task<Result<bool>> has_read(UserId, RoomId, StreamPosition event) override {
    co_return event <= read;
  }
  bool counts = true;
  std::int64_t count = 1;
  StreamPosition read;
};

class Nobody final : public rooms::PersonalChoices {
 public:
  runtime::Task<Result<rooms::IgnoredUsers>> ignored_by(UserId) override { co_return rooms::IgnoredUsers(); }
  runtime::Task<Result<Invitation>> invitation(UserId, UserId) override { co_return Invitation::Accepted; }
};

// Pushes; the listener of the store is for life, so it goes by this one.
class Forward final : public storage::StreamListener {
 public:
  void committed(std::span<const Change> changes) override {
    if (to != nullptr) to->committed(changes);
  }
  storage::StreamListener* to = nullptr;
};

class Pushing : public rooms::testing::RoomsTest {
 protected:
  static constexpr std::string_view kPassword = "correct horse battery staple";

  Pushing() {
    const storage::Migration first{.number = 1, .name = "initial", .changes = {}};
    storage::Migration second{.number = 2, .name = "push", .changes = {}};
    for (const storage::Table* table : identity::tables())
      second.changes.emplace_back(storage::CreateTable{table});
    for (const storage::Table* table : push::tables())
      second.changes.emplace_back(storage::CreateTable{table});
    const std::array migrations{first, second};
    ensure(store.migrate(migrations).has_value(), "the tables can be made");
    sessions = std::make_unique<identity::Sessions>(
        store, server->gate, *server->keys, clock, random,
        identity::Sessions::Options{.device_tables = device_tables(), .account_tables = device_tables()});
    accounts = std::make_unique<identity::Accounts>(
        identity::Accounts::Ports{.reader = store,
                                  .gate = server->gate,
                                  .sessions = *sessions,
                                  .keys = *server->keys,
                                  .hashing = hashing,
                                  .clock = clock,
                                  .random = random},
        identity::Accounts::Options{.server_name = ServerName("example.org"),
                                    .cost = {.memory_kib = 64, .passes = 1},
                                    .is_exclusive = {}});
    store.add_listener(sessions->listener());
    store.add_listener(forward);
    phone = log_in("alice");
    room = make_room(bob, {.preset = rooms::Preset::PublicChat});
    EXPECT_TRUE(join(alice, room));
    start_push();
  }
  ~Pushing() override { stop_push(); }

  gate::Subject log_in(std::string localpart) {
    gate::Subject subject;
    subject.user = rooms::testing::user(localpart);
    auto created = run(accounts->create(permit(gate::Subject::system(), gate::Operation::AdminUserAdd),
                                        {.localpart = localpart, .password = std::string(kPassword)}));
    ensure(created.has_value(), "the account is created");
    identity::LoginRequest login;
    login.user = subject.user;
    auto issued = run(sessions->log_in(permit(subject, gate::Operation::AccountLogin), std::move(login)));
    ensure(issued.has_value(), "the login succeeds");
    subject.device = issued->session->device;
    subject.session = issued->session->id;
    return subject;
  }
  void start_push() {
    service = std::make_unique<Service>(Service::Ports{.store = store,
                                                       .gate = server->gate,
                                                       .keys = *server->keys,
                                                       .sessions = *sessions,
                                                       .rooms = rooms(),
                                                       .choices = choices,
                                                       .readers = readers,
                                                       .http = gateway,
                                                       .post = &mailbox,
                                                       .clock = clock,
                                                       .random = random,
                                                       .metrics = server->metrics,
                                                       .log = Logger::silent()},
                                        DeliveryOptions{.gateways = {"gateway.internal:8080"}});
    forward.to = service.get();
    scope = std::make_unique<runtime::TaskScope>();
    scope->spawn_on(executor, service->run(scope->stop_token()));
    executor.run_until_idle();
  }
  void stop_push() {
    forward.to = nullptr;
    if (scope) run(scope->join());
    scope.reset();
    service.reset();
  }
  void set_pusher(std::string_view kind = "http", std::string_view url = "https://push.example.org") {
    PusherChange change{.app_id = "m.email", .pushkey = "key@example.org"};
    change.pusher = Pusher{.app_id = "m.email", .pushkey = "key@example.org", .lang = "en"};
    if (kind == "email") change.pusher->kind = Pusher::Kind::Email;
    change.pusher->data["url"] = std::string(url) + "/_matrix/push/v1/notify";
    auto done = run(service->pushers().set(permit(phone, gate::Operation::PusherSet), std::move(change)));
    ASSERT_TRUE(done) << done.error().to_log();
    executor.run_until_idle();
  }
  std::string say(std::string_view text) {
    const auto sent = send(bob, room, text);
    EXPECT_TRUE(sent);
    executor.run_until_idle();
    return sent ? sent->str() : "";
  }
  void wait(Milliseconds time) {
    clock.advance(time);
    executor.run_until_idle();
  }
  // What of the gateway's is about events, without badges.
  std::vector<std::string> pushed() const {
    std::vector<std::string> found;
    for (const std::string& event : gateway.events) {
      if (event != "badge") found.push_back(event);
    }
    return found;
  }
  // Entries of the record about that operation.
  std::int64_t recorded(std::string_view operation) {
    auto query = [operation](storage::Snapshot& snapshot) -> Result<std::int64_t> {
      std::int64_t found = 0;
      const storage::Scan entries{.table = &audit::kRecordEntries};
      KURAMORI_CHECK(snapshot.for_each(entries, [&](storage::Row&& row) {
        const auto& bytes = storage::blob(row[3]);
        const std::string text(bytes.begin(), bytes.end());
        if (text.contains(operation)) ++found;
        return true;
      }));
      return found;
    };
    return *store.read_blocking(std::move(query));
  }
  using Events = std::vector<std::string>;

  runtime::WorkerPool hashing{{.name = "hashing", .threads = 1}};
  std::unique_ptr<identity::Sessions> sessions;
  std::unique_ptr<identity::Accounts> accounts;
  Nobody choices;
  ScriptedReaders readers;
  Gateway gateway;
  Mailbox mailbox;
  Forward forward;
  gate::Subject phone;
  RoomId room;
  std::unique_ptr<Service> service;
  std::unique_ptr<runtime::TaskScope> scope;
};

TEST_F(Pushing, AnEventGoesOutOnce) {
  set_pusher();
  const std::string first = say("one");
  EXPECT_EQ(pushed(), Events{first});
  EXPECT_EQ(gateway.reaches.front(), net::Reach::Public);
  wait(std::chrono::hours(2));
  EXPECT_EQ(pushed(), Events{first});
  stop_push();
  start_push();
  EXPECT_EQ(pushed(), Events{first});
}

TEST_F(Pushing, GatewaysOfTheOrganisationAreItsOwn) {
  set_pusher("http", "http://gateway.internal:8080");
  say("one");
  ASSERT_FALSE(gateway.reaches.empty());
  EXPECT_EQ(gateway.reaches.front(), net::Reach::Configured);
}

// The first pusher of all: what comes right behind it must not wait for a restart.
TEST_F(Pushing, TheEventRightBehindTheFirstPusherIsPushed) {
  // Somebody looks for pushers while there are none, and sees that after the commit.
  Pushers& pushers = service->pushers();
  const Pushers::Mark before = pushers.mark();
  set_pusher();
  pushers.forget_user(alice, before);
  EXPECT_TRUE(pushers.may_have(alice));
  const std::string event = say("right behind");
  EXPECT_EQ(pushed(), Events{event});
  // Nothing was set since: whoever has none is forgotten.
  pushers.forget_user(alice, pushers.mark());
  EXPECT_FALSE(pushers.may_have(alice));
}

TEST_F(Pushing, WhoeverSetsAPusherIsKnownBeforeItIsCommitted) {
  // The commit fails: the name stays until somebody looks, and does no harm.
  PusherChange change{.app_id = "a", .pushkey = "k"};
  change.pusher = Pusher{.app_id = "a", .pushkey = "k"};
  change.pusher->data["url"] = "https://push.example.org/_matrix/push/v1/notify";
  auto permission = permit(phone, gate::Operation::PusherSet);
  store.fail_next_commit(unavailable("The disk is full.", "test"));
  EXPECT_FALSE(run(service->pushers().set(std::move(permission), std::move(change))));
  EXPECT_TRUE(service->pushers().may_have(alice));
  say("nobody to tell");
  EXPECT_TRUE(pushed().empty());
  EXPECT_FALSE(service->pushers().may_have(alice));
}

TEST_F(Pushing, AGatewayThatFailsIsTriedAgainEverMoreRarely) {
  set_pusher();
  gateway.status = 502;
  const std::string event = say("one");
  EXPECT_EQ(pushed().size(), 1U);
  wait(Milliseconds(10'000));
  EXPECT_EQ(pushed().size(), 2U);
  wait(Milliseconds(10'000));
  EXPECT_EQ(pushed().size(), 2U);
  gateway.status = 0;
  wait(Milliseconds(10'000));
  EXPECT_EQ(pushed().size(), 3U);
  stop_push();
  start_push();
  gateway.status = 200;
  wait(Milliseconds(40'000));
  EXPECT_EQ(pushed(), (Events{event, event, event, event}));
}

TEST_F(Pushing, CountsThatCannotBeHadDelayButDropNothing) {
  set_pusher();
  readers.counts = false;
  const std::string event = say("one");
  EXPECT_TRUE(pushed().empty());
  readers.counts = true;
  readers.count = 7;
  wait(Milliseconds(10'000));
  EXPECT_EQ(pushed(), Events{event});
  EXPECT_EQ(gateway.unread.back(), 7);
}

TEST_F(Pushing, WhatIsReadMeanwhileIsLeftOut) {
  set_pusher();
  gateway.status = 502;
  say("read meanwhile");
  readers.read = store.last_position();
  const std::size_t tries = pushed().size();
  gateway.status = 200;
  wait(Milliseconds(10'000));
  EXPECT_EQ(pushed().size(), tries);
  const std::string next = say("and this is new");
  EXPECT_EQ(pushed().back(), next);
}

TEST_F(Pushing, WhatIsTooOldIsLeftOut) {
  set_pusher();
  gateway.status = 502;
  say("old");
  const std::size_t tries = pushed().size();
  gateway.status = 200;
  wait(std::chrono::hours(25));
  EXPECT_EQ(pushed().size(), tries);
}

TEST_F(Pushing, ARejectedPushkeyEndsThePusher) {
  set_pusher();
  gateway.answer = R"({"rejected":["key@example.org"]})";
  say("one");
  EXPECT_EQ(pushed().size(), 1U);
  gateway.answer = R"({"rejected":[]})";
  say("two");
  EXPECT_EQ(pushed().size(), 1U);
  EXPECT_TRUE(run(service->pushers().of(alice))->empty());
}

TEST_F(Pushing, TheBadgeFallsWhenSomethingIsRead) {
  set_pusher();
  say("one");
  readers.count = 0;
  service->counts_changed(alice);
  executor.run_until_idle();
  ASSERT_FALSE(gateway.events.empty());
  EXPECT_EQ(gateway.events.back(), "badge");
  EXPECT_EQ(gateway.unread.back(), 0);
  const std::size_t sent = gateway.events.size();
  service->counts_changed(alice);
  executor.run_until_idle();
  EXPECT_EQ(gateway.events.size(), sent);  // it knows the number
}

TEST_F(Pushing, TheNewestOfTooManyStay) {
  set_pusher();
  gateway.status = 502;
  Events said;
  for (std::size_t i = 0; i < Queue::kItemsMax + 10; ++i) said.push_back(say("message " + std::to_string(i)));
  gateway.status = 200;
  gateway.events.clear();
  wait(std::chrono::hours(2));
  const Events expected(said.end() - static_cast<std::ptrdiff_t>(Queue::kItemsMax), said.end());
  EXPECT_EQ(pushed(), expected);
}

TEST_F(Pushing, WhatWasCommittedWhilePushWasNotThereIsJudgedLater) {
  set_pusher();
  stop_push();
  const std::string missed = say("missed");
  start_push();
  EXPECT_EQ(pushed(), Events{missed});
}

TEST_F(Pushing, OneEntryOfTheRecordForEachNotification) {
  set_pusher();
  const std::int64_t before = recorded("push.deliver");
  say("one");
  EXPECT_EQ(recorded("push.deliver"), before + 1);
  say("two");
  EXPECT_EQ(recorded("push.deliver"), before + 2);
  readers.read = {store.last_position().value + 100};
  say("read at once");
  EXPECT_EQ(recorded("push.deliver"), before + 2);
}

TEST_F(Pushing, MailGathersAndComesTheMoreSeldom) {
  set_pusher("email");
  say("quarterly figures");
  say("two");
  EXPECT_TRUE(mailbox.letters.empty());
  wait(Milliseconds(600'000));
  ASSERT_EQ(mailbox.letters.size(), 1U);
  EXPECT_EQ(mailbox.letters[0].to, "key@example.org");
  EXPECT_EQ(mailbox.letters[0].text.find("quarterly"), std::string::npos);  // whose, not what
  say("three");
  wait(Milliseconds(600'000));
  EXPECT_EQ(mailbox.letters.size(), 1U);
  wait(Milliseconds(600'000));
  EXPECT_EQ(mailbox.letters.size(), 2U);
}

TEST_F(Pushing, MailThatCannotBeSentIsSentLater) {
  set_pusher("email");
  mailbox.works = false;
  say("one");
  wait(Milliseconds(600'000));
  EXPECT_TRUE(mailbox.letters.empty());
  mailbox.works = true;
  wait(Milliseconds(10'000));
  EXPECT_EQ(mailbox.letters.size(), 1U);
}

TEST_F(Pushing, NobodyIsMailedOfWhatTheyHaveRead) {
  set_pusher("email");
  say("one");
  readers.read = store.last_position();
  wait(std::chrono::hours(1));
  EXPECT_TRUE(mailbox.letters.empty());
}

}  // namespace
}  // namespace kuramori::push
