// An S3 store in memory behind a real socket, for tests: checks every signature, pages its lists, and fails
// on request.
#pragma once
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "storage/blobs_s3/signature.hpp"

namespace kuramori::storage::blobs_s3 {

class FakeStore {
 public:
  enum class Failure : std::uint8_t {
    Busy,        // 503, nothing done
    Silent,      // the connection is closed, nothing done
    LostAnswer,  // done, and the connection is closed instead of an answer
    CutAnswer,   // half of an answer
  };

  FakeStore();
  ~FakeStore();
  FakeStore(const FakeStore&) = delete;
  FakeStore& operator=(const FakeStore&) = delete;

  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::size_t uploads();
  std::size_t requests() const { return requests_; }
  bool has(const std::string& key);
  void put(const std::string& key, std::string content);
  void begin_upload(const std::string& key);
  // The next `count` requests whose method and target hold `part` fail in this way.
  void fail(Failure failure, std::size_t count, std::string part = "");

  const Credentials credentials{.access_key = "test-key", .secret_key = "test-secret", .region = "eu-test-1"};
  static constexpr std::string_view kBucket = "files";

 private:
  struct Request;
  struct Answer;
  struct Upload {
    std::string key;
    std::map<int, std::string> parts;
  };
  void accept();
  void serve(int socket);
  bool is_signed(const Request& request) const;
  Answer answer(const Request& request);
  Answer answer_object(const Request& request, const std::string& key);
  Answer list(const Request& request);
  Answer complete(const Request& request, const std::string& key);

  int listener_ = -1;
  int port_ = 0;
  std::atomic<std::size_t> requests_{0};
  std::mutex mutex_;
  std::map<std::string, std::string> objects_;
  std::map<std::string, Upload> uploads_;
  std::size_t last_upload_ = 0;
  std::size_t failures_ = 0;
  Failure failure_ = Failure::Busy;
  std::string failing_part_;
  std::set<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace kuramori::storage::blobs_s3
