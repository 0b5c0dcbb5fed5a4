#include "api/client/pipeline.hpp"

#include "harness.hpp"

namespace kuramori::api::client::testing {
namespace {

using runtime::Task;

Task<net::Response> echo(Call& call) {
  json::Object body;
  body["user"] = call.subject.user.view();
  body["language"] = call.subject.language;
  body["body"] = call.body;
  co_return ok(body);
}
Task<net::Response> explode(Call&) {
  throw std::runtime_error("boom");
  co_return empty_ok();
}

class PipelineTest : public ::testing::Test {
 protected:
  PipelineTest() {
    const auto add = [&](std::string path, EndpointOptions options) {
      server.pipeline.add(server.router, net::Method::Post, {std::move(path)}, std::move(options),
                          [](Call& call) { return echo(call); });
    };
    add("/public", {.access = Access::Public, .limit = ""});
    add("/optional", {.access = Access::OptionalUser, .limit = ""});
    add("/user", {.access = Access::User, .limit = "slow"});
    add("/members", {.access = Access::UserNoGuests, .limit = ""});
    add("/body", {.access = Access::Public, .limit = "", .body_bytes_max = 100, .takes_body = true});
    add("/maybe", {.access = Access::Public, .limit = "", .takes_body = true, .body_optional = true});
    server.pipeline.add(server.router, net::Method::Post, {"/explode"},
                        {.access = Access::Public, .limit = ""}, [](Call& call) { return explode(call); });
  }

  Harness server{{.limits = {.enabled = true, .limits = {{"slow", {.per_second = 0.5, .burst = 2}}}}}};
};

TEST_F(PipelineTest, WhoMayCallWhat) {
  const std::string member = server.sign_up("alice");
  const std::string guest = server.sign_up("visitor", gate::Role::Guest);
  struct Case {
    std::string path;
    std::string token;
    int status;
    std::string errcode;
  };
  const Case cases[] = {
      {"/public", "", 200, ""},
      {"/public", "nonsense", 200, ""},
      {"/optional", "", 200, ""},
      {"/optional", member, 200, ""},
      {"/optional", "nonsense", 401, "M_UNKNOWN_TOKEN"},
      {"/user", "", 401, "M_MISSING_TOKEN"},
      {"/user", "nonsense", 401, "M_UNKNOWN_TOKEN"},
      {"/user", member, 200, ""},
      {"/user", guest, 200, ""},
      {"/members", member, 200, ""},
      {"/members", guest, 403, "M_GUEST_ACCESS_FORBIDDEN"},
  };
  for (const Case& c : cases) {
    const Reply reply = server.post(c.path, "", c.token);
    EXPECT_EQ(reply.status, c.status) << c.path << " " << c.token.substr(0, 5);
    EXPECT_EQ(reply.errcode(), c.errcode) << c.path;
  }
}

TEST_F(PipelineTest, TheTokenComesInTheHeaderOrTheQuery) {
  const std::string token = server.sign_up("alice");
  EXPECT_EQ(server.post("/user?access_token=" + token, "").status, 200);
  net::Request request = server.make_request(net::Method::Post, "/members", "", "");
  request.headers.emplace_back("authorization", "bearer   " + token);
  EXPECT_EQ(server.executor.run(server.start(request)).status, 200) << "the scheme in any case";
  request.headers.back().second = "Basic abc";
  EXPECT_EQ(server.executor.run(server.start(request)).status, 401);
}

TEST_F(PipelineTest, BodiesAreParsedAndBounded) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "M_NOT_JSON"},
      {"{", "M_NOT_JSON"},
      {"[]", "M_BAD_JSON"},
      {"null", "M_BAD_JSON"},
      {"{\"a\":\"\xff\"}", "M_NOT_JSON"},
      {"{\"a\":1}", ""},
      {"{\"a\":\"" + std::string(100, 'x') + "\"}", "M_TOO_LARGE"}};
  for (const auto& [body, errcode] : cases) {
    const Reply reply = server.post("/body", body);
    EXPECT_EQ(reply.errcode(), errcode) << body;
    const int status = errcode.empty() ? 200 : errcode == "M_TOO_LARGE" ? 413 : 400;
    EXPECT_EQ(reply.status, status) << body;
  }
  EXPECT_EQ(server.post("/maybe", "").status, 200);
  EXPECT_EQ(server.post("/maybe", "{").errcode(), "M_NOT_JSON");
}

TEST_F(PipelineTest, TheSubjectKnowsItsLanguage) {
  server.language = "zh-HK,zh;q=0.8";
  EXPECT_EQ(server.post("/public", "").text("language"), "zh-Hant");
}

