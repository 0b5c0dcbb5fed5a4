// Account data, tags, push rules, read markers and filters.
#include "fixture.hpp"

namespace kuramori::sync::testing {
namespace {

using Strings = std::vector<std::string>;

class Personal : public SyncTest {
 protected:
  Personal() : room(make_room(alice)), phone(client(alice)) {}
  // Type and content of global account data, push rules left out.
  std::map<std::string, std::string> global(const json::Object& response) {
    std::map<std::string, std::string> items;
    const json::Value* list = at(response, {"account_data", "events"});
    if (list == nullptr) return items;
    for (const json::Value& event : list->get_array()) {
      const std::string type = text_of(event.as_object(), {"type"});
      if (type != "m.push_rules") items[type] = json::serialize(*json::find(event.as_object(), "content"));
    }
    return items;
  }
  std::map<std::string, std::string> of_room(const json::Object& response, const RoomId& id) {
    std::map<std::string, std::string> items;
    for (const json::Object& event : events_in(room_in(response, "join", id), "account_data"))
      items[text_of(event, {"type"})] = json::serialize(*json::find(event, "content"));
    return items;
  }
  bool has_push_rules(const json::Object& response) {
    const json::Value* list = at(response, {"account_data", "events"});
    return list != nullptr && std::ranges::any_of(list->get_array(), [](const json::Value& event) {
             return text_of(event.as_object(), {"type"}) == "m.push_rules" &&
                    at(event.as_object(), {"content", "global", "override"}) != nullptr;
           });
  }
  Result<void> tag(std::string name, std::optional<json::Object> content) {
    return run(change_tag(services->account_data, permit(alice, gate::Operation::AccountDataSet), alice, room,
                          std::move(name), std::move(content)));
  }
  using Items = std::map<std::string, std::string>;
  std::int64_t before = 0;

  RoomId room;
  Client phone;
};

TEST_F(Personal, AccountDataFirstAndThenWhatChanged) {
  set_account_data(alice, {}, "org.one", {{"a", 1}});
  set_account_data(alice, {}, "org.two", {{"b", 2}});
  EXPECT_EQ(global(sync(phone)), (Items{{"org.one", R"({"a":1})"}, {"org.two", R"({"b":2})"}}));
  EXPECT_EQ(global(sync(phone)), Items{});
  set_account_data(alice, {}, "org.one", {{"a", 3}});
  EXPECT_EQ(global(sync(phone)), (Items{{"org.one", R"({"a":3})"}}));
  Client bobs = client(bob);
  EXPECT_EQ(global(sync(bobs)), Items{});
}

TEST_F(Personal, AccountDataOfARoom) {
  set_account_data(alice, room, "org.one", {{"a", 1}});
  EXPECT_EQ(of_room(sync(phone), room), (Items{{"org.one", R"({"a":1})"}}));
  set_account_data(alice, room, "org.two", {{"b", 2}});
  const json::Object response = sync(phone);
  EXPECT_EQ(of_room(response, room), (Items{{"org.two", R"({"b":2})"}}));
  EXPECT_EQ(global(response), Items{});
  EXPECT_EQ(room_in(sync(phone), "join", room), nullptr);
}

TEST_F(Personal, AccountDataOutlivesARestart) {
  sync(phone);
  set_account_data(alice, room, "org.one", {{"a", 1}});
  set_account_data(alice, {}, "org.two", {{"b", 2}});
  restart();
  const json::Object response = sync(phone);
  EXPECT_EQ(of_room(response, room), (Items{{"org.one", R"({"a":1})"}}));
  EXPECT_EQ(global(response), (Items{{"org.two", R"({"b":2})"}}));
}

TEST_F(Personal, AccountDataSetOnAnInvitationComesWithTheRoom) {
  ASSERT_TRUE(invite(alice, room, bob));
  Client bobs = client(bob);
  sync(bobs);
  set_account_data(bob, room, "org.one", {{"a", 1}});
  sync(bobs);
  ASSERT_TRUE(join(bob, room));
  EXPECT_EQ(of_room(sync(bobs), room), (Items{{"org.one", R"({"a":1})"}}));
}

TEST_F(Personal, TheFilterOfAccountData) {
  set_account_data(alice, {}, "org.one", {{"a", 1}});
  set_account_data(alice, room, "org.two", {{"b", 2}});
  phone.filter =
      filter_of(R"({"account_data":{"not_types":["*"]},"room":{"account_data":{"types":["org.other"]}}})");
  const json::Object response = sync(phone);
  EXPECT_EQ(at(response, {"account_data"}), nullptr);
  EXPECT_EQ(of_room(response, room), Items{});
}

TEST_F(Personal, TagsComeAsOneEvent) {
  sync(phone);
  ASSERT_TRUE(tag("m.favourite", json::Object{{"order", 0.5}}));
  ASSERT_TRUE(tag("u.work", json::Object{}));
  EXPECT_EQ(of_room(sync(phone), room).at("m.tag"), R"({"tags":{"m.favourite":{"order":0.5},"u.work":{}}})");
  ASSERT_TRUE(tag("m.favourite", std::nullopt));
  EXPECT_EQ(of_room(sync(phone), room).at("m.tag"), R"({"tags":{"u.work":{}}})");
  ASSERT_TRUE(tag("m.favourite", std::nullopt));
  EXPECT_EQ(of_room(sync(phone), room), Items{}) << "nothing changed";
  const auto all =
      run(tags(services->account_data, permit(alice, gate::Operation::AccountDataRead), alice, room));
  ASSERT_TRUE(all);
  EXPECT_EQ(json::serialize(*all), R"({"u.work":{}})");
}

TEST_F(Personal, TagsAreChecked) {
  const auto too_long = tag(std::string(256, 'x'), json::Object{});
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().reason(), "M_INVALID_PARAM");
  const auto wrong = tag("u.work", json::Object{{"order", "first"}});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().reason(), "M_BAD_JSON");
}

