// What a reader may not see is told by no way to read (client-server API, "Room history visibility"): every
// endpoint that gives out events or parts of them is asked at each stage of somebody's way through a room.
#include <cctype>
#include <set>

#include "api/client/search_routes.hpp"
#include "search/indexer.hpp"
#include "search/tables.hpp"
#include "sync_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

class ReadingHistory : public SyncApi {
 protected:
  ReadingHistory() : SyncApi(with_search()) {
    add_search_routes(server.router, server.pipeline, search_services);
  }
  static HarnessOptions with_search() {
    HarnessOptions made = options(nullptr, {});
    for (const storage::Table* table : search::tables()) made.tables.push_back(table);
    return made;
  }
  static std::string room_with(std::string_view visibility, std::string_view preset = "private_chat") {
    return R"({"name":"Harvest","preset":")" + std::string(preset) +
           R"(","initial_state":[{"type":"m.room.history_visibility","state_key":"","content":{"history_visibility":")" +
           std::string(visibility) + R"("}}]})";
  }
  std::string say(std::string_view text, std::string_view more = "") {
    const Reply reply = server.put(
        path(room, "/send/m.room.message/t" + std::to_string(++transactions)),
        R"({"msgtype":"m.text","body":"harvest )" + std::string(text) + "\"" + std::string(more) + "}",
        alice);
    EXPECT_EQ(reply.status, 200) << reply.response.body;
    events.push_back(reply.text("event_id"));
    return events.back();
  }
  static std::string relation(std::string_view type, std::string_view parent) {
    return R"(,"m.relates_to":{"rel_type":")" + std::string(type) + R"(","event_id":")" +
           std::string(parent) + "\"}";
  }
  void change(std::string_view act, std::string_view token, std::string_view body = "{}") {
    const Reply reply = server.post(path(room, "/" + std::string(act)), std::string(body), token);
    ASSERT_EQ(reply.status, 200) << act << reply.response.body;
  }
  static std::string invitation(std::string_view whom) {
    return R"({"user_id":"@)" + std::string(whom) + R"(:example.org"})";
  }

  // All pages of a list, in one text. `next` names where a page says how to go on.
  std::string pages(const std::string& target, std::string_view next, std::string_view token) {
    std::string all;
    std::string from;
    for (int page = 0; page < 50; ++page) {
      const Reply reply = server.get(target + from, token);
      all += reply.response.body;
      if (reply.text(next).empty()) return all;
      from = "&from=" + reply.text(next);
    }
    ADD_FAILURE() << target << " has no end";
    return all;
  }
  std::string search(std::string_view token) {
    for (int step = 0; step < 1'000; ++step) {
      const auto more = indexer.step();
      EXPECT_TRUE(more);
      if (!more || !*more) break;
    }
    return server
        .post(
            "/_matrix/client/v3/search",
            R"({"search_categories":{"room_events":{"search_term":"harvest","order_by":"recent","include_state":true,)"
            R"("filter":{"limit":100},"event_context":{"before_limit":20,"after_limit":20,"include_profile":true}}}})",
            token)
        .response.body;
  }
  // Every event that there is, asked for one by one.
  std::string one_by_one(std::string_view before, std::string_view behind, std::string_view token) {
    std::string all;
    for (const std::string& event : events)
      all += server.get(std::string(before) + text::percent_encode(event) + std::string(behind), token)
                 .response.body;
    return all;
  }
  std::string relations(std::string_view token) {
    std::string all;
    const std::string base = "/_matrix/client/v1/rooms/" + text::percent_encode(room) + "/relations/";
    for (const std::string& event : events) {
      for (const std::string_view rest : {"?limit=2", "?limit=50&recurse=true", "/m.thread?limit=50"})
        all += pages(base + text::percent_encode(event) + std::string(rest), "next_batch", token);
    }
    return all;
  }
  // The nearest events in both directions, looked up: what they say.
  std::string by_time(std::string_view token) {
    std::string all;
    for (const std::int64_t time : times) {
      for (const std::string_view direction : {"f", "b"}) {
        const Reply found = server.get("/_matrix/client/v1/rooms/" + text::percent_encode(room) +
                                           "/timestamp_to_event?dir=" + std::string(direction) +
                                           "&ts=" + std::to_string(time),
                                       token);
        const std::string event = path(room, "/event/" + text::percent_encode(found.text("event_id")));
        if (found.status == 200) all += json::serialize(server.get(event, alice).body.at("content"));
      }
    }
    return all;
  }

  std::string room;
  std::vector<std::string> events;  // in the order of sending
  std::vector<std::int64_t> times;  // when each phase began
  int transactions = 0;
  search::Indexer indexer{
      {server.store, *server.keys, server.gate, server.clock, server.random, server.metrics, server.log}, {}};
  search::Searcher searcher{{server.store, *server.keys, service, server.gate, server.clock, server.metrics}};
  SearchServices search_services{searcher};
};

