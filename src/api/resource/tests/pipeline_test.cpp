#include "api/resource/pipeline.hpp"

#include "server.hpp"

namespace kuramori::api::resource::testing {
namespace {

using net::Response;
using runtime::Task;

class ResourcePipelineTest : public ::testing::Test {
 protected:
  ResourcePipelineTest() {
    const auto add = [&](std::string path, EndpointOptions options) {
      server.pipeline.add(server.router, net::Method::Post, std::move(path), std::move(options),
                          [this](Call& call) { return echo(call); });
    };
    add("/plain", {});
    add("/limited", {.limit = "slow"});
    add("/object", {.body = Body::Object, .body_bytes_max = 100});
    add("/optional", {.body = Body::OptionalObject});
    add("/text", {.body = Body::Text});
    server.pipeline.add(server.router, net::Method::Post, "/explode", {},
                        [](Call& call) { return explode(call); });
    server.pipeline.add(server.router, net::Method::Post, "/guarded", {},
                        [this](Call& call) { return guarded(call); });
    token = server.sign_up("aiko");
  }

  Task<Response> echo(Call& call) {
    ++handled;
    json::Object body{{"user", call.subject.user.view()},
                      {"language", call.subject.language},
                      {"body", call.body},
                      {"text", call.request.body},
                      {"count", handled}};
    co_return ok(body);
  }
  static Task<Response> explode(Call&) {
    throw std::runtime_error("boom");
    co_return no_content();
  }
  Task<Response> guarded(Call& call) {
    auto admitting = server.pipeline.admit(call, gate::Operation::AdminUserList);
    auto admitted = co_await std::move(admitting);
    if (admitted.denied) co_return *std::move(admitted.denied);
    auto recording = server.pipeline.record(call, *std::move(admitted.permit), "listed");
    auto denied = co_await std::move(recording);
    if (denied) co_return *std::move(denied);
    co_return no_content();
  }

  Server server{{.limits = {.enabled = true, .limits = {{"slow", {.per_second = 0.5, .burst = 2}}}}}};
  std::string token;
  int handled = 0;
};

TEST_F(ResourcePipelineTest, WhoCallsIsKnownFirst) {
  EXPECT_EQ(server.post("/plain", "", token).text("user"), "@aiko:example.org");
  struct Case {
    std::string token;
    std::string code;
  };
  for (const Case& c : {Case{"", "M_MISSING_TOKEN"}, Case{"nonsense", "M_UNKNOWN_TOKEN"}}) {
    const Reply reply = server.post("/plain", "", c.token);
    EXPECT_EQ(reply.status, 401);
    EXPECT_EQ(reply.problem(), "unauthenticated");
    EXPECT_EQ(reply.text("code"), c.code);
    EXPECT_EQ(reply.header("WWW-Authenticate"), "Bearer");
  }
  EXPECT_EQ(server.post("/plain?access_token=" + token, "", "").status, 401) << "never from the URL";
}

TEST_F(ResourcePipelineTest, ALockedAccountIsTurnedAway) {
  const auto locked = server.executor.run(
      server.restrictions.lock(server.permit(gate::Subject::system(), gate::Operation::AdminUserLock),
                               server.user("aiko"), identity::Locked::Yes));
  ASSERT_TRUE(locked);
  const Reply reply = server.post("/plain", "", token);
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(reply.text("code"), "M_USER_LOCKED");
}

TEST_F(ResourcePipelineTest, TheBodyIsWhatTheEndpointTakes) {
  struct Case {
    std::string path;
    std::string body;
    std::string type;
    int status;
    std::string problem;
  };
  const Case cases[] = {
      {"/object", R"({"a":1})", "application/json", 200, ""},
      {"/object", R"({"a":1})", "Application/JSON; charset=utf-8", 200, ""},
      {"/object", R"({"a":1})", "text/plain", 415, "unsupported-media-type"},
      {"/object", "", "application/json", 400, "invalid-request"},
      {"/object", "[1]", "application/json", 400, "invalid-request"},
      {"/object", "{", "application/json", 400, "invalid-request"},
      {"/optional", "", "application/json", 200, ""},
      {"/optional", "{", "application/json", 400, "invalid-request"},
      {"/text", "{", "application/json", 200, ""},
      {"/text", "", "application/json", 400, "invalid-request"},
      {"/plain", "whatever", "text/plain", 200, ""},
  };
  for (const Case& c : cases) {
    const Reply reply = server.post(c.path, c.body, token, {{"content-type", c.type}});
    EXPECT_EQ(reply.status, c.status) << c.path << " " << c.body;
    EXPECT_EQ(reply.problem(), c.problem) << c.path << " " << c.body;
  }
}

TEST_F(ResourcePipelineTest, LimitsAreKeptPerPerson) {
  EXPECT_EQ(server.post("/limited", "", token).status, 200);
  EXPECT_EQ(server.post("/limited", "", token).status, 200);
  const Reply reply = server.post("/limited", "", token);
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(reply.problem(), "too-many-requests");
  EXPECT_FALSE(reply.header("Retry-After").empty());
  EXPECT_EQ(server.post("/limited", "", server.sign_up("ken")).status, 200);
}

TEST_F(ResourcePipelineTest, AnExceptionIsAProblemWithoutDetail) {
  const Reply reply = server.post("/explode", "", token);
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.problem(), "internal");
  EXPECT_EQ(reply.response.body.find("boom"), std::string::npos);
}

TEST_F(ResourcePipelineTest, ARefusalNamesTheRule) {
  const Reply reply = server.post("/guarded", "", token, {{"accept-language", "ja"}});
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply.problem(), "refused-by-policy");
  EXPECT_EQ(reply.text("rule"), "role.member");
  EXPECT_FALSE(reply.text("decision_id").empty());
  EXPECT_EQ(reply.header("Content-Language"), "ja");
  EXPECT_EQ(server.post("/guarded", "", server.sign_up("chief", gate::Role::Administrator)).status, 204);
}

