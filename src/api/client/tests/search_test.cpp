// POST /search over HTTP: shapes, mistakes, policy, ignored people.
#include "api/client/search_routes.hpp"
#include "gate/policy_store.hpp"
#include "rooms_fixture.hpp"
#include "search/indexer.hpp"
#include "search/tables.hpp"

namespace kuramori::api::client::testing {
namespace {

class SearchApi : public RoomsApi {
 protected:
  SearchApi() : SearchApi(nullptr) {}
  explicit SearchApi(std::shared_ptr<const governance::CompiledPolicy> policy) : RoomsApi(std::move(policy)) {
    storage::Migration first{.number = 1, .name = "initial", .changes = {}};
    storage::Migration second{.number = 2, .name = "search", .changes = {}};
    for (const storage::Table* table : search::tables())
      second.changes.emplace_back(storage::CreateTable{table});
    const std::array<storage::Migration, 2> migrations{std::move(first), std::move(second)};
    ensure(server.store.migrate(migrations).has_value(), "the tables of search can be made");
    add_search_routes(server.router, server.pipeline, search_services);
  }
  Reply search(std::string_view token, std::string_view criteria, std::string_view next = {}) {
    for (int i = 0; i < 1'000; ++i) {
      const auto more = indexer.step();
      EXPECT_TRUE(more) << more.error().to_log();
      if (!more || !*more) break;
    }
    std::string target = "/_matrix/client/v3/search";
    if (!next.empty()) target += "?next_batch=" + std::string(next);
    return server.post(target, R"({"search_categories":{"room_events":)" + std::string(criteria) + "}}",
                       token);
  }
  static const json::Object& events(const Reply& reply) {
    return reply.body.at("search_categories").as_object().at("room_events").as_object();
  }
  static std::vector<std::string> bodies(const Reply& reply) {
    EXPECT_EQ(reply.status, 200) << reply.response.body;
    std::vector<std::string> found;
    for (const json::Value& result : events(reply).at("results").as_array()) {
      const json::Object& event = result.as_object().at("result").as_object();
      found.emplace_back(json::string_or(event.at("content").as_object(), "body", ""));
    }
    return found;
  }

