// HTTP requests and responses as handlers see them. Standard library only.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace kuramori::net {

enum class Method : std::uint8_t { Get, Head, Post, Put, Delete, Options, Patch, Other };
std::string_view to_string(Method method);

// Alive as long as its handler runs. Header names are lower-case.
struct Request {
  Method method = Method::Get;
  std::string target;                       // as received, with the query
  std::string path;                         // percent-encoded still, without the query
  std::vector<std::pair<std::string, std::string>> query;    // decoded, in order; repeated names stay
  std::vector<std::pair<std::string, std::string>> headers;  // in order
  std::string body;
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
  bool close = false;                       // close the connection after this response
};

}  // namespace kuramori::net
