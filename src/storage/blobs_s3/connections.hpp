// One request at a time to an HTTP server, blocking, over connections that are kept and used again (libcurl).
// Knows nothing of S3. Thread-safe: as many requests run at once as threads call.
#pragma once
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace kuramori::storage::blobs_s3 {

struct ConnectionOptions {
  std::string ca_file = {};  // empty: the system's
  bool verify_tls = true;
  Milliseconds connect_timeout{10'000};
  Milliseconds stall_timeout{60'000};  // this long without 1 KiB/s: given up
  Milliseconds timeout{300'000};
};

struct PlainRequest {
  std::string method;
  std::string url;
  std::vector<std::string> headers;   // "name: value"
  ByteView body = {};                 // with PUT and POST
  std::span<std::uint8_t> into = {};  // takes the body of a success; what goes beyond is refused
};

struct PlainResponse {
  long status = 0;
  std::string body;  // when there is no `into`, or no success; at most 1 MiB
  std::size_t into_bytes = 0;
  std::uint64_t content_length = 0;
  std::string entity_tag;  // as it came, with its quotes
};

class Connections {
 public:
  explicit Connections(ConnectionOptions options);
  ~Connections();

  // Unavailable when no whole answer came. Errors name what failed, never the URL or a header.
  Result<PlainResponse> perform(const PlainRequest& request);

 private:
  struct CloseHandle {
    void operator()(void* handle) const;
  };
  using Handle = std::unique_ptr<void, CloseHandle>;
  Handle take();
  void give_back(Handle handle);

  const ConnectionOptions options_;
  std::mutex mutex_;
  std::vector<Handle> idle_;
};

}  // namespace kuramori::storage::blobs_s3