TEST_F(ResourcePipelineTest, ASuspendedAccountChangesNothing) {
  const std::string chief = server.sign_up("chief", gate::Role::Administrator);
  const auto suspended = server.executor.run(
      server.restrictions.suspend(server.permit(gate::Subject::system(), gate::Operation::AdminUserSuspend),
                                  server.user("chief"), identity::Suspended::Yes));
  ASSERT_TRUE(suspended);
  const Reply reply = server.post("/guarded", "", chief);
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply.text("code"), "M_USER_SUSPENDED");
}

TEST_F(ResourcePipelineTest, ARepeatedKeyIsAnsweredWithoutRepeatingTheAct) {
  const Headers key{{"idempotency-key", "4f7a"}};
  const Reply first = server.post("/object", R"({"a":1})", token, key);
  const Reply again = server.post("/object", R"({"a":1})", token, key);
  EXPECT_EQ(handled, 1);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.response.body, first.response.body);
  EXPECT_EQ(again.header("Idempotent-Replayed"), "true");
  EXPECT_EQ(first.header("Idempotent-Replayed"), "");

  const Reply other = server.post("/object", R"({"a":2})", token, key);
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(other.problem(), "idempotency-key-reused");
  EXPECT_EQ(server.post("/object", R"({"a":1})", server.sign_up("ken"), key).number("count"), 2)
      << "another person's key is another key";
  EXPECT_EQ(server.post("/object", R"({"a":1})", token, {{"idempotency-key", "with space"}}).status, 400);
}

TEST_F(ResourcePipelineTest, WhatFailedMayBeTriedAgainUnderItsKey) {
  const Headers key{{"idempotency-key", "5e"}};
  EXPECT_EQ(server.post("/explode", "", token, key).status, 500);
  EXPECT_EQ(server.post("/explode", "", token, key).status, 500);
  EXPECT_EQ(server.post("/guarded", "", token, key).status, 403);
  EXPECT_EQ(server.post("/guarded", "", token, key).status, 403);
}

}  // namespace
}  // namespace kuramori::api::resource::testing
