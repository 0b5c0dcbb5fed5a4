// Which server a request is from (server-server API, "Request Authentication").
#pragma once
#include <string>
#include <vector>

#include "json/json.hpp"
#include "policy_server/remote_keys.hpp"

namespace kuramori::policy_server {

struct XMatrix;

class RequestAuthentication {
 public:
  struct Options {
    ServerName server = {};                 // this one
    std::vector<std::string> allowed = {};  // globs of servers that may ask; empty: any
  };
  RequestAuthentication(RemoteKeys& keys, Options options) : keys_(keys), options_(std::move(options)) {}

  struct Asking {
    std::string method = {};
    std::string uri = {};                   // path and query as they came
    std::vector<std::string> headers = {};  // every Authorization
    const json::Object* content = nullptr;  // never null
  };
  // Unauthenticated (M_UNAUTHORIZED); Forbidden for a server that may not ask; Unavailable when its keys
  // cannot be had.
  runtime::Task<Result<ServerName>> authenticate(Asking asking);

 private:
  Result<void> check(const XMatrix& header) const;

  RemoteKeys& keys_;
  const Options options_;
};

}  // namespace kuramori::policy_server