TEST_F(PipelineTest, LimitsAreForEachUserAndSayWhenToComeBack) {
  const std::string alice = server.sign_up("alice");
  const std::string bob = server.sign_up("bob");
  EXPECT_EQ(server.post("/user", "", alice).status, 200);
  EXPECT_EQ(server.post("/user", "", alice).status, 200);
  const Reply limited = server.post("/user", "", alice);
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.errcode(), "M_LIMIT_EXCEEDED");
  EXPECT_EQ(json::integer_or(limited.body, "retry_after_ms", 0), 2000);
  ASSERT_EQ(limited.response.headers.size(), 1U);
  EXPECT_EQ(limited.response.headers[0], (std::pair<std::string, std::string>("Retry-After", "2")));
  EXPECT_EQ(server.post("/user", "", bob).status, 200);
  server.clock.advance(Milliseconds(1999));
  EXPECT_EQ(server.post("/user", "", alice).status, 429);
  server.clock.advance(Milliseconds(1));
  EXPECT_EQ(server.post("/user", "", alice).status, 200);
}

TEST_F(PipelineTest, AnExceptionIsA500WithoutDetail) {
  const Reply reply = server.post("/explode", "");
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.errcode(), "M_UNKNOWN");
  EXPECT_EQ(reply.response.body.find("boom"), std::string::npos);
}

TEST_F(PipelineTest, RequestsAreCountedByEndpoint) {
  server.post("/public", "");
  server.post("/explode", "");
  const std::string metrics = server.metrics.render();
  EXPECT_NE(metrics.find(R"(kuramori_api_client_responses_total{endpoint="POST /public",class="2xx"} 1)"),
            std::string::npos);
  EXPECT_NE(metrics.find(R"(kuramori_api_client_responses_total{endpoint="POST /explode",class="5xx"} 1)"),
            std::string::npos);
}

TEST_F(PipelineTest, DevicesAreSeen) {
  const std::string token = server.sign_up("alice");
  server.address = "203.0.113.77";
  server.post("/members", "", token);
  const auto seen = server.sessions.last_seen(server.user("alice"), DeviceId("ALICE"));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->address, "203.0.113.77");
}

TEST(RateLimiterTest, IsBounded) {
  RateLimiter limiter(160);
  const RateLimit limit{.per_second = 1, .burst = 1};
  const SteadyTime now = ManualClock().steady_now();
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_EQ(limiter.take(limit, "x", std::to_string(i), now).count(), 0);
  }
  EXPECT_GT(limiter.take(limit, "x", "9999", now).count(), 0) << "the latest is remembered";
  EXPECT_EQ(limiter.take({}, "x", "9999", now).count(), 0) << "no limit";
}

TEST(ResponsesTest, StatusesOfErrors) {
  const std::tuple<Error, int, std::string> cases[] = {
      {invalid_argument("x"), 400, "M_INVALID_PARAM"},
      {missing_argument("x"), 400, "M_MISSING_PARAM"},
      {forbidden("x"), 403, "M_FORBIDDEN"},
      {not_found("x"), 404, "M_NOT_FOUND"},
      {Error(ErrorCode::Conflict, "M_USER_IN_USE", "x"), 400, "M_USER_IN_USE"},
      {Error(ErrorCode::Conflict, "M_ROOM_IN_USE", "x"), 400, "M_ROOM_IN_USE"},
      {Error(ErrorCode::Conflict, "M_UNKNOWN", "x"), 409, "M_UNKNOWN"},
      {Error(ErrorCode::TooLarge, "M_TOO_LARGE", "x"), 413, "M_TOO_LARGE"},
      {Error(ErrorCode::Unsupported, "M_UNSUPPORTED_ROOM_VERSION", "x"), 400, "M_UNSUPPORTED_ROOM_VERSION"},
      {Error(ErrorCode::Unsupported, "M_UNRECOGNIZED", "x"), 404, "M_UNRECOGNIZED"},
      {internal_error("the detail"), 500, "M_UNKNOWN"},
      {corrupt("the detail"), 500, "M_UNKNOWN"},
      {unavailable("x", "the detail"), 503, "M_UNKNOWN"},
  };
  for (const auto& [error, status, errcode] : cases) {
    const net::Response response = failed(error);
    EXPECT_EQ(response.status, status) << error.to_log();
    EXPECT_EQ(json::string_or(*json::parse_object(response.body), "errcode", ""), errcode);
    EXPECT_EQ(response.body.find("the detail"), std::string::npos);
  }
}

}  // namespace
}  // namespace kuramori::api::client::testing
