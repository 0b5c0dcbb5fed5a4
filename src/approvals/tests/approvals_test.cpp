// Requests from the hold to the delivery, over a store in memory that may crash at any point.
#include "approvals/approvals.hpp"

#include "approvals/tables.hpp"
#include "gate/vocabulary.hpp"
#include "identity/tables.hpp"
#include "rooms/tests/fixture.hpp"

namespace kuramori::approvals::testing {
namespace {

using Texts = std::vector<std::string>;

constexpr std::string_view kHolds = R"({"format":1,"name":"holds",
  "dictionaries":[{"id":"codewords","description":"Code words","terms":["aubergine"]}],
  "rules":[{"id":"codeword","operations":["room.send"],"effect":"hold",
            "when":{"keyword":{"dictionary":"codewords"}},"obligations":[{"chain":["manager"]}]}]})";
constexpr std::string_view kRefuses = R"({"format":1,"name":"refuses",
  "dictionaries":[{"id":"codewords","description":"Code words","terms":["aubergine"]}],
  "rules":[{"id":"codeword","operations":["room.send"],"effect":"refuse",
            "when":{"keyword":{"dictionary":"codewords"}},
            "explanation":{"en":"No code words.","zh-Hans":"禁用暗语。","zh-Hant":"禁用暗語。","ja":"暗号語は使えません。"}}]})";

class Authors final : public rooms::Authors {
 public:
  runtime::Task<Result<gate::Subject>> author(UserId user, DeviceId device) override {
    if (gone.contains(user)) co_return forbidden("The account may not send any more.");
    gate::Subject subject;
    subject.user = std::move(user);
    subject.device = std::move(device);
    co_return subject;
  }
  std::set<UserId> gone;
};

// bob manages alice and carol.
class Company final : public Organisation {
 public:
  Company() {
    organisation::Content content;
    content.units = {{.id = "kura",
                      .kind = organisation::UnitKind::LegalEntity,
                      .name = "Kura",
                      .parent = "",
                      .head = rooms::testing::user("bob")}};
    for (const std::string name : {"alice", "bob", "carol"}) {
      organisation::Person person;
      person.user = rooms::testing::user(name);
      person.name = name;
      person.posts = {{.unit = "kura", .title = ""}};
      content.people.push_back(std::move(person));
    }
    directory_ = organisation::Directory::check(std::move(content)).directory;
    ensure(directory_ != nullptr, "the company is sound");
  }
  organisation::DirectoryPtr directory() const override { return directory_; }

 private:
  organisation::DirectoryPtr directory_;
};

class ApprovalsTest : public rooms::testing::RoomsTest {
 protected:
  ApprovalsTest() {
    storage::Migration first{.number = 1, .name = "initial", .changes = {}};
    storage::Migration more{.number = 2, .name = "approvals", .changes = {}};
    more.changes.emplace_back(storage::CreateTable{&identity::kAccounts});
    for (const storage::Table* table : tables()) more.changes.emplace_back(storage::CreateTable{table});
    const std::array migrations{std::move(first), std::move(more)};
    ensure(store.migrate(migrations).has_value(), "the tables can be made");
    begin();
    for (const UserId& member : {bob, carol}) ensure(join(member, room).has_value(), "the members join");
  }
  ~ApprovalsTest() override { end(); }

