// What a well-behaved client sees.
#include "server_fixture.hpp"

namespace kuramori::net::testing {
namespace {

using HttpTest = ServerTest;

TEST_F(HttpTest, AnswersAndKeepsTheConnection) {
  start();
  Client client(port());
  for (int i = 0; i < 3; ++i) {
    const Reply reply = client.ask(get("/echo?a=1&b=x+%2B"));
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "hello");
    EXPECT_EQ(reply.headers.at("x-query-b"), "x +");
    EXPECT_EQ(reply.headers.at("content-type"), "text/plain");
    EXPECT_EQ(reply.headers.at("x-peer"), "127.0.0.1");
    EXPECT_FALSE(reply.headers.contains("connection"));
    EXPECT_TRUE(reply.headers.at("date").ends_with(" GMT"));
  }
}

TEST_F(HttpTest, AnswersPipelinedRequestsInOrder) {
  start();
  Client client(port());
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += get("/things/" + std::to_string(i));
  client.send(requests);
  for (int i = 0; i < 100; ++i) {
    const Reply reply = client.receive();
    ASSERT_EQ(reply.status, 200);
    EXPECT_EQ(reply.headers.at("x-parameter"), std::to_string(i));
  }
}

TEST_F(HttpTest, KeepsOrderBehindAParkedRequest) {
  start();
  Client client(port());
  client.send(get("/park") + get("/things/after") + get("/big/100000"));
  ASSERT_TRUE(eventually([&] { return parking_.entered() == 1; }));
  EXPECT_TRUE(client.is_silent(std::chrono::milliseconds(30)));
  parking_.wake_all();
  EXPECT_EQ(client.receive().body, "woken");
  EXPECT_EQ(client.receive().headers.at("x-parameter"), "after");
  EXPECT_EQ(client.receive().body.size(), 100'000u);
}

TEST_F(HttpTest, TakesBytesOneAtATime) {
  start();
  Client client(port());
  client.send_slowly("\r\nPOST /echo?x=%41 HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nab\r\n!");
  const Reply sized = client.receive();
  EXPECT_EQ(sized.status, 200);
  EXPECT_EQ(sized.body, "ab\r\n!");
  client.send_slowly(
      "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\n"
      "X-Trailer: 1\r\n\r\n");
  const Reply chunked = client.receive();
  EXPECT_EQ(chunked.status, 200);
  EXPECT_EQ(chunked.body, "abc0123456789");
}

TEST_F(HttpTest, TakesLargeBodies) {
  start();
  Client client(port());
  const std::string body(200'000, 'b');
  EXPECT_EQ(client.ask("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 200000\r\n\r\n" + body).body, body);
  EXPECT_EQ(client.ask(get("/big/5000000")).body.size(), 5'000'000u);
  EXPECT_EQ(client.ask(get("/big/0")).headers.at("content-length"), "0");
}

TEST_F(HttpTest, AnswersHeadWithoutBody) {
  start();
  Client client(port());
  client.send("HEAD /echo HTTP/1.1\r\nHost: t\r\n\r\n" + get("/things/next"));
  const Reply head = client.receive(Client::Body::Absent);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), "5");
  EXPECT_EQ(head.headers.at("x-method"), "HEAD");
  EXPECT_EQ(client.receive().headers.at("x-parameter"), "next");
}

TEST_F(HttpTest, SpeaksHttp10) {
  start();
  Client plain(port());
  const Reply reply = plain.ask("GET /echo HTTP/1.0\r\n\r\n");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.at("connection"), "close");
  EXPECT_TRUE(plain.is_closed());
  Client keeping(port());
  for (int i = 0; i < 2; ++i) {
    const Reply kept = keeping.ask("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(kept.status, 200);
    EXPECT_EQ(kept.headers.at("connection"), "keep-alive");
  }
}

TEST_F(HttpTest, ClosesWhenAsked) {
  start();
  Client client(port());
  EXPECT_EQ(client.ask("GET /echo HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n").headers.at("connection"),
            "close");
  EXPECT_TRUE(client.is_closed());
}

TEST_F(HttpTest, AnswersAClientThatSendsNoMore) {
  start();
  Client client(port());
  client.send(get("/big/1000000"));
  client.finish();
  EXPECT_EQ(client.receive().body.size(), 1'000'000u);
  EXPECT_TRUE(client.is_closed());
}

TEST_F(HttpTest, SendsContinueOnlyWhenItWantsTheBody) {
  start();
  Client client(port());
  client.send("POST /echo HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  EXPECT_EQ(client.ask("abc").body, "abc");
  EXPECT_EQ(client.ask("PUT /small HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 30\r\n\r\n")
                .status,
            413);
  EXPECT_TRUE(client.is_closed());
  Client lost(port());
  EXPECT_EQ(
      lost.ask("PUT /none HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n").status,
      404);
  Client strange(port());
  EXPECT_EQ(
      strange.ask("PUT /small HTTP/1.1\r\nHost: t\r\nExpect: miracles\r\nContent-Length: 3\r\n\r\n").status,
      417);
}

TEST_F(HttpTest, OwesNoContinueOnceTheBodyHasCome) {
  start();
  Client client(port());
  const Reply reply =
      client.ask("POST /echo HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_EQ(reply.status, 200);
  client.send_slowly(get("/things/next"));
  EXPECT_EQ(client.receive().headers.at("x-parameter"), "next");
}

TEST_F(HttpTest, LogsPatternsAndNeverTargets) {
  log_ = Logger(LogLevel::Debug, LogFormat::Text);
  ::testing::internal::CaptureStderr();
  start();
  Client client(port());
  client.ask(get("/things/private?access_token=secret"));
  client.ask(get("/throws?access_token=secret"));
  client.ask(get("/nowhere/private"));
  client.ask(get("/echo"));
  stop();
  const std::string logged = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(logged.find("method=GET route=/things/{id} status=200 duration_us="), std::string::npos)
      << logged;
  EXPECT_NE(logged.find("route=unmatched status=404"), std::string::npos) << logged;
  EXPECT_NE(logged.find("error request failed request="), std::string::npos) << logged;
  EXPECT_EQ(logged.find("access_token"), std::string::npos);
  EXPECT_EQ(logged.find("private"), std::string::npos);
}

TEST_F(HttpTest, RoutesBeforeAnythingElse) {
  start();
  Client client(port());
  const Reply unknown = client.ask(get("/nowhere?bad=%"));
  EXPECT_EQ(unknown.status, 404);
  EXPECT_NE(unknown.body.find("\"errcode\":\"M_UNRECOGNIZED\""), std::string::npos);
  EXPECT_EQ(unknown.headers.at("content-type"), "application/json");
  const Reply wrong = client.ask("DELETE /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.at("allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_NE(wrong.body.find("M_UNRECOGNIZED"), std::string::npos);
  EXPECT_EQ(client.ask("BREW /echo HTTP/1.1\r\nHost: t\r\n\r\n").status, 405);
  for (const char* target : {"/things/%zz", "/things/%ff", "/echo?a=%4", "/echo?%ff=1"}) {
    const Reply bad = client.ask(get(target));
    EXPECT_EQ(bad.status, 400) << target;
    EXPECT_NE(bad.body.find("M_INVALID_PARAM"), std::string::npos) << target;
  }
  EXPECT_EQ(client.ask(get("http://test/things/7")).headers.at("x-parameter"), "7");
}

// A segment may hold any octet, encoded once: it is one parameter, and says what it says.
TEST_F(HttpTest, SplitsThePathBeforeItDecodesIt) {
  start();
  Client client(port());
  EXPECT_EQ(client.ask(get("/things/a%2Fb%3Fc%23d")).headers.at("x-parameter"), "a/b?c#d");
  EXPECT_EQ(client.ask(get("/things/%252F%2525")).headers.at("x-parameter"), "%2F%25");
  EXPECT_EQ(client.ask(get("/things/..%2F..%2Fecho")).headers.at("x-parameter"), "../../echo");
  EXPECT_EQ(client.ask(get("/things/a/b")).status, 404);
  EXPECT_EQ(client.ask(get("/things%2Fa")).status, 404);
}

TEST_F(HttpTest, EveryResponseAllowsBrowsers) {
  start();
  Client client(port());
  for (const std::string& request : {get("/echo"), get("/nowhere"), get("/throws"), get("/hostile"),
                                     std::string("OPTIONS /any/path HTTP/1.1\r\nHost: t\r\n\r\n"),
                                     std::string("OPTIONS * HTTP/1.1\r\nHost: t\r\n\r\n")}) {
    const Reply reply = client.ask(request);
    EXPECT_EQ(reply.headers.at("access-control-allow-origin"), "*") << request;
    EXPECT_EQ(reply.headers.at("access-control-allow-methods"),
              "GET, POST, PUT, DELETE, PATCH, HEAD, OPTIONS");
    EXPECT_EQ(reply.headers.at("access-control-allow-headers"),
              "X-Requested-With, Content-Type, Authorization, Date");
    if (request.starts_with("OPTIONS")) {
      EXPECT_EQ(reply.status, 204);
      EXPECT_FALSE(reply.headers.contains("content-length"));
    }
  }
}

TEST_F(HttpTest, AHandlersMistakesStayContained) {
  start();
  Client client(port());
  const Reply failed = client.ask(get("/throws"));
  EXPECT_EQ(failed.status, 500);
  EXPECT_NE(failed.body.find("M_UNKNOWN"), std::string::npos);
  EXPECT_EQ(failed.body.find("secret"), std::string::npos);
  const Reply hostile = client.ask(get("/hostile"));
  EXPECT_EQ(hostile.body, "fine");
  EXPECT_FALSE(hostile.headers.contains("x-injected"));
  EXPECT_EQ(hostile.headers.at("x-good"), "yes");
}

TEST_F(HttpTest, BelievesOnlyTrustedProxies) {
  ServerOptions behind_proxies;
  behind_proxies.trusted_proxies = {"127.0.0.1", "10.0.0.1"};
  start(behind_proxies);
  Client client(port());
  const auto peer = [&](const std::string& forwarded) {
    return client.ask("GET /echo HTTP/1.1\r\nHost: t\r\nX-Forwarded-For: " + forwarded + "\r\n\r\n")
        .headers.at("x-peer");
  };
  EXPECT_EQ(peer("203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(peer("6.6.6.6, 203.0.113.7, 10.0.0.1"), "203.0.113.7");
  EXPECT_EQ(peer("[2001:DB8::1]:4711"), "2001:db8::1");
  EXPECT_EQ(peer("nonsense"), "127.0.0.1");
  stop();
  start();
  Client direct(port());
  EXPECT_EQ(
      direct.ask("GET /echo HTTP/1.1\r\nHost: t\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n").headers.at("x-peer"),
      "127.0.0.1");
}

TEST_F(HttpTest, CountsByRoute) {
  start();
  Client client(port());
  client.ask(get("/things/1?access_token=secret"));
  client.ask(get("/things/2"));
  client.ask(get("/nowhere/secret"));
  const auto rendered = [this] { return metrics_.render(); };
  EXPECT_TRUE(eventually([&] {
    return rendered().find(
               "kuramori_net_requests_total{method=\"GET\",route=\"/things/{id}\",status=\"2xx\"} 2") !=
           std::string::npos;
  }));
  EXPECT_TRUE(eventually(
      [&] { return rendered().find("route=\"unmatched\",status=\"4xx\"} 1") != std::string::npos; }));
  EXPECT_NE(rendered().find("kuramori_net_request_seconds_count{method=\"GET\",route=\"/things/{id}\"} 2"),
            std::string::npos);
  EXPECT_NE(rendered().find("kuramori_net_connections 1"), std::string::npos);
  EXPECT_EQ(rendered().find("secret"), std::string::npos);
}

}  // namespace
}  // namespace kuramori::net::testing
