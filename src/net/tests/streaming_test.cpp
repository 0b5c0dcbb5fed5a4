// Bodies that are received and sent part by part.
#include "server_fixture.hpp"

namespace kuramori::net::testing {
namespace {

using StreamingTest = ServerTest;

std::string upload(std::string_view path, std::size_t bytes) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(bytes) +
         "\r\n\r\n";
}

std::string pattern(std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return text;
}

TEST_F(StreamingTest, ReceivesAndSendsFarMoreThanAnyBuffer) {
  ServerOptions options;
  options.body_bytes_max = 1'000;  // of bodies that are held whole
  start(std::move(options));
  Client client(port());
  const std::string body = pattern(3'000'000);
  for (int i = 0; i < 2; ++i) {
    client.send(upload("/stream", body.size()) + body);
    const Reply reply = client.receive();
    ASSERT_EQ(reply.status, 200);
    EXPECT_EQ(reply.headers.at("x-declared"), "3000000");
    EXPECT_EQ(reply.body, body);
  }
  EXPECT_EQ(client.ask(get("/things/after")).status, 200);
}

TEST_F(StreamingTest, ReceivesNothingAndASingleOctet) {
  start();
  Client client(port());
  EXPECT_EQ(client.ask(upload("/stream", 0)).headers.at("content-length"), "0");
  EXPECT_EQ(client.ask(upload("/stream", 1) + "x").body, "x");
  const Reply unsaid = client.ask("POST /stream HTTP/1.1\r\nHost: t\r\n\r\n" + get("/things/next"));
  EXPECT_EQ(unsaid.body, "");
  EXPECT_EQ(client.receive().headers.at("x-parameter"), "next");
}

TEST_F(StreamingTest, ReceivesChunks) {
  start();
  Client client(port());
  client.send_slowly(
      "POST /stream HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Trailer: 1\r\n\r\n");
  const Reply slow = client.receive();
  EXPECT_EQ(slow.body, "abc0123456789");
  EXPECT_EQ(slow.headers.at("x-declared"), "unknown");
  const std::string part = pattern(70'000);
  std::string chunked = "POST /stream HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string whole;
  for (int i = 0; i < 10; ++i) {
    chunked += "11170\r\n" + part + "\r\n";
    whole += part;
  }
  client.send(chunked + "0\r\n\r\n" + get("/things/next"));
  EXPECT_EQ(client.receive().body, whole);
  EXPECT_EQ(client.receive().headers.at("x-parameter"), "next");
}

TEST_F(StreamingTest, RefusesWhatIsTooLongOrMalformed) {
  start();
  EXPECT_EQ(Client(port()).ask(upload("/stream", 5'000'001)).status, 413);
  Client chunks(port());
  chunks.send("POST /stream HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n4C4B41\r\n");
  EXPECT_EQ(chunks.receive().status, 413);
  EXPECT_TRUE(chunks.is_closed());
  Client broken(port());
  broken.send("POST /stream HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n");
  EXPECT_EQ(broken.receive().status, 400);
  EXPECT_TRUE(broken.is_closed());
}

TEST_F(StreamingTest, ClosesWhenTheHandlerDoesNotWantTheBody) {
  start();
  Client client(port());
  client.send(upload("/stream-unread", 1'000'000) + std::string(1'000, 'x'));
  const Reply reply = client.receive();
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply.headers.at("connection"), "close");
}

TEST_F(StreamingTest, ContinueIsSentWhenTheHandlerReads) {
  start();
  Client client(port());
  client.send("POST /stream HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(client.receive(Client::Body::Absent).status, 100);
  EXPECT_EQ(client.ask("abc").body, "abc");
  client.send("POST /stream-unread HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(client.receive().status, 403);  // and no 100 before it
}

TEST_F(StreamingTest, AClientThatGoesInsideItsBodyIsNoticed) {
  start();
  {
    Client client(port());
    client.send(upload("/stream", 100'000) + "abc");
    client.finish();
    client.receive();
  }
  EXPECT_TRUE(eventually([&] { return gone_ == 1; }));
}

TEST_F(StreamingTest, ASlowBodyEnds) {
  ServerOptions options;
  options.header_timeout = std::chrono::milliseconds(50);
  options.body_timeout = std::chrono::milliseconds(100);
  start(std::move(options));
  Client client(port());
  client.send(upload("/stream", 10) + "abc");
  EXPECT_EQ(client.receive().status, 408);
  EXPECT_TRUE(client.is_closed());
}

// While the handler reads nothing, the client cannot send on and on.
TEST_F(StreamingTest, AHandlerThatWaitsHoldsTheClientBack) {
  start();
  Client client(port());
  client.send(upload("/stream-later", 4'000'000));
  const std::string body = pattern(4'000'000);
  std::atomic<bool> sent{false};
  std::thread sender([&] { sent = client.send(body + body + body + body + body); });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_FALSE(sent);
  parking_.wake_all();
  EXPECT_EQ(client.receive().status, 200);
  ::shutdown(client.descriptor(), SHUT_RDWR);
  sender.join();
}

TEST_F(StreamingTest, ABodyThatCannotBeMadeEndsTheConnection) {
  start();
  Client client(port());
  client.send(get("/stream-breaks"));
  const Reply reply = client.receive(Client::Body::Absent);
  EXPECT_EQ(reply.headers.at("content-length"), "1000");
  EXPECT_EQ(client.receive().status, 0);
}

TEST_F(StreamingTest, HeadOfAStreamHasItsLength) {
  start();
  Client client(port());
  client.send("HEAD /stream-breaks HTTP/1.1\r\nHost: t\r\n\r\n" + get("/things/next"));
  EXPECT_EQ(client.receive(Client::Body::Absent).headers.at("content-length"), "1000");
  EXPECT_EQ(client.receive().headers.at("x-parameter"), "next");
}

}  // namespace
}  // namespace kuramori::net::testing
