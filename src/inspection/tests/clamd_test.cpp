#include "inspection/clamd.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

namespace kuramori::inspection {
namespace {

media::PieceFeed feed(std::vector<std::string> pieces) {
  return [held = std::move(pieces), at = std::size_t{0}]() mutable -> Result<ByteView> {
    if (at == held.size()) return ByteView();
    return as_bytes(held[at++]);
  };
}

// Answers one connection: reads until it has seen the end of the stream, then says `answer`.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) {
    std::string folder = (std::filesystem::temp_directory_path() / "kuramori-clamd-XXXXXX").string();
    folder_ = ::mkdtemp(folder.data());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path(), address.sun_path);
    socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket_, 1), 0);
    thread_ = std::thread([this, said = std::move(answer)] { serve(said); });
  }
  ~OneAnswer() {
    thread_.join();
    ::close(socket_);
    std::filesystem::remove_all(folder_);
  }
  std::string path() const { return (folder_ / "clamd.ctl").string(); }
  std::string received() {
    thread_.join();
    thread_ = std::thread([] {});
    return received_;
  }

 private:
  void serve(const std::string& answer) {
    const int peer = ::accept(socket_, nullptr, nullptr);
    char room[65'536];
    const std::string_view end("\0\0\0\0", 4);
    while (!received_.ends_with(end)) {
      const ssize_t got = ::read(peer, room, sizeof room);
      if (got <= 0) break;
      received_.append(room, static_cast<std::size_t>(got));
    }
    if (!answer.empty()) EXPECT_GT(::write(peer, answer.data(), answer.size()), 0);
    ::close(peer);
  }
  std::filesystem::path folder_;
  int socket_ = -1;
  std::string received_;
  std::thread thread_;
};

TEST(ClamdAnswer, WhatTheScannerSays) {
  EXPECT_EQ(parse_scan_answer("stream: OK")->signature, "");
  EXPECT_EQ(parse_scan_answer("stream: Win.Test.EICAR_HDB-1 FOUND\n")->signature, "Win.Test.EICAR_HDB-1");
  EXPECT_TRUE(parse_scan_answer("INSTREAM size limit exceeded. ERROR")->is_too_large);
  for (const char* other :
       {"", "OK", "stream: ERROR", "stream:  FOUND", "UNKNOWN COMMAND", "stream: OK FOUNDLING"})
    EXPECT_FALSE(parse_scan_answer(other)) << other;
}

TEST(Clamd, StreamsTheFileInPieces) {
  SystemClock clock;
  OneAnswer server(std::string("stream: OK\0", 11));
  const Clamd clamd({.address = "unix:" + server.path()}, clock);
  auto file = feed({"abc", "defgh"});
  const auto scan = clamd.scan(file);
  ASSERT_TRUE(scan);
  EXPECT_EQ(scan->signature, "");
  EXPECT_EQ(server.received(), std::string("zINSTREAM\0\0\0\0\3abc\0\0\0\5defgh\0\0\0\0", 30));
}

TEST(Clamd, AScannerThatIsNotThereOrSaysNothingIsDown) {
  SystemClock clock;
  auto file = feed({"abc"});
  const auto absent = Clamd({.address = "unix:/nonexistent/clamd.ctl"}, clock).scan(file);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code(), ErrorCode::Unavailable);
  OneAnswer silent("");
  auto again = feed({"abc"});
  const auto scan = Clamd({.address = "unix:" + silent.path()}, clock).scan(again);
  ASSERT_FALSE(scan);
  EXPECT_EQ(scan.error().code(), ErrorCode::Unavailable);
}

}  // namespace
}  // namespace kuramori::inspection
