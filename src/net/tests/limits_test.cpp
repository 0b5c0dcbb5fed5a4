// Clients that are slow, too many, too large or hostile; and the server's own end.
#include <sys/resource.h>

#include "server_fixture.hpp"

namespace kuramori::net::testing {
namespace {

using std::chrono::milliseconds;
using LimitsTest = ServerTest;

ServerOptions impatient() {
  ServerOptions options;
  options.first_byte_timeout = milliseconds(100);
  options.header_timeout = milliseconds(100);
  options.body_timeout = milliseconds(100);
  options.write_timeout = milliseconds(100);
  options.idle_timeout = milliseconds(100);
  return options;
}

TEST_F(LimitsTest, DropsTheSilent) {
  start(impatient());
  Client silent(port());
  EXPECT_TRUE(silent.is_closed());
  Client idle(port());
  EXPECT_EQ(idle.ask(get("/echo")).status, 200);
  EXPECT_TRUE(idle.is_closed());
}

TEST_F(LimitsTest, DropsTheSlow) {
  start(impatient());
  Client slow_header(port());
  slow_header.send("GET /echo HTTP/1.1\r\nHost: t\r\n");
  const Reply reply = slow_header.receive();
  EXPECT_EQ(reply.status, 408);
  EXPECT_EQ(reply.headers.at("connection"), "close");
  EXPECT_TRUE(slow_header.is_closed());
  Client slow_body(port());
  EXPECT_EQ(slow_body.ask("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\nabc").status, 408);
  EXPECT_TRUE(slow_body.is_closed());
}

TEST_F(LimitsTest, DropsWhoDoesNotRead) {
  start(impatient());
  Client client(port());
  client.send(get("/big/50000000"));
  const auto is_gone = [this] {
    return metrics_.render().find("kuramori_net_connections 0") != std::string::npos;
  };
  EXPECT_TRUE(eventually(is_gone));
}

TEST_F(LimitsTest, RefusesWhatIsTooLarge) {
  start();
  const auto refused = [this](const std::string& request) {
    Client client(port());
    const Reply reply = client.ask(request);
    EXPECT_EQ(reply.headers.at("access-control-allow-origin"), "*");
    EXPECT_TRUE(client.is_closed());
    return reply;
  };
  const Reply body = refused("PUT /small HTTP/1.1\r\nHost: t\r\nContent-Length: 11\r\n\r\n12345678901");
  EXPECT_EQ(body.status, 413);
  EXPECT_NE(body.body.find("M_TOO_LARGE"), std::string::npos);
  EXPECT_EQ(
      refused("PUT /small HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n")
          .status,
      413);
  EXPECT_EQ(refused("GET /echo HTTP/1.1\r\nX: " + std::string(20'000, 'a')).status, 431);
  EXPECT_EQ(refused("GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\n").status, 414);
  EXPECT_EQ(refused("POST /none HTTP/1.1\r\nHost: t\r\nContent-Length: 9999999\r\n\r\n").status, 404);
  EXPECT_EQ(refused("GET /echo HTTP/1.1\nHost: t\n\n").status, 400);
  EXPECT_EQ(refused("POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n").status,
            400);
  EXPECT_EQ(echoed_.load(), 0);
}

TEST_F(LimitsTest, ARefusalSurvivesABodyThatGoesOn) {
  start();
  Client client(port());
  constexpr std::size_t kMoreThanSocketsHold = 30'000'000;
  client.send("PUT /small HTTP/1.1\r\nHost: t\r\nContent-Length: 30000000\r\n\r\n");
  EXPECT_TRUE(client.send(std::string(kMoreThanSocketsHold, 'x')));
  EXPECT_EQ(client.receive().status, 413);
}

TEST_F(LimitsTest, NeverTakesASmuggledRequest) {
  start();
  Client client(port());
  const Reply reply = client.ask(
      "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
      get("/echo"));
  EXPECT_EQ(reply.status, 400);
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(echoed_.load(), 0);
}

TEST_F(LimitsTest, AnswersBusyBeyondItsBoundButParksFreely) {
  ServerOptions options;
  options.requests_in_progress_max = 2;
  start(options);
  std::vector<std::unique_ptr<Client>> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.push_back(std::make_unique<Client>(port()));
    waiting.back()->send(get(i < 2 ? "/work" : "/park"));
  }
  ASSERT_TRUE(eventually([&] { return parking_.entered() == 4; }));
  Client refused(port());
  const Reply busy = refused.ask(get("/echo"));
  EXPECT_EQ(busy.status, 429);
  EXPECT_EQ(busy.headers.at("retry-after"), "1");
  EXPECT_EQ(
      busy.body,
      R"({"errcode":"M_LIMIT_EXCEEDED","error":"The server is busy; try again shortly.","retry_after_ms":1000})");
  Client parked(port());
  parked.send(get("/park"));
  EXPECT_TRUE(eventually([&] { return parking_.entered() == 5; }));
  EXPECT_NE(metrics_.render().find("kuramori_net_requests_parked 3"), std::string::npos);
  EXPECT_NE(metrics_.render().find("kuramori_net_requests_in_progress 2"), std::string::npos);
  parking_.wake_all();
  for (const auto& client : waiting) EXPECT_EQ(client->receive().status, 200);
  EXPECT_EQ(refused.ask(get("/echo")).status, 200);
}

TEST_F(LimitsTest, BoundsConnections) {
  ServerOptions options;
  options.connections_max = 10;
  options.connections_per_address_max = 3;
  start(options);
  std::vector<std::unique_ptr<Client>> open;
  for (int i = 0; i < 3; ++i) {
    open.push_back(std::make_unique<Client>(port()));
    EXPECT_EQ(open.back()->ask(get("/echo")).status, 200);
  }
  Client refused(port());
  EXPECT_TRUE(refused.is_closed());
  open.pop_back();
  const auto is_welcome = [this] {
    Client again(port());
    return again.ask(get("/echo")).status == 200;
  };
  EXPECT_TRUE(eventually(is_welcome));
}

TEST_F(LimitsTest, SurvivesTheEndOfDescriptors) {
  start();
  Client before(port());
  EXPECT_EQ(before.ask(get("/echo")).status, 200);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const int spare = ::dup(0);
  const rlimit one_more{static_cast<rlim_t>(spare) + 1, limit.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &one_more);
  rusage begun{};
  ::getrusage(RUSAGE_SELF, &begun);
  ::close(spare);
  // Takes the one descriptor that the limit leaves; the server finds none.
  Client last(port());
  last.send(get("/echo"));
  EXPECT_TRUE(last.is_silent(milliseconds(600)));
  rusage ended{};
  ::getrusage(RUSAGE_SELF, &ended);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const auto cpu_ms = [](const rusage& use) {
    return (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1'000 +
           (use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1'000;
  };
  EXPECT_LT(cpu_ms(ended) - cpu_ms(begun), 300);
  EXPECT_EQ(before.ask(get("/echo")).status, 200);
  EXPECT_EQ(last.receive().status, 200);
}

TEST_F(LimitsTest, NoticesThatAParkedClientHasGone) {
  start();
  {
    Client client(port());
    client.send(get("/park"));
    ASSERT_TRUE(eventually([&] { return parking_.entered() == 1; }));
    EXPECT_EQ(gone_.load(), 0);
  }
  EXPECT_TRUE(eventually([&] { return gone_.load() == 1; }));
  EXPECT_TRUE(
      eventually([&] { return metrics_.render().find("kuramori_net_connections 0") != std::string::npos; }));
}

TEST_F(LimitsTest, DrainsGracefully) {
  start();
  Client idle(port());
  EXPECT_EQ(idle.ask(get("/echo")).status, 200);
  Client parked(port());
  parked.send(get("/park"));
  Client working(port());
  working.send(get("/work"));
  Client partial(port());
  partial.send("GET /echo HTTP/1.1\r\nHost: t\r\n");
  ASSERT_TRUE(eventually([&] { return parking_.entered() == 2; }));
  std::this_thread::sleep_for(milliseconds(30));
  std::thread stopping([this] { stop(); });
  EXPECT_TRUE(idle.is_closed());
  partial.send("\r\n");
  for (Client* client : {&parked, &working, &partial}) {
    const Reply reply = client->receive();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.headers.at("connection"), "close");
    EXPECT_TRUE(client->is_closed());
  }
  stopping.join();
}

TEST_F(LimitsTest, CutsOffWhatOutlastsTheDrain) {
  ServerOptions options;
  options.drain_timeout = milliseconds(100);
  start(options);
  Client stuck(port());
  stuck.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\nabc");
  Client unread(port());
  unread.send(get("/big/50000000"));
  std::this_thread::sleep_for(milliseconds(50));
  const auto begun = std::chrono::steady_clock::now();
  stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(3));
  EXPECT_TRUE(stuck.is_closed());
}

TEST_F(LimitsTest, SaysWhyItCannotListen) {
  start();
  ServerOptions taken;
  taken.port = port();
  Server second(taken, Router(), pointers(), metrics_, Logger::silent());
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message().find("another program"), std::string::npos);
  taken.address = "no-such-host.invalid";
  Server third(taken, Router(), pointers(), metrics_, Logger::silent());
  EXPECT_FALSE(third.start());
}

}  // namespace
}  // namespace kuramori::net::testing