  search::Indexer indexer{
      {server.store, *server.keys, server.gate, server.clock, server.random, server.metrics, server.log}, {}};
  search::Searcher searcher{{server.store, *server.keys, service, server.gate, server.clock, server.metrics}};
  SearchServices search_services{searcher};
};

using Texts = std::vector<std::string>;

TEST_F(SearchApi, AnswersInTheShapeOfTheSpecification) {
  const std::string room = create(alice);
  for (int i = 0; i < 3; ++i) send(alice, room, "tea time " + std::to_string(i), "t" + std::to_string(i));
  const Reply reply = search(alice, R"({"search_term":"tea","order_by":"recent","include_state":true,
    "filter":{"limit":2},"event_context":{"include_profile":true},"groupings":{"group_by":[{"key":"room_id"},{"key":"sender"}]}})");
  EXPECT_EQ(bodies(reply), (Texts{"tea time 2", "tea time 1"}));
  const json::Object& found = events(reply);
  EXPECT_EQ(found.at("count").as_int64(), 3);
  EXPECT_EQ(json::serialize(found.at("highlights")), R"(["tea"])");
  const json::Object& first = found.at("results").as_array()[0].as_object();
  EXPECT_TRUE(first.at("rank").is_number());
  EXPECT_EQ(json::string_or(first.at("result").as_object(), "room_id", ""), room);
  const json::Object& context = first.at("context").as_object();
  EXPECT_EQ(context.at("events_before").as_array().size(), 5U);
  EXPECT_TRUE(context.at("events_after").as_array().empty());
  EXPECT_TRUE(context.at("profile_info").as_object().contains("@alice:example.org"));
  EXPECT_FALSE(found.at("state").as_object().at(room).as_array().empty());
  const json::Object& groups = found.at("groups").as_object();
  const json::Object& group = groups.at("room_id").as_object().at(room).as_object();
  EXPECT_EQ(group.at("order").as_int64(), 1);
  EXPECT_EQ(group.at("results").as_array().size(), 2U);
  EXPECT_TRUE(group.contains("next_batch"));
  EXPECT_TRUE(groups.at("sender").as_object().contains("@alice:example.org"));
  const Reply rest = search(alice, R"({"search_term":"tea","order_by":"recent","filter":{"limit":2}})",
                            json::string_or(found, "next_batch", ""));
  EXPECT_EQ(bodies(rest), Texts{"tea time 0"});
  EXPECT_FALSE(events(rest).contains("next_batch"));
  EXPECT_FALSE(events(rest).contains("groups"));
}

TEST_F(SearchApi, MistakesAreNamed) {
  EXPECT_EQ(server.post("/_matrix/client/v3/search", "{}", alice).errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(search(alice, "{}").errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(search(alice, R"({"search_term":"a","order_by":"x"})").errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(search(alice, R"({"search_term":"a"})", "zzz").errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(search("", R"({"search_term":"a"})").status, 401);
  const Reply none = server.post("/_matrix/client/v3/search", R"({"search_categories":{}})", alice);
  EXPECT_EQ(none.status, 200);
  EXPECT_TRUE(none.body.at("search_categories").as_object().empty());
}

TEST_F(SearchApi, OthersRoomsAreNotSearched) {
  const std::string room = create(alice);
  send(alice, room, "confidential", "t");
  EXPECT_EQ(bodies(search(alice, R"({"search_term":"confidential"})")), Texts{"confidential"});
  const Reply reply = search(bob, R"({"search_term":"confidential"})");
  EXPECT_EQ(bodies(reply), Texts{});
  EXPECT_EQ(events(reply).at("count").as_int64(), 0);
}

class IgnoresBob final : public rooms::PersonalChoices {
 public:
  runtime::Task<Result<rooms::IgnoredUsers>> ignored_by(UserId) override {
    co_return std::make_shared<const std::unordered_set<UserId>>(
        std::unordered_set<UserId>{UserId("@bob:example.org")});
  }
  runtime::Task<Result<Invitation>> invitation(UserId, UserId) override { co_return Invitation::Accepted; }
};

TEST_F(SearchApi, IgnoredPeopleAreLeftOut) {
  const std::string room = create(alice);
  ASSERT_EQ(join(bob, room).status, 200);
  send(bob, room, "spam offer", "b");
  send(alice, room, "offer", "a");
  EXPECT_EQ(bodies(search(alice, R"({"search_term":"offer"})")).size(), 2U);
  IgnoresBob ignoring;
  chooses.choices = &ignoring;
  EXPECT_EQ(bodies(search(alice, R"({"search_term":"offer"})")), Texts{"offer"});
}

std::shared_ptr<const governance::CompiledPolicy> refusing(std::string_view operation) {
  auto compiled = gate::compile_policy(R"({"format":1,"name":"test","rules":[{"id":"no","operations":[")" +
                                           std::string(operation) + R"("],"effect":"refuse"}]})",
                                       1);
  EXPECT_TRUE(compiled.has_value()) << compiled.error().message();
  return *std::move(compiled);
}

class SearchRefused : public SearchApi {
 protected:
  SearchRefused() : SearchApi(refusing("search.read")) {}
};

TEST_F(SearchRefused, ByPolicy) {
  create(alice);
  const Reply reply = search(alice, R"({"search_term":"tea"})");
  EXPECT_EQ(reply.status, 403);
  EXPECT_TRUE(reply.body.contains("org.kuramori.refusal"));
}

class ReadingRefused : public SearchApi {
 protected:
  ReadingRefused() : SearchApi(refusing("room.read")) {}
};

// Who may not read a room does not find what is in it, nor learn how much that is.
TEST_F(ReadingRefused, NothingIsFound) {
  const std::string room = create(alice);
  send(alice, room, "tea", "t");
  const Reply reply = search(alice, R"({"search_term":"tea"})");
  EXPECT_EQ(bodies(reply), Texts{});
  EXPECT_EQ(events(reply).at("count").as_int64(), 0);
}

}  // namespace
}  // namespace kuramori::api::client::testing