TEST_F(Personal, TagsSetTogetherAreAllKept) {
  int done = 0;
  const auto set = [&](std::string name) -> runtime::Task<void> {
    auto changed = co_await change_tag(services->account_data, permit(alice, gate::Operation::AccountDataSet),
                                       alice, room, std::move(name), json::Object{});
    done += changed ? 1 : 0;
  };
  std::vector<runtime::Task<void>> tasks;
  for (int i = 0; i < 10; ++i) tasks.push_back(set("u." + std::to_string(i)));
  for (auto& task : tasks) scope.spawn_on(executor, std::move(task));
  executor.run_until_idle();
  EXPECT_EQ(done, 10);
  const auto all =
      run(tags(services->account_data, permit(alice, gate::Operation::AccountDataRead), alice, room));
  ASSERT_TRUE(all);
  EXPECT_EQ(all->size(), 10U);
}

TEST_F(Personal, PushRulesComeFromTheStartAndWhenTheyChange) {
  EXPECT_TRUE(has_push_rules(sync(phone)));
  EXPECT_FALSE(has_push_rules(sync(phone)));
  sync::RuleChange add = [](const matrix::PushRuleSet& rules) {
    return rules.put("content", "cake", {{"pattern", "cake"}, {"actions", {"notify"}}}, {});
  };
  ASSERT_TRUE(
      run(services->push_rules.change(permit(alice, gate::Operation::PushRulesSet), alice, std::move(add))));
  EXPECT_TRUE(has_push_rules(sync(phone)));
  const auto rules = run(services->push_rules.of(alice));
  ASSERT_TRUE(rules);
  EXPECT_TRUE((*rules)->rule("content", "cake"));
  restart();
  EXPECT_TRUE((*run(services->push_rules.of(alice)))->rule("content", "cake"));
}

TEST_F(Personal, AChangeOfPushRulesThatFailsChangesNothing) {
  sync::RuleChange remove = [](const matrix::PushRuleSet& rules) {
    return rules.remove("content", "absent");
  };
  const auto changed = run(
      services->push_rules.change(permit(alice, gate::Operation::PushRulesSet), alice, std::move(remove)));
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().reason(), "M_NOT_FOUND");
}

TEST_F(Personal, TheFullyReadMarkerIsAccountDataOfTheRoom) {
  const EventId event = *send(alice, room, "1");
  sync(phone);
  ASSERT_TRUE(run(set_fully_read(services->receipts, services->account_data,
                                 permit(alice, gate::Operation::RoomReadMarker), alice, room, event)));
  EXPECT_EQ(of_room(sync(phone), room).at("m.fully_read"), R"({"event_id":")" + event.str() + "\"}");
  const auto elsewhere =
      run(set_fully_read(services->receipts, services->account_data,
                         permit(alice, gate::Operation::RoomReadMarker), alice, make_room(alice), event));
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().reason(), "M_INVALID_PARAM");
}

