// Relations, threads and what is bundled of them, over HTTP.
#include "rooms_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

class RelationsApi : public RoomsApi {
 protected:
  Reply send_content(std::string_view token, std::string_view room, std::string content,
                     std::string_view type = "m.room.message") {
    return server.put(path(room, "/send/" + std::string(type) + "/t" + std::to_string(++transactions)),
                      std::move(content), token);
  }
  std::string text_event(std::string_view token, std::string_view room, std::string_view body) {
    const Reply reply = send(token, room, body, "m" + std::to_string(++transactions));
    EXPECT_EQ(reply.status, 200) << reply.response.body;
    return reply.text("event_id");
  }
  static std::string related(std::string_view rel_type, std::string_view parent, std::string_view more = {}) {
    return R"({"msgtype":"m.text","body":"b","m.new_content":{"msgtype":"m.text","body":"n"},"m.relates_to":{"rel_type":")" +
           std::string(rel_type) + R"(","event_id":")" + std::string(parent) + "\"" + std::string(more) +
           "}}";
  }
  std::string relate(std::string_view token, std::string_view room, std::string_view rel_type,
                     std::string_view parent) {
    const Reply reply = send_content(token, room, related(rel_type, parent));
    EXPECT_EQ(reply.status, 200) << reply.response.body;
    return reply.text("event_id");
  }
  static std::string relations_path(std::string_view room, std::string_view event,
                                    std::string_view rest = {}) {
    return "/_matrix/client/v1/rooms/" + text::percent_encode(room) + "/relations/" +
           text::percent_encode(event) + std::string(rest);
  }
  static std::string threads_path(std::string_view room, std::string_view query = {}) {
    return "/_matrix/client/v1/rooms/" + text::percent_encode(room) + "/threads" + std::string(query);
  }
  static std::vector<std::string> ids(const Reply& reply) {
    std::vector<std::string> found;
    for (const json::Value& event : reply.body.at("chunk").as_array()) {
      found.emplace_back(json::string_or(event.as_object(), "event_id", ""));
    }
    return found;
  }
  json::Object bundled(std::string_view token, std::string_view room, std::string_view event) {
    const Reply reply = server.get(path(room, "/event/" + text::percent_encode(event)), token);
    EXPECT_EQ(reply.status, 200) << reply.response.body;
    const json::Object* part = json::object_at(reply.body.at("unsigned").as_object(), "m.relations");
    return part == nullptr ? json::Object() : *part;
  }
  void redact(std::string_view token, std::string_view room, std::string_view event) {
    const Reply reply = server.put(
        path(room, "/redact/" + text::percent_encode(event) + "/r" + std::to_string(++transactions)), "{}",
        token);
    EXPECT_EQ(reply.status, 200) << reply.response.body;
  }

  int transactions = 0;
};

TEST_F(RelationsApi, EventsFromStorageTellTheReadersMembershipThen) {
  const std::string room = create(alice);
  const std::string before = text_event(alice, room, "before");
  ASSERT_EQ(join(bob, room).status, 200);
  const std::string after = text_event(alice, room, "after");
  const auto membership = [&](const json::Object& event) {
    return std::string(json::string_or(event.at("unsigned").as_object(), "membership", ""));
  };
  const auto read = [&](std::string_view event) {
    return membership(server.get(path(room, "/event/" + text::percent_encode(event)), bob).body);
  };
  EXPECT_EQ(read(before), "leave");
  EXPECT_EQ(read(after), "join");
  const Reply messages = server.get(path(room, "/messages?dir=f"), bob);
  std::string seen;
  for (const json::Value& event : messages.body.at("chunk").as_array())
    seen += membership(event.as_object()) + " ";
  EXPECT_TRUE(seen.ends_with("leave join join ")) << seen;  // before, the join itself, after
  const Reply context = server.get(path(room, "/context/" + text::percent_encode(after)), bob);
  EXPECT_EQ(membership(context.body.at("event").as_object()), "join");
  const auto& earlier = context.body.at("events_before").as_array();
  EXPECT_EQ(membership(earlier[0].as_object()), "join");
  EXPECT_EQ(membership(earlier[1].as_object()), "leave");
}

