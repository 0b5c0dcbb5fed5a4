#include "net/http_client.hpp"

#include "runtime/manual_executor.hpp"
#include "server_fixture.hpp"

namespace kuramori::net::testing {
namespace {

class HttpClientTest : public ServerTest {
 protected:
  void SetUp() override { start(); }

  std::string url(std::string_view target, std::string_view host = "127.0.0.1") const {
    return "http://" + std::string(host) + ":" + std::to_string(port()) + std::string(target);
  }
  Result<IncomingResponse> send(OutgoingRequest request, Reach reach = Reach::Configured,
                                std::stop_token stop = {}) {
    return send_by(client_, std::move(request), reach, std::move(stop));
  }
  Result<IncomingResponse> send_by(HttpClient& client, OutgoingRequest request,
                                   Reach reach = Reach::Configured, std::stop_token stop = {}) {
    // The executor's own clock would stand still while the answer is on its way.
    runtime::ManualExecutor executor(clock_);
    return executor.run(client.send(std::move(request), reach, std::move(stop)));
  }
  bool counted(std::string_view outcome, int times) {
    return metrics_.render().find("kuramori_net_outgoing_requests_total{outcome=\"" + std::string(outcome) +
                                  "\"} " + std::to_string(times)) != std::string::npos;
  }

  HttpClient client_{{}, metrics_, log_};
};

TEST_F(HttpClientTest, GetsAnAnswer) {
  const auto answer = send({.url = url("/echo?a=1"), .headers = {{"Authorization", "Bearer secret"}}});
  ASSERT_TRUE(answer) << answer.error().to_log();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "hello");
  EXPECT_EQ(answer->header("x-query-a"), "1");
  EXPECT_EQ(answer->header("x-method"), "GET");
  EXPECT_TRUE(counted("answered", 1));
}

TEST_F(HttpClientTest, SendsABody) {
  const auto answer = send({.method = Method::Post, .url = url("/echo"), .body = R"({"a":1})"});
  ASSERT_TRUE(answer) << answer.error().to_log();
  EXPECT_EQ(answer->body, R"({"a":1})");
  EXPECT_EQ(answer->header("x-method"), "POST");
}

TEST_F(HttpClientTest, AnyStatusIsAnAnswer) {
  const auto answer = send({.url = url("/no-such-place")});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 404);
}

TEST_F(HttpClientTest, APublicUrlNeverLeadsInside) {
  for (const std::string_view host : {"127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.0.0.1",
                                      "[::ffff:127.0.0.1]", "127.1", "0.0.0.0"}) {
    const auto answer = send({.url = url("/echo", host)}, Reach::Public);
    ASSERT_FALSE(answer) << host;
    EXPECT_EQ(answer.error().code(), ErrorCode::Forbidden) << host << " " << answer.error().to_log();
  }
  EXPECT_EQ(echoed_, 0);
}

TEST_F(HttpClientTest, AConnectionOpenedForTheConfigurationServesNoPublicUrl) {
  ASSERT_TRUE(send({.url = url("/echo")}));
  EXPECT_FALSE(send({.url = url("/echo")}, Reach::Public));
  EXPECT_EQ(echoed_, 1);
}

TEST_F(HttpClientTest, DeniedNetworksAreDeniedToTheConfigurationToo) {
  HttpClient client({.denied_networks = {"127.0.0.0/8"}}, metrics_, log_);
  const auto answer = send_by(client, {.url = url("/echo")});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::Forbidden);
  EXPECT_TRUE(counted("refused", 1));
}

TEST_F(HttpClientTest, EveryRedirectIsJudged) {
  HttpClient client({.denied_networks = {"127.0.0.2/32"}}, metrics_, log_);
  const std::string inside = url("/redirect?to=" + text::percent_encode(url("/echo", "127.0.0.2")));
  const auto answer = send_by(client, {.url = inside, .redirects_max = 3});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::Forbidden);
  const std::string file = url("/redirect?to=" + text::percent_encode("file:///etc/passwd"));
  EXPECT_FALSE(send_by(client, {.url = file, .redirects_max = 3}));
}

TEST_F(HttpClientTest, RedirectsAreFollowedAsFarAsAsked) {
  const std::string once = url("/redirect?to=" + text::percent_encode(url("/echo")));
  const auto followed = send({.url = once, .redirects_max = 1});
  ASSERT_TRUE(followed) << followed.error().to_log();
  EXPECT_EQ(followed->body, "hello");
  EXPECT_EQ(followed->url, url("/echo"));
  const auto kept = send({.url = once});
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->status, 302);
  const std::string twice = url("/redirect?to=" + text::percent_encode(once));
  EXPECT_FALSE(send({.url = twice, .redirects_max = 1}));
}