TEST_F(Personal, FiltersAreKeptAndNamedByTheirContent) {
  const auto create = [&](const UserId& who, std::string_view text) {
    return run(services->filters.create(permit(who, gate::Operation::FilterCreate), who, parse(text)));
  };
  const auto id = create(alice, R"({"room":{"timeline":{"limit":3}}})");
  ASSERT_TRUE(id);
  EXPECT_EQ(*create(alice, R"({"room":{"timeline":{"limit":3}}})"), *id);
  EXPECT_NE(*create(alice, R"({"room":{"timeline":{"limit":4}}})"), *id);
  EXPECT_FALSE(id->starts_with('{'));
  restart();
  const auto stored = run(services->filters.get(permit(alice, gate::Operation::AccountDataRead), alice, *id));
  ASSERT_TRUE(stored);
  EXPECT_EQ(json::serialize(*stored), R"({"room":{"timeline":{"limit":3}}})");
  const auto resolved = run(services->filters.resolve(alice, *id));
  ASSERT_TRUE(resolved);
  EXPECT_EQ((*resolved)->timeline.limit, 3);
  const auto others = run(services->filters.resolve(bob, *id));
  ASSERT_FALSE(others);
  EXPECT_EQ(others.error().reason(), "M_INVALID_PARAM");
  EXPECT_TRUE(run(services->filters.resolve(alice, R"({"room":{"timeline":{"limit":7}}})")));
  EXPECT_FALSE(run(services->filters.resolve(alice, R"({"room":)")));
  EXPECT_FALSE(create(alice, R"({"room":{"timeline":{"limit":"three"}}})"));
}

TEST_F(Personal, TimelineFilters) {
  ASSERT_TRUE(join(bob, public_room(alice)));
  rooms::CreateRoom request;
  request.preset = rooms::Preset::PublicChat;
  const RoomId open = make_room(alice, std::move(request));
  ASSERT_TRUE(join(bob, open));
  const auto shown = [&](std::string timeline_filter) {
    Client other = client_with(alice, R"({"room":{"timeline":)" + timeline_filter + "}}");
    other.since = StreamPosition{before};
    return brief(events_in(room_in(sync(other), "join", open), "timeline"));
  };
  before = store.last_position().value;
  ASSERT_TRUE(send(alice, open, "from alice"));
  ASSERT_TRUE(send(bob, open, "from bob"));
  ASSERT_TRUE(set_state(alice, open, "m.room.topic", {{"topic", "t"}}));
  for (int i = 0; i < 2; ++i) {  // from the tail, and from storage
    EXPECT_EQ(shown(R"({"types":["m.room.message"]})"), (Strings{"from alice", "from bob"}));
    EXPECT_EQ(shown(R"({"not_types":["m.room.*"]})"), Strings{});
    EXPECT_EQ(shown(R"({"senders":["@bob:example.org"]})"), Strings{"from bob"});
    EXPECT_EQ(shown(R"({"not_senders":["@bob:example.org"]})"), (Strings{"from alice", "m.room.topic"}));
    EXPECT_EQ(shown(R"({"rooms":["!other:example.org"]})"), Strings{});
    EXPECT_EQ(shown(R"({"limit":1})"), Strings{"m.room.topic"});
    restart();
  }
}

TEST_F(Personal, FieldsAndFormatOfEvents) {
  Client fields = client_with(alice, R"({"event_fields":["type","content.body"]})");
  Client federation = client_with(alice, R"({"event_format":"federation"})");
  sync(fields);
  sync(federation);
  ASSERT_TRUE(send(alice, room, "hello"));
  const auto kept = events_in(room_in(sync(fields), "join", room), "timeline");
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(json::serialize(kept[0]), R"({"type":"m.room.message","content":{"body":"hello"}})");
  const auto whole = events_in(room_in(sync(federation), "join", room), "timeline");
  ASSERT_EQ(whole.size(), 1U);
  for (const char* key : {"hashes", "signatures", "prev_events", "auth_events", "event_id", "unsigned"})
    EXPECT_NE(json::find(whole[0], key), nullptr) << key;
}

}  // namespace
}  // namespace kuramori::sync::testing
