// A web of a few documents; counts what is fetched.
#pragma once
#include <map>

#include "policy_server/ports.hpp"

namespace kuramori::policy_server::testing {

class SmallWeb final : public Web {
 public:
  runtime::Task<Result<net::IncomingResponse>> get(std::string url, net::Reach reach) override {
    fetched.push_back(url);
    last_reach = reach;
    const auto found = documents.find(url);
    net::IncomingResponse response;
    response.status = found == documents.end() ? 404 : 200;
    if (found != documents.end()) response.body = found->second;
    if (is_down) co_return Error(ErrorCode::Unavailable, "M_UNKNOWN", "down");
    co_return response;
  }
  std::map<std::string, std::string> documents;
  std::vector<std::string> fetched;
  net::Reach last_reach{};
  bool is_down = false;
};

}  // namespace kuramori::policy_server::testing