  void begin() {
    approvals = std::make_unique<Approvals>(Ports{.store = store,
                                                  .keys = *server->keys,
                                                  .gate = server->gate,
                                                  .rooms = rooms(),
                                                  .authors = authors,
                                                  .organisation = company,
                                                  .clock = clock,
                                                  .random = random,
                                                  .metrics = server->metrics,
                                                  .log = Logger::silent()},
                                            Options{.server = ServerName("example.org")});
    ensure(approvals->load().has_value(), "what is open is read");
    store.add_listener(approvals->listener());
    server->gate.provide({.grants = &approvals->grants()});
    set_policy(kHolds);
    is_running = false;
  }
  // Until nothing is left to do at this moment.
  void live() {
    if (!std::exchange(is_running, true)) {
      scope = std::make_unique<runtime::TaskScope>();
      scope->spawn_on(executor, approvals->run(scope->stop_token()));
    }
    while (executor.run_until_idle() > 0) {
    }
  }
  void end() {
    if (!scope) return;
    run(scope->join());
    scope.reset();
    is_running = false;
  }
  // The process ends and comes back over the same store.
  void restart() {
    end();
    store.drop_pending();
    approvals.reset();
    start();
    begin();
  }
  void pass(Milliseconds time) {
    clock.advance(time);
    live();
  }
  void set_policy(std::string_view text) {
    governance::ParseOptions options;
    options.vocabulary = gate::policy_vocabulary();
    governance::ParsedPolicy parsed = governance::parse_policy(text, options);
    ensure(parsed.document.has_value(), "the policy can be read");
    auto policy = governance::CompiledPolicy::compile(*std::move(parsed.document), 1);
    ensure(policy.has_value(), "the policy can be compiled");
    server->gate.swap_policy(*std::move(policy));
  }

  std::optional<gate::Refusal> refusal_of(const UserId& who, const json::Object& content) {
    gate::Action action{
        .subject = subject(who), .operation = gate::Operation::RoomSend, .resource = {}, .content = &content};
    action.resource.room = room;
    action.resource.event_type = "m.room.message";
    auto admission = run(server->gate.admit(std::move(action)));
    auto* refusal = std::get_if<gate::Refusal>(&admission);
    return refusal == nullptr ? std::nullopt : std::optional(std::move(*refusal));
  }
  Result<Request> hold(const UserId& who, std::string_view body, std::string transaction) {
    json::Object content = rooms::testing::text_message(body);
    auto refusal = refusal_of(who, content);
    if (!refusal) return internal_error("the gate lets it pass");
    EXPECT_EQ(refusal->kind, gate::Refusal::Kind::Hold);
    HeldAct act{
        .room = room,
        .event_type = "m.room.message",
        .content = std::move(content),
        .transaction = rooms::Transaction{.scope = "send", .id = TransactionId(std::move(transaction))}};
    return run(approvals->hold(subject(who), std::move(act), *std::move(refusal)));
  }
  std::string held(const UserId& who, std::string_view body, std::string transaction) {
    auto request = hold(who, body, std::move(transaction));
    EXPECT_TRUE(request) << request.error().to_log();
    return request ? request->id : std::string();
  }
  Result<Request> decide(const UserId& who, const std::string& id, Verdict verdict = Verdict::Approve) {
    return run(approvals->decide(subject(who), id, verdict, "as said"));
  }
  State state_of(const std::string& id) {
    auto request = run(approvals->find(id));
    EXPECT_TRUE(request) << request.error().to_log();
    return request ? request->state : State::Ended;
  }
  Texts sent() { return bodies(carol, room); }

  // The room in which the server talks to somebody, and what it said about a request there.
  RoomId room_with(const UserId& who) {
    const auto known = run(rooms().rooms_of(author_of(ServerName("example.org"))));
    for (const rooms::UserRoom& each : *known) {
      if (state(each.room)->membership(who) == matrix::Membership::Join) return each.room;
    }
    return {};
  }
  std::vector<EventId> said(const UserId& who, const std::string& id) {
    std::vector<EventId> found;
    const RoomId with = room_with(who);
    if (with.empty()) return found;
    const auto events = history(who, with);
    for (const rooms::RoomEventPtr& event : *events) {
      const json::Object* about = json::object_at(event->event->content(), "org.kuramori.approval");
      if (about != nullptr && json::string_or(*about, "request", "") == id)
        found.push_back(event->event->id());
    }
    return found;
  }
  void answer(const UserId& who, std::string type, json::Object content) {
    rooms::SendEvent reaction{
        .room = room_with(who), .type = std::move(type), .content = std::move(content), .transaction = {}};
    const auto done = run(rooms().send(permit(who, gate::Operation::RoomSend), std::move(reaction)));
    ASSERT_TRUE(done) << done.error().to_log();
  }
  void react(const UserId& who, const EventId& question, std::string_view key) {
    answer(who, "m.reaction",
           {{"m.relates_to",
             json::Object{{"rel_type", "m.annotation"}, {"event_id", question.view()}, {"key", key}}}});
  }

