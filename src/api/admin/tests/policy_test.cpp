#include "administration.hpp"

namespace kuramori::api::admin::testing {
namespace {

constexpr std::string_view kNoRooms = R"({"format":1,"name":"no rooms","rules":[
  {"id":"no-rooms","operations":["room.create"],"effect":"refuse"}]})";

class PolicyApi : public Administration {
 protected:
  PolicyApi() {
    auto first = server.executor.run(
        policies.swap(server.permit(gate::Subject::system(), gate::Operation::AdminPolicySwap),
                      std::string(governance::default_policy_text()), {.reason = "the beginning"}));
    ensure(first.has_value(), "the default policy is put in force");
  }
  Reply put(std::string document, std::string tag) {
    return server.put(target("/policy?reason=no%20rooms%20this%20week"), std::move(document), chief,
                      {{"if-match", std::move(tag)}});
  }
};

TEST_F(PolicyApi, IsReadReplacedAndRolledBack) {
  const Reply read = server.get(target("/policy"), chief);
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.header("ETag"), "\"1\"");
  EXPECT_EQ(server.get(target("/policy"), chief, {{"if-none-match", "\"1\""}}).status, 304);

  const Reply replaced = put(std::string(kNoRooms), "\"1\"");
  ASSERT_EQ(replaced.status, 200) << replaced.response.body;
  EXPECT_EQ(replaced.number("version"), 2);
  EXPECT_EQ(put(std::string(kNoRooms), "\"1\"").status, 412);
  EXPECT_EQ(server.put(target("/policy?reason=x"), std::string(kNoRooms), chief).status, 428);
  const Reply unexplained =
      server.put(target("/policy"), std::string(kNoRooms), chief, {{"if-match", "\"2\""}});
  EXPECT_EQ(unexplained.status, 400);
  EXPECT_EQ(unexplained.text("code"), "M_MISSING_PARAM");

  const Reply versions = server.get(target("/policy/versions?limit=1"), chief);
  ASSERT_EQ(json::array_at(versions.body, "versions")->size(), 1U);
  const Reply older =
      server.get(target("/policy/versions?limit=1&cursor=") + versions.text("next_cursor"), chief);
  EXPECT_EQ(json::integer_or(json::array_at(older.body, "versions")->front().as_object(), "version", 0), 1);
  EXPECT_EQ(older.text("next_cursor"), "");
  const Reply second = server.get(target("/policy/versions/2"), chief);
  EXPECT_EQ(second.text("author"), "@chief:example.org");
  EXPECT_EQ(second.text("reason"), "no rooms this week");
  EXPECT_EQ(json::string_or(*json::object_at(second.body, "document"), "name", ""), "no rooms");
  EXPECT_EQ(server.get(target("/policy/versions/7"), chief).status, 404);

  const Reply back = server.post(target("/policy/versions/1/rollback?reason=a%20mistake"), "", chief,
                                 {{"if-match", "\"2\""}});
  ASSERT_EQ(back.status, 200) << back.response.body;
  EXPECT_EQ(back.number("version"), 3);
  EXPECT_EQ(server.get(target("/policy"), chief).response.body, read.response.body);
  EXPECT_EQ(server.get(target("/policy/versions/3"), chief).text("reason"), "a mistake");
}

TEST_F(PolicyApi, VersionsAreCompared) {
  ASSERT_EQ(put(std::string(kNoRooms), "\"1\"").status, 200);
  const Reply difference = server.get(target("/policy/versions/2/difference"), chief);
  ASSERT_EQ(difference.status, 200) << difference.response.body;
  EXPECT_EQ(difference.number("from"), 1);
  EXPECT_EQ(difference.body.at("rules").at("added").as_array().size(), 1U);
  const auto standard = governance::parse_policy_or_error(governance::default_policy_text());
  EXPECT_EQ(difference.body.at("rules").at("removed").as_array().size(), standard->rules.size());
  const Reply same = server.get(target("/policy/versions/2/difference?from=2"), chief);
  EXPECT_EQ(same.number("changes"), 0);
  EXPECT_EQ(server.get(target("/policy/versions/2/difference?from=7"), chief).status, 404);
  EXPECT_EQ(server.get(target("/policy/versions/2/difference?from=x"), chief).status, 400);
}

TEST_F(PolicyApi, MistakesAreToldAndNothingChanges) {
  const std::string broken =
      "{\"format\":1,\"name\":\"x\",\n\"rules\":[{\"id\":\"a\",\"effect\":\"perhaps\"}]}";
  const Reply reply = put(broken, "\"1\"");
  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.problem(), "invalid-content");
  const json::Array* errors = json::array_at(reply.body, "errors");
  ASSERT_TRUE(errors != nullptr && !errors->empty());
  EXPECT_EQ(json::integer_or(errors->front().as_object(), "line", 0), 2);
  EXPECT_EQ(server.gate.policy()->version(), 1);

  const Reply checked = server.post(target("/policy/check"), broken, chief);
  EXPECT_EQ(checked.status, 200);
  EXPECT_FALSE(json::bool_or(checked.body, "valid", true));
  EXPECT_EQ(json::array_at(checked.body, "errors")->size(), errors->size());
  EXPECT_TRUE(
      json::bool_or(server.post(target("/policy/check"), std::string(kNoRooms), chief).body, "valid", false));
}

TEST_F(PolicyApi, SaysWhatItWouldDecide) {
  ASSERT_EQ(put(std::string(kNoRooms), "\"1\"").status, 200);
  const Reply refused = server.post(target("/policy/explain"), R"({"operation":"room.create"})", chief);
  ASSERT_EQ(refused.status, 200) << refused.response.body;
  EXPECT_EQ(refused.text("effect"), "refuse");
  EXPECT_EQ(refused.text("rule"), "no-rooms");
  EXPECT_EQ(refused.number("policy_version"), 2);
  EXPECT_EQ(server.post(target("/policy/explain"), R"({"operation":"room.join"})", chief).text("effect"),
            "allow");
  EXPECT_EQ(server.post(target("/policy/explain"), R"({"operation":"nothing"})", chief).status, 400);
}

TEST_F(PolicyApi, AnAuditorReadsAndDoesNotReplace) {
  const std::string auditor = server.sign_up("auditor", gate::Role::Auditor);
  EXPECT_EQ(server.get(target("/policy"), auditor).status, 200);
  const Reply reply =
      server.put(target("/policy?reason=x"), std::string(kNoRooms), auditor, {{"if-match", "\"1\""}});
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply.text("rule"), "role.auditor");
}

}  // namespace
}  // namespace kuramori::api::admin::testing
