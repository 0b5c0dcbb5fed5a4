#include "links/worker.hpp"

#include "links/tables.hpp"
#include "rooms/tests/fixture.hpp"

namespace kuramori::links {
namespace {

using gate::Operation;
using link_risk::ListAction;
using link_risk::Match;

link_risk::Knowledge nothing_known() {
  auto hosts = std::make_shared<const link_risk::HostReader>(link_risk::PublicSuffixes::built_in());
  auto look_alikes = std::make_shared<const link_risk::LookAlikes>(*hosts, std::span<const std::string>());
  return {.hosts = hosts, .lists = link_risk::LinkLists::Builder().build(), .look_alikes = look_alikes};
}

// What one process makes of links, over the store of the rooms.
struct Process {
  Process(rooms::testing::Server& server, const Clock& clock, Random& random)
      : client({}, server.metrics, Logger::silent()),
        shortened(client, clock),
        knowledge(nothing_known(), shortened, clock),
        clicks({server.store, server.gate, *server.keys, knowledge, shortened, clock, random},
               "https://k.test"),
        registry({server.store, server.gate, clock, client, knowledge, Logger::silent()}, {}),
        sightings({server.store, *server.keys, clicks, clock, Logger::silent(), &recent}),
        take_downs({server.store, *server.keys, server.gate, server.rooms, clicks, knowledge, clock,
                    Logger::silent()}),
        worker({server.gate, registry, sightings, take_downs, clock, Logger::silent()}) {
    EXPECT_TRUE(registry.load());
    server.store.add_listener(recent);
  }
  // So few that older events are read from the store.
  rooms::RecentEvents recent{4};
  net::HttpClient client;
  ShortenedLinks shortened;
  CurrentKnowledge knowledge;
  ClickThrough clicks;
  Registry registry;
  Sightings sightings;
  TakeDowns take_downs;
  LinkWorker worker;
};

class LinksTest : public rooms::testing::RoomsTest {
 protected:
  LinksTest() {
    storage::Migration migration{.number = 2, .name = "links", .changes = {}};
    for (const storage::Table* table : links::tables())
      migration.changes.emplace_back(storage::CreateTable{table});
    storage::Migration first{.number = 1, .name = "initial", .changes = {}};
    const std::array both{first, migration};
    ensure(store.migrate(both).has_value(), "the tables can be made");
    process = std::make_unique<Process>(*server, clock, random);
  }
  void restart() {
    process.reset();
    start();
    process = std::make_unique<Process>(*server, clock, random);
  }
  gate::Permit system(Operation operation) { return permit(gate::Subject::system(), operation); }
  void add(std::string_view pattern, ListAction action = ListAction::Block) {
    auto entry = link_risk::read_entry(*process->knowledge.get()->hosts, pattern, {});
    ASSERT_TRUE(entry);
    entry->action = action;
    ASSERT_TRUE(run(process->registry.add(system(Operation::AdminLinksSet), *entry)));
  }
  bool is_judged(std::string_view body, governance::LinkVerdict verdict) {
    return process->knowledge.judge(rooms::testing::text_message(body))
        .test(static_cast<std::size_t>(verdict));
  }

  std::unique_ptr<Process> process;
};

TEST_F(LinksTest, EntriesAreInForceAtOnceAndAfterARestart) {
  EXPECT_FALSE(is_judged("https://evil.com/", governance::LinkVerdict::Malicious));
  EXPECT_TRUE(is_judged("https://evil.com/", governance::LinkVerdict::Unlisted));
  add("evil.com");
  add("good.com", ListAction::Allow);
  ASSERT_TRUE(run(process->registry.protect(system(Operation::AdminLinksSet), "example.com")));
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(is_judged("https://a.evil.com/", governance::LinkVerdict::Malicious));
    EXPECT_TRUE(is_judged("https://examp1e.com/", governance::LinkVerdict::LookAlike));
    EXPECT_FALSE(is_judged("https://good.com/", governance::LinkVerdict::Unlisted));
    restart();
  }
  ASSERT_TRUE(run(process->registry.remove(system(Operation::AdminLinksSet), Match::Domain, "evil.com")));
  EXPECT_FALSE(is_judged("https://evil.com/", governance::LinkVerdict::Malicious));
  EXPECT_FALSE(run(process->registry.remove(system(Operation::AdminLinksSet), Match::Domain, "evil.com")));
}

TEST_F(LinksTest, AListReplacesItsFormerEntries) {
  ASSERT_TRUE(run(process->registry.set_source(system(Operation::AdminLinksSet), {.name = "feed"})));
  const auto first =
      run(process->registry.import(system(Operation::AdminLinksSet), "feed", "a.com\nb.com\nx y\n"));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->added, 2U);
  EXPECT_EQ(first->bad, 1U);
  clock.advance(std::chrono::seconds(1));
  const auto second =
      run(process->registry.import(system(Operation::AdminLinksSet), "feed", "b.com\nc.com\n"));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->added, 1U);
  EXPECT_EQ(second->removed, 1U);
  EXPECT_EQ(second->unchanged, 1U);
  EXPECT_FALSE(is_judged("a.com", governance::LinkVerdict::Malicious));
  EXPECT_TRUE(is_judged("c.com", governance::LinkVerdict::Malicious));
  const auto listing = run(process->registry.list(system(Operation::AdminLinksRead), 10));
  ASSERT_TRUE(listing);
  ASSERT_EQ(listing->sources.size(), 1U);
  EXPECT_EQ(listing->sources[0].entries, 2);
  EXPECT_FALSE(run(process->registry.import(system(Operation::AdminLinksSet), "other", "a.com\n")));
  EXPECT_FALSE(run(process->registry.set_source(system(Operation::AdminLinksSet), {.name = "company"})));
  ASSERT_TRUE(run(process->registry.remove_source(system(Operation::AdminLinksSet), "feed")));
  EXPECT_FALSE(is_judged("c.com", governance::LinkVerdict::Malicious));
}

