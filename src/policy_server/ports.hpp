// What this module asks others to provide.
#pragma once
#include <string>

#include "net/http_client.hpp"
#include "runtime/task.hpp"

namespace kuramori::policy_server {

class Web {
 public:
  virtual ~Web() = default;
  // A GET within a few seconds; any answer of the server is one.
  virtual runtime::Task<Result<net::IncomingResponse>> get(std::string url, net::Reach reach) = 0;
};

}  // namespace kuramori::policy_server