TEST_F(RelationsApi, AThreadIsSummarisedAtItsRoot) {
  const std::string room = create(alice);
  const std::string carol = server.sign_up("carol");
  ASSERT_EQ(join(bob, room).status, 200);
  ASSERT_EQ(join(carol, room).status, 200);
  const std::string root = text_event(alice, room, "root");
  EXPECT_TRUE(bundled(alice, room, root).empty());
  relate(bob, room, "m.thread", root);
  const std::string last = relate(bob, room, "m.thread", root);
  relate(bob, room, "m.replace", last);
  for (const auto& [token, participated] : {std::pair(alice, true), {bob, true}, {carol, false}}) {
    const json::Object thread = bundled(token, room, root).at("m.thread").as_object();
    EXPECT_EQ(thread.at("count").as_int64(), 2);
    EXPECT_EQ(thread.at("current_user_participated").as_bool(), participated);
    const json::Object& latest = thread.at("latest_event").as_object();
    EXPECT_EQ(json::string_or(latest, "event_id", ""), last);
    EXPECT_EQ(json::string_or(latest, "room_id", ""), room);
    EXPECT_TRUE(latest.at("unsigned").as_object().at("m.relations").as_object().contains("m.replace"));
  }
  redact(bob, room, last);
  EXPECT_EQ(bundled(alice, room, root).at("m.thread").as_object().at("count").as_int64(), 1);
  // Nothing starts at an event that is in a relation itself.
  const Reply nested =
      send_content(bob, room, related("m.thread", ids(server.get(relations_path(room, root), bob))[0]));
  EXPECT_EQ(nested.status, 400);
  EXPECT_EQ(nested.errcode(), "M_UNKNOWN");
}

TEST_F(RelationsApi, OnlyTheNewestValidEditIsBundled) {
  const std::string room = create(alice);
  ASSERT_EQ(join(bob, room).status, 200);
  const std::string original = text_event(alice, room, "one");
  const std::string first = relate(alice, room, "m.replace", original);
  server.clock.advance(Milliseconds(5));
  const std::string second = relate(alice, room, "m.replace", original);
  server.clock.advance(Milliseconds(5));
  relate(bob, room, "m.replace", original);  // not his to edit
  send_content(alice, room,
               R"({"body":"x","m.relates_to":{"rel_type":"m.replace","event_id":")" + original + R"("}})");
  const auto edit = [&] {
    return std::string(
        json::string_or(bundled(bob, room, original).at("m.replace").as_object(), "event_id", ""));
  };
  EXPECT_EQ(edit(), second);
  redact(alice, room, second);
  EXPECT_EQ(edit(), first);
  redact(alice, room, original);
  EXPECT_FALSE(bundled(bob, room, original).contains("m.replace"));
}

TEST_F(RelationsApi, ReferencesAreListedAndReactionsAreNot) {
  const std::string room = create(alice);
  const std::string event = text_event(alice, room, "one");
  const std::string reference = relate(alice, room, "m.reference", event);
  const std::string reaction =
      R"({"m.relates_to":{"rel_type":"m.annotation","key":"👍","event_id":")" + event + R"("}})";
  const Reply first = send_content(alice, room, reaction, "m.reaction");
  EXPECT_EQ(first.status, 200);
  const json::Object relations = bundled(alice, room, event);
  EXPECT_EQ(relations.size(), 1u);
  const auto& chunk = relations.at("m.reference").as_object().at("chunk").as_array();
  ASSERT_EQ(chunk.size(), 1u);
  EXPECT_EQ(json::string_or(chunk[0].as_object(), "event_id", ""), reference);

  const Reply again = send_content(alice, room, reaction, "m.reaction");
  EXPECT_EQ(again.status, 400);
  EXPECT_EQ(again.errcode(), "M_DUPLICATE_ANNOTATION");
  ASSERT_EQ(join(bob, room).status, 200);
  EXPECT_EQ(send_content(bob, room, reaction, "m.reaction").status, 200);
  EXPECT_EQ(send_content(alice, room, reaction, "org.example.reaction").status, 200);
  redact(alice, room, first.text("event_id"));
  EXPECT_EQ(send_content(alice, room, reaction, "m.reaction").status, 200);
}

