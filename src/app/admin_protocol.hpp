// What the command line and a running server say to each other over the administration socket: one JSON
// object a line. The socket lies in data_dir with mode 0600; only the server's own user and root are listened
// to.
//
//   → {"operation":"user.list","arguments":{"limit":100}}
//   ← {"progress":0.25}              any number of times
//   ← {"line":"…"}                   any number of times: output that is streamed
//   ← {"result":{…}}  or  {"error":{"code":…,"reason":…,"message":…}}
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "json/json.hpp"

namespace kuramori::app {

// How an operation speaks while it works. Called on the thread that runs the operation.
struct AdminOutput {
  std::function<void(double)> progress = [](double) {};
  std::function<void(std::string_view)> line = [](std::string_view) {};
  // Whether anybody still listens and the server goes on: long work asks now and then, after it has said
  // something.
  std::function<bool()> is_heard = [] { return true; };
};

struct AdminRequest {
  std::string operation;
  json::Object arguments;
};

// Enough for a table of a million rows in base64.
constexpr std::size_t kAdminLineBytesMax = std::size_t{192} << 20;

std::string render(const AdminRequest& request);
Result<AdminRequest> parse_admin_request(std::string_view line);
std::string render_progress(double fraction);
std::string render_line(std::string_view line);
std::string render_outcome(const Result<json::Object>& outcome);

// One line of the answer; the outcome when it was the last.
Result<std::optional<Result<json::Object>>> parse_admin_answer(std::string_view line,
                                                               const AdminOutput& output);

}  // namespace kuramori::app