  Authors authors;
  Company company;
  std::unique_ptr<Approvals> approvals;
  std::unique_ptr<runtime::TaskScope> scope;
  bool is_running = false;
  const RoomId room = make_room(alice, {.preset = rooms::Preset::PublicChat});
};

TEST_F(ApprovalsTest, ApprovedIsSentOnceOnBehalfOfItsSender) {
  const std::string id = held(alice, "the aubergine", "t1");
  live();
  EXPECT_EQ(sent(), Texts{});
  EXPECT_EQ(state_of(id), State::Waiting);
  EXPECT_EQ(decide(alice, id).error().code(), ErrorCode::Forbidden);
  EXPECT_EQ(decide(carol, id).error().code(), ErrorCode::Forbidden);
  ASSERT_TRUE(decide(bob, id));
  live();
  EXPECT_EQ(sent(), Texts{"the aubergine"});
  EXPECT_EQ(state_of(id), State::Delivered);
  EXPECT_EQ((*history(carol, room)).back()->event->sender(), alice);
  // The same transaction is the same message, now as then; another message is held like the first.
  const auto again = hold(alice, "the aubergine", "t1");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, id);
  EXPECT_EQ(again->event, (*history(carol, room)).back()->event->id());
  pass(std::chrono::hours(1));
  EXPECT_EQ(sent(), Texts{"the aubergine"});
}

TEST_F(ApprovalsTest, AReactionInTheRoomOfWhoDecides) {
  const std::string id = held(alice, "the aubergine costs 4111 1111 1111 1111", "t1");
  live();
  const auto questions = said(bob, id);
  ASSERT_EQ(questions.size(), 1U);
  EXPECT_TRUE(said(carol, id).empty());
  const auto shown =
      run(rooms().event(permit(bob, gate::Operation::RoomRead), room_with(bob), questions.front()));
  ASSERT_TRUE(shown);
  const std::string text = rooms::testing::body_of(*shown);
  EXPECT_NE(text.find("@alice:example.org"), std::string::npos) << text;
  EXPECT_NE(text.find("codeword"), std::string::npos) << text;
  EXPECT_EQ(text.find("4111 1111 1111 1111"), std::string::npos) << text;
  react(bob, questions.front(), "🎉");
  live();
  EXPECT_EQ(state_of(id), State::Waiting);
  react(bob, questions.front(), "👍");
  live();
  EXPECT_EQ(state_of(id), State::Delivered);
  EXPECT_EQ(sent(), Texts{"the aubergine costs 4111 1111 1111 1111"});
  EXPECT_GE(said(alice, id).size(), 2U) << "that it waits, and that it was sent";
}

TEST_F(ApprovalsTest, AReplyRefusesWithItsReason) {
  const std::string id = held(alice, "the aubergine", "t1");
  live();
  const auto questions = said(bob, id);
  ASSERT_EQ(questions.size(), 1U);
  answer(bob, "m.room.message",
         {{"msgtype", "m.text"},
          {"body", "拒绝 内容不妥"},
          {"m.relates_to",
           json::Object{{"m.in_reply_to", json::Object{{"event_id", questions.front().view()}}}}}});
  live();
  EXPECT_EQ(state_of(id), State::Refused);
  EXPECT_EQ(run(approvals->find(id))->decisions.back().reason, "内容不妥");
  EXPECT_EQ(sent(), Texts{});
  EXPECT_EQ(decide(bob, id).error().code(), ErrorCode::Conflict);
}

TEST_F(ApprovalsTest, NothingOvertakes) {
  const std::string first = held(alice, "first aubergine", "t1");
  const std::string second = held(alice, "second aubergine", "t2");
  const std::string other = held(carol, "another aubergine", "t3");
  live();
  ASSERT_TRUE(decide(bob, second));
  ASSERT_TRUE(decide(bob, other));
  live();
  EXPECT_EQ(sent(), Texts{"another aubergine"});
  EXPECT_EQ(state_of(second), State::Approved);
  restart();
  live();
  EXPECT_EQ(sent(), Texts{"another aubergine"});
  ASSERT_TRUE(decide(bob, first));
  live();
  EXPECT_EQ(sent(), (Texts{"another aubergine", "first aubergine", "second aubergine"}));
}