TEST_F(LinksTest, MessagesThatWereSentBeforeAreWithdrawn) {
  const RoomId room = make_room(alice);
  ASSERT_TRUE(send(alice, room, "see https://a.evil.com/pay"));
  ASSERT_TRUE(send(alice, room, "and https://good.com/"));
  ASSERT_TRUE(process->worker.catch_up());
  ASSERT_TRUE(send(alice, room, "pages.net/bad/1 pages.net/fine"));
  restart();
  add("evil.com");
  clock.advance(Milliseconds(1));
  add("pages.net/bad/");
  ASSERT_TRUE(process->worker.catch_up());
  EXPECT_EQ(bodies(alice, room), (std::vector<std::string>{"", "and https://good.com/", ""}));
  const auto reports = run(process->take_downs.reports(system(Operation::AdminLinksRead), 10, 10));
  ASSERT_TRUE(reports);
  ASSERT_EQ(reports->size(), 2U);
  for (const TakeDownReport& report : *reports) {
    EXPECT_TRUE(report.take_down.done);
    EXPECT_EQ(report.take_down.withdrawn, 1);
    ASSERT_EQ(report.messages.size(), 1U);
    EXPECT_EQ(report.messages[0].sender, alice);
  }
  // Nothing is done twice.
  ASSERT_TRUE(process->worker.catch_up());
  EXPECT_EQ(bodies(alice, room).size(), 3U);
}

TEST_F(LinksTest, ClicksAreJudgedAtTheirTimeAndRemembered) {
  const MessagePlace place{.room = RoomId("!r"), .sender = alice};
  const auto sent = process->clicks.rewrite(rooms::testing::text_message("https://evil.com/x"), place);
  const std::string body(json::string_or(sent, "body", ""));
  ASSERT_TRUE(body.starts_with("https://k.test/_kuramori/v1/links/")) << body;
  const std::string token = body.substr(body.rfind('/') + 1);
  ASSERT_EQ(process->clicks.links_in(sent).size(), 1U);
  EXPECT_EQ(process->clicks.links_in(sent)[0].url, "https://evil.com/x");
  const UserId bob = rooms::testing::user("bob");
  ASSERT_TRUE(run(server->recorder.prepare(bob)));
  const auto before = run(process->clicks.open(permit(bob, Operation::LinkOpen), token, Warned::No, {}));
  ASSERT_TRUE(before) << before.error().to_log();
  EXPECT_EQ(before->passage, Passage::Passed);
  add("evil.com");
  const auto after = run(process->clicks.open(permit(bob, Operation::LinkOpen), token, Warned::Yes, {}));
  ASSERT_TRUE(after);
  EXPECT_EQ(after->passage, Passage::Blocked);
  std::string forged = token;
  forged[forged.size() / 2] = forged[forged.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(process->clicks.read(forged));
  const auto openings = run(process->clicks.openings(system(Operation::AdminLinksRead), "evil.com", 10));
  ASSERT_TRUE(openings);
  ASSERT_EQ(openings->size(), 2U);
  EXPECT_EQ((*openings)[0].user, bob);
  EXPECT_EQ((*openings)[0].place.sender, alice);
}

}  // namespace
}  // namespace kuramori::links