TEST_F(HttpClientTest, AnAnswerIsBounded) {
  const auto fits = send({.url = url("/big/1000"), .response_bytes_max = 1'000});
  ASSERT_TRUE(fits) << fits.error().to_log();
  EXPECT_EQ(fits->body.size(), 1'000U);
  const auto exceeds = send({.url = url("/big/1001"), .response_bytes_max = 1'000});
  ASSERT_FALSE(exceeds);
  EXPECT_EQ(exceeds.error().code(), ErrorCode::TooLarge);
}

TEST_F(HttpClientTest, TimeRunsOut) {
  const auto answer = send({.url = url("/park"), .timeout = Milliseconds(100)});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::DeadlineExceeded);
}

TEST_F(HttpClientTest, AStopEndsARequest) {
  std::stop_source stop;
  std::jthread stopper([&] {
    eventually([&] { return parking_.entered() > 0; });
    stop.request_stop();
  });
  const auto answer = send({.url = url("/park")}, Reach::Configured, stop.get_token());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::Unavailable);
  EXPECT_TRUE(counted("cancelled", 1));
  EXPECT_FALSE(send({.url = url("/echo")}, Reach::Configured, stop.get_token()));
}

TEST_F(HttpClientTest, GoingAwayEndsWhatIsUnderWay) {
  auto client = std::make_unique<HttpClient>(HttpClientOptions{}, metrics_, log_);
  std::jthread stopper([&] {
    eventually([&] { return parking_.entered() > 0; });
    client.reset();
  });
  HttpClient& alive = *client;
  const auto answer = send_by(alive, {.url = url("/park")});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::Unavailable);
}

TEST_F(HttpClientTest, TooManyAtOnceAreRefused) {
  HttpClient client({.transfers_max = 0}, metrics_, log_);
  const auto answer = send_by(client, {.url = url("/echo")});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::Unavailable);
}

TEST_F(HttpClientTest, RefusesUrlsAndHeadersThatAreNotPlain) {
  for (const std::string_view text :
       {"", "example.org", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/",
        "http://user:secret@127.0.0.1/", "http://", "javascript:alert(1)"}) {
    const auto answer = send({.url = std::string(text)});
    ASSERT_FALSE(answer) << text;
    EXPECT_EQ(answer.error().code(), ErrorCode::InvalidArgument) << text;
    EXPECT_EQ(answer.error().to_log().find("secret"), std::string::npos);
  }
  EXPECT_FALSE(send({.url = url("/echo"), .headers = {{"X-A", "b\r\nX-Injected: yes"}}}));
}

TEST_F(HttpClientTest, ErrorsNameTheHostAndNothingElseOfTheUrl) {
  const auto answer = send({.url = "http://127.0.0.1:1/path-secret?token=secret"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::Unavailable);
  EXPECT_NE(answer.error().to_log().find("127.0.0.1"), std::string::npos);
  EXPECT_EQ(answer.error().to_log().find("secret"), std::string::npos);
}

TEST(PublicAddress, WhatIsSetApartIsNotPublic) {
  for (const std::string_view address : {"127.0.0.1",
                                         "10.1.2.3",
                                         "172.16.0.1",
                                         "172.31.255.255",
                                         "192.168.0.1",
                                         "169.254.169.254",
                                         "100.64.0.1",
                                         "0.0.0.0",
                                         "224.0.0.1",
                                         "255.255.255.255",
                                         "198.18.0.1",
                                         "203.0.113.9",
                                         "192.0.2.1",
                                         "::",
                                         "::1",
                                         "fe80::1",
                                         "fc00::1",
                                         "fd12::1",
                                         "ff02::1",
                                         "2001:db8::1",
                                         "::ffff:10.0.0.1",
                                         "::ffff:127.0.0.1",
                                         "::10.0.0.1",
                                         "2002:7f00:1::",
                                         "2002:a00:1::1",
                                         "64:ff9b::10.0.0.1",
                                         "64:ff9b:1::1",
                                         "2001::1",
                                         "not an address",
                                         ""}) {
    EXPECT_FALSE(is_public_address(address)) << address;
  }
  for (const std::string_view address :
       {"8.8.8.8", "172.32.0.1", "100.128.0.1", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8", "2002:808:808::1", "2400:cb00::1"}) {
    EXPECT_TRUE(is_public_address(address)) << address;
  }
}

}  // namespace
}  // namespace kuramori::net::testing