// Which phases a reader sees under a setting: 1 before he has to do with the room, 2 while he is invited, 3
// while he is in it, 4 after he left, 5 while he is invited again, 6 in it again.
struct Expected {
  std::string_view visibility;
  std::string_view invited;
  std::string_view joined;
  std::string_view left;
  std::string_view back;
  std::string_view stranger;
};

class EveryWayToRead : public ReadingHistory, public ::testing::WithParamInterface<Expected> {
 protected:
  // A message, its answer in a thread, and what relates to the anchor, which the reader sees in any case.
  void speak(int phase) {
    server.clock.advance(Milliseconds(60'000));
    times.push_back(server.clock.now_ms());
    const std::string n = std::to_string(phase);
    const std::string root = say("phase" + n);
    say("reply" + n, relation("m.thread", root));
    if (phase == 3) anchor = root;
    if (!anchor.empty()) {
      say("refer" + n, relation("m.reference", anchor));
      say("edit" + n, R"(,"m.new_content":{"msgtype":"m.text","body":"harvest edit)" + n + "\"}" +
                          relation("m.replace", anchor));
    }
    server.clock.advance(Milliseconds(60'000));
    const Reply named =
        server.put(path(room, "/state/m.room.topic"), R"({"topic":"topic)" + n + "\"}", alice);
    EXPECT_EQ(named.status, 200) << named.response.body;
  }
  // The phases of which something is said in an answer.
  static std::string phases_in(std::string_view answer) {
    std::set<char> found;
    for (const std::string_view word : {"phase", "reply", "refer", "edit"}) {
      for (auto at = answer.find(word); at != answer.npos; at = answer.find(word, at + 1)) {
        const std::size_t digit = at + word.size();
        if (digit < answer.size() && std::isdigit(static_cast<unsigned char>(answer[digit])))
          found.insert(answer[digit]);
      }
    }
    return {found.begin(), found.end()};
  }
  static bool is_part(std::string_view phases, std::string_view whole) {
    return std::ranges::all_of(phases, [&](char phase) { return whole.contains(phase); });
  }

  using Answers = std::vector<std::pair<std::string, std::string>>;
  // Of one room, for whoever may look into it.
  Answers of_room(std::string_view token) {
    const std::string v1 = "/_matrix/client/v1/rooms/" + text::percent_encode(room);
    return {
        {"messages backward", pages(path(room, "/messages?dir=b&limit=3"), "end", token)},
        {"messages forward", pages(path(room, "/messages?dir=f&limit=3"), "end", token)},
        {"event", one_by_one(path(room, "/event/"), "", token)},
        {"event without its room", one_by_one("/_matrix/client/v3/events/", "", token)},
        {"context", one_by_one(path(room, "/context/"), "?limit=30", token)},
        {"timestamp_to_event", by_time(token)},
        {"threads", pages(v1 + "/threads?limit=2", "next_batch", token)},
        {"initialSync of the room", server.get(path(room, "/initialSync?limit=100"), token).response.body},
        {"events since the beginning",
         server.get("/_matrix/client/v3/events?from=s0&room_id=" + text::percent_encode(room), token)
             .response.body}};
  }
  // Of what there is for whoever is or was in it.
  Answers of_reader(std::string_view token) {
    const std::string filter =
        text::percent_encode(R"({"room":{"include_leave":true,"timeline":{"limit":100}}})");
    return {
        {"search", search(token)},
        {"sync", sync(token, "?filter=" + filter).response.body},
        {"sliding sync",
         server
             .post(
                 "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync",
                 R"({"lists":{"all":{"ranges":[[0,9]],"timeline_limit":100,"required_state":[["*","*"]]}}})",
                 token)
             .response.body},
        {"initialSync", server.get("/_matrix/client/v3/initialSync?limit=100", token).response.body}};
  }
  // Of the state: whoever left learns nothing of what changed later.
  Answers of_state(std::string_view token) {
    const std::string lazy = text::percent_encode(R"({"lazy_load_members":true})");
    return {
        {"state", server.get(path(room, "/state"), token).response.body},
        {"topic", server.get(path(room, "/state/m.room.topic?format=event"), token).response.body},
        {"members", server.get(path(room, "/members"), token).response.body},
        {"members at the end",
         server.get(path(room, "/members?at=s" + std::to_string(server.store.last_position().value)), token)
             .response.body},
        {"joined_members", server.get(path(room, "/joined_members"), token).response.body},
        {"messages with members",
         server.get(path(room, "/messages?dir=b&limit=99&filter=" + lazy), token).response.body}};
  }
  // Where somebody was there earlier, this begins with the latest stay.
  Answers of_gap(std::string_view token) {
    const std::string filter = text::percent_encode(R"({"room":{"timeline":{"limit":100}}})");
    return {{"sync since before", sync(token, "?filter=" + filter + "&since=" + before).response.body}};
  }
  void expect_exactly(const Answers& answers, std::string_view phases) {
    for (const auto& [way, answer] : answers) EXPECT_EQ(phases_in(answer), phases) << way;
  }
  void expect_no_more(const Answers& answers, std::string_view phases) {
    for (const auto& [way, answer] : answers)
      EXPECT_TRUE(is_part(phases_in(answer), phases)) << way << " tells of " << phases_in(answer);
  }
  static void expect_nothing_of(const Answers& answers, std::string_view word) {
    for (const auto& [way, answer] : answers) EXPECT_FALSE(answer.contains(word)) << way;
  }

  std::string anchor;
  std::string before;  // bob's token of before the room was
};

TEST_P(EveryWayToRead, TellsNoMoreThanTheSettingAllows) {
  const Expected& expected = GetParam();
  const bool is_open = expected.visibility == "world_readable";
  const std::string carol = server.sign_up("carol");
  const std::string dora = server.sign_up("dora");
  before = next_batch(bob);
  room = create(alice, room_with(expected.visibility));
  speak(1);
  change("invite", alice, invitation("bob"));
  speak(2);
  expect_no_more(of_room(bob), expected.invited);
  expect_no_more(of_reader(bob), expected.invited);
  change("join", bob);
  speak(3);
  expect_exactly(of_room(bob), expected.joined);
  expect_exactly(of_reader(bob), expected.joined);
  expect_exactly(of_gap(bob), expected.joined);
  EXPECT_EQ(phases_in(relations(bob)), expected.joined);
  change("leave", bob);
  change("invite", alice, invitation("dora"));
  change("join", dora);
  speak(4);
  expect_exactly(of_room(bob), expected.left);
  EXPECT_EQ(phases_in(relations(bob)), expected.left);
  expect_no_more(of_reader(bob), expected.left);
  expect_no_more(of_gap(bob), expected.left);
  if (!is_open) {
    for (const Answers& answers : {of_room(bob), of_reader(bob), of_gap(bob), of_state(bob)}) {
      expect_nothing_of(answers, "topic4");
      expect_nothing_of(answers, "@dora");
    }
    EXPECT_TRUE(server.get(path(room, "/state"), bob).response.body.contains("topic3"));
  }
  change("invite", alice, invitation("bob"));
  speak(5);
  change("join", bob);
  speak(6);
  expect_exactly(of_room(bob), expected.back);
  expect_exactly(of_reader(bob), expected.back);
  expect_no_more(of_gap(bob), expected.back);
  EXPECT_EQ(phases_in(relations(bob)), expected.back);
  expect_exactly(of_room(carol), expected.stranger);
  expect_no_more(of_reader(carol), "");
  EXPECT_EQ(phases_in(relations(carol)), expected.stranger);
  if (!is_open) expect_nothing_of(of_state(carol), "topic");
  expect_exactly(of_room(alice), "123456");
  change("leave", bob);
  change("forget", bob);
  expect_exactly(of_room(bob), expected.stranger);
  expect_no_more(of_reader(bob), "");
}

INSTANTIATE_TEST_SUITE_P(All, EveryWayToRead,
                         ::testing::Values(Expected{"world_readable", "12", "123", "1234", "123456",
                                                    "123456"},
                                           Expected{"shared", "", "123", "123", "123456", ""},
                                           Expected{"invited", "2", "23", "23", "2356", ""},
                                           Expected{"joined", "", "3", "3", "36", ""}),
                         [](const auto& instance) { return std::string(instance.param.visibility); });

// GET /members?at: who was there then is told to whoever sees something of that time.
TEST_F(ReadingHistory, MembersOfATimeThatTheReaderDoesNotSeeAreNotTold) {
  const std::string carol = server.sign_up("carol");
  const auto members = [&](std::string_view token, const std::string& at) {
    return server.get(path(room, "/members?at=" + at), token);
  };
  for (const std::string_view visibility : {"joined", "shared"}) {
    room = create(alice, room_with(visibility, "public_chat"));
    ASSERT_EQ(join(carol, room).status, 200);
    const std::string early = next_batch(alice);
    change("leave", carol);
    say("nobody but alice reads this");
    ASSERT_EQ(join(bob, room).status, 200);
    const std::string since_then = next_batch(bob);
    say("for bob, too");
    EXPECT_EQ(members(alice, early).body.at("chunk").as_array().size(), 2U);
    const Reply told = members(bob, early);
    EXPECT_EQ(told.status, visibility == "shared" ? 200 : 403) << told.response.body;
    EXPECT_EQ(members(bob, since_then).status, 200);
    // What a sync gives out as the place before its first event is a time that the reader sees.
    const Reply synced =
        sync(bob, "?filter=" + text::percent_encode(R"({"room":{"timeline":{"limit":100}}})"));
    const auto& timeline = synced.body.at("rooms").at("join").at(room).at("timeline").as_object();
    EXPECT_EQ(members(bob, std::string(json::string_or(timeline, "prev_batch", ""))).status, 200);
    ASSERT_EQ(server.post(path(room, "/leave"), "{}", bob).status, 200);
    say("behind his back");
    EXPECT_EQ(members(bob, next_batch(alice)).status, 200) << "as of when he left";
  }
}

// Names and topics of a room are for who is in it, is invited, or may come in.
TEST_F(ReadingHistory, SummariesAreNotForWhoHasLeft) {
  room = create(alice, room_with("shared"));
  const std::string v1 = "/_matrix/client/v1/";
  const auto summary = [&] {
    return server.get(v1 + "room_summary/" + text::percent_encode(room), bob).status;
  };
  const auto hierarchy = [&] {
    return server.get(v1 + "rooms/" + text::percent_encode(room) + "/hierarchy", bob).status;
  };
  EXPECT_EQ(summary(), 404);
  EXPECT_EQ(hierarchy(), 403);
  change("invite", alice, invitation("bob"));
  change("join", bob);
  EXPECT_EQ(summary(), 200);
  EXPECT_EQ(hierarchy(), 200);
  change("leave", bob);
  EXPECT_EQ(summary(), 404);
  EXPECT_EQ(hierarchy(), 403);
}

}  // namespace
}  // namespace kuramori::api::client::testing
