// HTTP requests and responses as handlers see them. Standard library only.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "runtime/task.hpp"

namespace kuramori::net {

enum class Method : std::uint8_t { Get, Head, Post, Put, Delete, Options, Patch, Other };
std::string_view to_string(Method method);

// The body of a request on a route with `streams_body`, read part by part as it arrives. What is not read is not
// received: a slow reader slows the client down.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  // At least one octet, 0 at the end. An error (the client has gone, is too slow, sent too much) ends the request:
  // nothing more can be read.
  virtual runtime::Task<Result<std::size_t>> read(std::span<std::uint8_t> into) = 0;
  // As the client declared it; nothing when it did not (chunked transfer coding).
  virtual std::optional<std::uint64_t> declared_bytes() const = 0;
};

// The body of a response that is made part by part while it is sent; the next part is asked for when the last is with
// the system.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // Known before the first part: it is sent as Content-Length.
  virtual std::uint64_t bytes() const = 0;
  // Valid until the next call; never empty before the end. An error ends the connection: the client sees that the
  // body is incomplete.
  virtual runtime::Task<Result<ByteView>> next() = 0;
};

// Alive as long as its handler runs. Header names are lower-case.
struct Request {
  Method method = Method::Get;
  std::string target;                       // as received, with the query
  std::string path;                         // percent-encoded still, without the query
  std::vector<std::pair<std::string, std::string>> query;    // decoded, in order; repeated names stay
  std::vector<std::pair<std::string, std::string>> headers;  // in order
  std::string body;                         // empty on routes with streams_body
  BodyReader* body_reader = nullptr;        // on routes with streams_body alone
  std::string peer_address;                 // without port; of the last trusted proxy's client when so configured
  std::uint64_t id = 0;                     // unique in this process: the request id of the logs
  bool is_tls = false;
  SteadyTime received;
  // On routes with may_park: a stop is requested when the client has gone, so that nobody works for it any longer.
  std::stop_token disconnected;

  std::string_view header(std::string_view lower_case_name) const;          // first; empty when absent
  std::optional<std::string_view> query_value(std::string_view name) const; // first
  std::vector<std::string_view> query_values(std::string_view name) const;

  // Filled by the router: decoded path parameters in order of the pattern.
  std::vector<std::string> parameters;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::shared_ptr<BodySource> stream = nullptr;  // instead of `body`
  bool close = false;                       // close the connection after this response
};

}  // namespace kuramori::net
