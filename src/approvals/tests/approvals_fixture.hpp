// Approvals over a store in memory that may crash at any point: alice and carol, whose manager is bob, in a
// room.
#pragma once
#include "approvals/approvals.hpp"
#include "approvals/tables.hpp"
#include "gate/vocabulary.hpp"
#include "identity/tables.hpp"
#include "rooms/tests/fixture.hpp"

namespace kuramori::approvals::testing {

using Texts = std::vector<std::string>;

inline constexpr std::string_view kHolds = R"({"format":1,"name":"holds",
  "dictionaries":[{"id":"codewords","description":"Code words","terms":["aubergine"]}],
  "rules":[{"id":"codeword","operations":["room.send"],"effect":"hold",
            "when":{"keyword":{"dictionary":"codewords"}},"obligations":[{"chain":["manager"]}]}]})";
inline constexpr std::string_view kRefuses = R"({"format":1,"name":"refuses",
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
                                                  .log = Logger::silent(),
                                                  .files = files},
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

  HeldFiles* files = nullptr;
  Authors authors;
  Company company;
  std::unique_ptr<Approvals> approvals;
  std::unique_ptr<runtime::TaskScope> scope;
  bool is_running = false;
  const RoomId room = make_room(alice, {.preset = rooms::Preset::PublicChat});
};

}  // namespace kuramori::approvals::testing