TEST_F(ApprovalsTest, ARefusalLetsTheNextOneGo) {
  const std::string first = held(alice, "first aubergine", "t1");
  const std::string second = held(alice, "second aubergine", "t2");
  ASSERT_TRUE(decide(bob, second));
  live();
  ASSERT_TRUE(decide(bob, first, Verdict::Refuse));
  live();
  EXPECT_EQ(sent(), Texts{"second aubergine"});
}

TEST_F(ApprovalsTest, ARestartLosesNoneAndSendsNoneTwice) {
  const std::string waiting = held(alice, "first aubergine", "t1");
  restart();
  live();
  EXPECT_EQ(state_of(waiting), State::Waiting);
  EXPECT_EQ(said(bob, waiting).size(), 1U);
  restart();
  live();
  EXPECT_EQ(said(bob, waiting).size(), 1U) << "nobody is asked twice";
  ASSERT_TRUE(decide(bob, waiting));
  restart();  // approved, and not sent yet
  live();
  EXPECT_EQ(sent(), Texts{"first aubergine"});
  restart();
  live();
  EXPECT_EQ(sent(), Texts{"first aubergine"});
  EXPECT_EQ(state_of(waiting), State::Delivered);
}

TEST_F(ApprovalsTest, AnAnswerThatNobodyHeardIsHeardLater) {
  const std::string id = held(alice, "the aubergine", "t1");
  live();
  const auto questions = said(bob, id);
  ASSERT_EQ(questions.size(), 1U);
  end();
  react(bob, questions.front(), "✅");
  restart();
  live();
  pass(std::chrono::seconds(10));
  EXPECT_EQ(state_of(id), State::Delivered);
}

TEST_F(ApprovalsTest, WhatCannotBeSentAnyMoreEnds) {
  const std::string refused = held(alice, "first aubergine", "t1");
  const std::string gone = held(carol, "another aubergine", "t2");
  live();
  set_policy(kRefuses);
  ASSERT_TRUE(decide(bob, refused));
  live();
  EXPECT_EQ(state_of(refused), State::Undeliverable);
  EXPECT_NE(run(approvals->find(refused))->failure.find("No code words."), std::string::npos);
  set_policy(kHolds);
  ASSERT_TRUE(leave(carol, room));
  ASSERT_TRUE(decide(bob, gone));
  live();
  EXPECT_EQ(state_of(gone), State::Undeliverable);
  EXPECT_EQ(bodies(bob, room), Texts{});
}

TEST_F(ApprovalsTest, AGrantIsForItsContentAlone) {
  held(alice, "first aubergine", "t1");
  const std::string id = held(alice, "second aubergine", "t2");
  ASSERT_TRUE(decide(bob, id));  // not sent: the first one waits
  EXPECT_TRUE(refusal_of(alice, rooms::testing::text_message("third aubergine")));
  EXPECT_TRUE(refusal_of(carol, rooms::testing::text_message("second aubergine")));
}

TEST_F(ApprovalsTest, WhatNobodyAnswersInTimeEnds) {
  const std::string id = held(alice, "the aubergine", "t1");
  live();
  pass(std::chrono::hours(72));
  EXPECT_EQ(state_of(id), State::Expired);
  EXPECT_EQ(decide(bob, id).error().code(), ErrorCode::Conflict);
  EXPECT_EQ(sent(), Texts{});
}

TEST_F(ApprovalsTest, WhoIsNotInTheRoomHoldsNothing) {
  const UserId dave = rooms::testing::user("dave");
  EXPECT_EQ(hold(dave, "an aubergine", "t1").error().code(), ErrorCode::Forbidden);
  EXPECT_TRUE(approvals->open().empty());
}

}  // namespace
}  // namespace kuramori::approvals::testing