TEST_F(RelationsApi, RelationsArePagedInBothDirections) {
  const std::string room = create(alice);
  const std::string event = text_event(alice, room, "one");
  std::vector<std::string> sent;
  for (int i = 0; i < 5; ++i)
    sent.push_back(relate(alice, room, i % 2 == 0 ? "m.thread" : "m.reference", event));
  const std::vector<std::string> newest_first(sent.rbegin(), sent.rend());
  EXPECT_EQ(ids(server.get(relations_path(room, event), alice)), newest_first);
  EXPECT_EQ(ids(server.get(relations_path(room, event, "?dir=f"), alice)), sent);
  EXPECT_EQ(ids(server.get(relations_path(room, event, "/m.reference"), alice)),
            (std::vector<std::string>{sent[3], sent[1]}));
  EXPECT_TRUE(ids(server.get(relations_path(room, event, "/m.reference/m.sticker"), alice)).empty());
  for (const std::string direction : {"b", "f"}) {
    std::vector<std::string> paged;
    std::string from;
    for (int page = 0; page < 5; ++page) {
      const Reply reply = server.get(
          relations_path(room, event, "?limit=2&dir=" + direction + (from.empty() ? "" : "&from=" + from)),
          alice);
      EXPECT_EQ(reply.text("prev_batch"), from);
      for (std::string& id : ids(reply)) paged.push_back(std::move(id));
      from = reply.text("next_batch");
      if (from.empty()) break;
    }
    EXPECT_EQ(paged, direction == "b" ? newest_first : sent);
  }
  EXPECT_EQ(server.get(relations_path(room, event, "?from=x"), alice).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(server.get(relations_path(room, "$nothing"), alice).status, 404);
  EXPECT_EQ(server.get(relations_path(room, event), bob).status, 403);
}

TEST_F(RelationsApi, RecursionFollowsRelationsOfRelations) {
  const std::string room = create(alice);
  const std::string event = text_event(alice, room, "one");
  const std::string child = relate(alice, room, "m.thread", event);
  const std::string grandchild = relate(alice, room, "m.reference", child);
  EXPECT_EQ(ids(server.get(relations_path(room, event), alice)), std::vector<std::string>{child});
  const Reply reply = server.get(relations_path(room, event, "?recurse=true"), alice);
  EXPECT_EQ(ids(reply), (std::vector<std::string>{grandchild, child}));
  EXPECT_EQ(reply.body.at("recursion_depth").as_int64(), 3);
  EXPECT_EQ(ids(server.get(relations_path(room, event, "/m.reference?recurse=true"), alice)),
            std::vector<std::string>{grandchild});
}

TEST_F(RelationsApi, ThreadsAreListedByTheirLatestEvent) {
  const std::string room = create(alice);
  ASSERT_EQ(join(bob, room).status, 200);
  const std::string one = text_event(alice, room, "one");
  const std::string two = text_event(alice, room, "two");
  const std::string three = text_event(alice, room, "three");
  relate(alice, room, "m.thread", two);
  relate(bob, room, "m.thread", one);
  relate(alice, room, "m.thread", three);
  relate(alice, room, "m.thread", two);
  EXPECT_EQ(ids(server.get(threads_path(room), bob)), (std::vector<std::string>{two, three, one}));
  EXPECT_EQ(ids(server.get(threads_path(room, "?include=participated"), bob)), std::vector<std::string>{one});
  const Reply page = server.get(threads_path(room, "?limit=2"), bob);
  EXPECT_EQ(ids(page), (std::vector<std::string>{two, three}));
  const Reply rest = server.get(threads_path(room, "?limit=2&from=" + page.text("next_batch")), bob);
  EXPECT_EQ(ids(rest), std::vector<std::string>{one});
  EXPECT_EQ(rest.text("next_batch"), "");
  EXPECT_EQ(server.get(threads_path(room, "?include=some"), bob).errcode(), "M_INVALID_PARAM");
}

// Relations of what a reader may not see are not told either.
TEST_F(RelationsApi, HistoryVisibilityHoldsForRelations) {
  const std::string room = create(
      alice,
      R"({"preset":"public_chat","initial_state":[{"type":"m.room.history_visibility","content":{"history_visibility":"joined"}}]})");
  const std::string root = text_event(alice, room, "root");
  relate(alice, room, "m.thread", root);
  ASSERT_EQ(join(bob, room).status, 200);
  EXPECT_EQ(server.get(relations_path(room, root), bob).status, 404);
  EXPECT_TRUE(ids(server.get(threads_path(room), bob)).empty());
  const std::string seen = text_event(alice, room, "seen");
  relate(alice, room, "m.thread", seen);
  ASSERT_EQ(server.post(path(room, "/leave"), "{}", bob).status, 200);
  relate(alice, room, "m.thread", seen);
  EXPECT_EQ(bundled(bob, room, seen).at("m.thread").as_object().at("count").as_int64(), 1);
  EXPECT_EQ(ids(server.get(relations_path(room, seen), bob)).size(), 1u);
}

// Whoever is in another room cannot count into this one.
TEST_F(RelationsApi, RelationsFromAnotherRoomDoNotCount) {
  const std::string room = create(alice);
  const std::string other = create(bob);
  const std::string root = text_event(alice, room, "root");
  relate(alice, room, "m.thread", root);
  relate(bob, other, "m.thread", root);
  EXPECT_EQ(bundled(alice, room, root).at("m.thread").as_object().at("count").as_int64(), 1);
  EXPECT_EQ(ids(server.get(relations_path(room, root), alice)).size(), 1u);
}

}  // namespace
}  // namespace kuramori::api::client::testing
