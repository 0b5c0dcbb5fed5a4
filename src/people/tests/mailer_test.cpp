// Mail to a real SMTP server: one of ours, small, on a socket.
#include "people/mailer.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "crypto/base64.hpp"
#include "runtime/manual_executor.hpp"

namespace kuramori::people {
namespace {

// Takes one conversation; answers the recipient as told.
class SmtpServer {
 public:
  explicit SmtpServer(std::string recipient_answer) : answer_(std::move(recipient_answer)) {
    listening_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listening_, any, length), 0);
    EXPECT_EQ(::listen(listening_, 1), 0);
    EXPECT_EQ(::getsockname(listening_, any, &length), 0);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~SmtpServer() { finish(); }
  void finish() {
    if (thread_.joinable()) thread_.join();
    if (listening_ >= 0) ::close(std::exchange(listening_, -1));
  }

  std::uint16_t port = 0;
  std::vector<std::string> commands;
  std::string message;

 private:
  void serve() {
    const int peer = ::accept(listening_, nullptr, nullptr);
    if (peer < 0) return;
    const auto say = [peer](std::string_view text) {
      const std::string line = std::string(text) + "\r\n";
      return ::send(peer, line.data(), line.size(), MSG_NOSIGNAL) > 0;
    };
    say("220 test");
    std::string buffer;
    bool in_message = false;
    for (;;) {
      const std::size_t end = buffer.find("\r\n");
      if (end == std::string::npos) {
        std::array<char, 4096> chunk{};
        const auto got = ::recv(peer, chunk.data(), chunk.size(), 0);
        if (got <= 0) break;
        buffer.append(chunk.data(), static_cast<std::size_t>(got));
        continue;
      }
      const std::string line = buffer.substr(0, end);
      buffer.erase(0, end + 2);
      if (in_message) {
        if (line == ".") {
          in_message = false;
          say("250 taken");
        } else {
          message += line + "\n";
        }
        continue;
      }
      commands.push_back(line);
      if (line.starts_with("RCPT")) {
        say(answer_);
      } else if (line == "DATA") {
        in_message = true;
        say("354 go on");
      } else if (line == "QUIT") {
        say("221 bye");
        break;
      } else {
        say("250 ok");
      }
    }
    ::close(peer);
  }

  std::string answer_;
  int listening_ = -1;
  std::thread thread_;
};

class Mailing : public ::testing::Test {
 protected:
  Result<void> send(const SmtpServer& server, SmtpSecurity security = SmtpSecurity::None) {
    Mailer mailer({.host = "127.0.0.1",
                   .port = server.port,
                   .security = security,
                   .from = "Kuramori <no-reply@example.org>",
                   .timeout = std::chrono::seconds(10)},
                  clock, Logger::silent());
    return executor.run(mailer.send({.to = "aiko@example.org", .subject = "確認", .text = "こんにちは\n"}));
  }
  ManualClock clock;
  runtime::ManualExecutor executor{clock};
};

TEST_F(Mailing, ReachesTheServer) {
  SmtpServer server("250 ok");
  const auto sent = send(server);
  ASSERT_TRUE(sent) << sent.error().to_log();
  server.finish();
  const auto has = [&](std::string_view wanted) {
    return std::ranges::any_of(server.commands,
                               [&](const std::string& line) { return line.starts_with(wanted); });
  };
  EXPECT_TRUE(has("MAIL FROM:<no-reply@example.org>"));
  EXPECT_TRUE(has("RCPT TO:<aiko@example.org>"));
  EXPECT_NE(server.message.find("To: <aiko@example.org>\n"), std::string::npos);
  EXPECT_NE(server.message.find("Subject: =?UTF-8?B?56K66KqN?=\n"), std::string::npos);
  EXPECT_NE(server.message.find(crypto::to_base64_padded(as_bytes(std::string_view("こんにちは\n")))),
            std::string::npos);
}

TEST_F(Mailing, ARefusedRecipientIsAnError) {
  SmtpServer server("550 no such person");
  const auto sent = send(server);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(sent.error().to_log().find("aiko"), std::string::npos);
}

TEST_F(Mailing, NothingIsSentInTheClearWhereTlsIsAskedFor) {
  SmtpServer server("250 ok");
  EXPECT_FALSE(send(server, SmtpSecurity::StartTls));
  server.finish();
  EXPECT_TRUE(server.message.empty());
}

TEST(MailText, LinesOfAHeaderCannotBeSmuggledIn) {
  const std::string text =
      render_mail({.to = "a@b.c\r\nBcc: x@y.z", .subject = "s\r\nX-Evil: 1", .text = "t"}, "k@example.org",
                  from_unix_ms(1'767'225'600'000));
  EXPECT_EQ(text.find("\nBcc"), std::string::npos);
  EXPECT_EQ(text.find("\nX-Evil"), std::string::npos);
  EXPECT_NE(text.find("Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n"), std::string::npos);
  EXPECT_EQ(address_of("K <k@example.org>"), "k@example.org");
  EXPECT_EQ(address_of("k@example.org"), "k@example.org");
}

}  // namespace
}  // namespace kuramori::people
