// Requests to other servers: push gateways, application services, pages whose preview is asked for. Bodies
// are bounded and whole in memory.
//
//   auto answer = co_await client.send({.method = Method::Post, .url = url, .body = text}, Reach::Anywhere,
//   stop);
//
// libcurl's multi interface on one thread of its own; connections are kept and used again, HTTP/2 where the
// server speaks it. A coroutine resumes on the executor that it waited on.
//
// Which addresses may be reached is judged on the address that is about to be connected to, after resolving
// and on every redirect, so that neither a redirect nor a name that changes its address (DNS rebinding) leads
// inside.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "net/http_types.hpp"

namespace kuramori::net {

// Whose idea the URL is.
enum class Reach : std::uint8_t {
  Public,      // a user's or another server's: never loopback, private, link-local, multicast or reserved
               // networks
  Configured,  // the organisation's own configuration (application services, its push gateway): any but those
               // denied
};

struct OutgoingRequest {
  Method method = Method::Get;
  std::string url = {};  // http or https; anything else is refused
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::string content_type = "application/json";  // sent with a body alone
  Milliseconds timeout{30'000};                   // from the call to the last octet
  std::size_t response_bytes_max = 1'048'576;     // more: the transfer ends with ErrorCode::TooLarge
  std::uint8_t redirects_max = 0;                 // followed up to so many; for GET and HEAD alone
};

struct IncomingResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>>
      headers;  // names in lower case, in order; of the last response
  std::string body;
  std::string url;                                                  // after redirects
  std::string_view header(std::string_view lower_case_name) const;  // first; empty when absent
};

struct HttpClientOptions {
  bool verify_tls = true;
  std::string ca_file = {};  // empty: the system's
  std::string user_agent = "Kuramori";
  std::string proxy = {};             // empty: none; the environment is not asked
  std::size_t transfers_max = 1'000;  // under way and waiting; more are refused with Unavailable
  std::size_t connections_per_host_max = 8;
  // Networks never to be connected to, beside those that `Reach::Public` excludes: "10.0.0.0/8",
  // "2001:db8::/32".
  std::vector<std::string> denied_networks = {};
};

class HttpClient {
 public:
  // Throws std::invalid_argument for a network that cannot be read: configuration was checked before.
  HttpClient(HttpClientOptions options, MetricsRegistry& metrics, Logger log);
  ~HttpClient();  // ends what is under way with Unavailable, then joins its thread
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Any answer of the server is a response, whatever its status. Errors: the server cannot be reached, its
  // address is refused, time ran out, the answer is too large, a stop was requested. Neither URL nor headers
  // get into errors or logs: they may carry secrets. The name of the host does.
  runtime::Task<Result<IncomingResponse>> send(OutgoingRequest request, Reach reach, std::stop_token stop);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Whether a request for a public server may connect to the address; textual, IPv4 or IPv6 (also IPv4-mapped,
// 6to4 and NAT64 forms of what is not public). False for what is no address.
bool is_public_address(std::string_view address);

}  // namespace kuramori::net
