// This server as a policy server of rooms, when the configuration says so.
#pragma once
#include "api/client/policy_server_routes.hpp"
#include "app/node.hpp"

namespace kuramori::app {

class WebOfPolicyServer final : public policy_server::Web {
 public:
  WebOfPolicyServer(net::HttpClient& client, std::stop_token stop)
      : client_(client), stop_(std::move(stop)) {}
  runtime::Task<Result<net::IncomingResponse>> get(std::string url, net::Reach reach) override;

 private:
  net::HttpClient& client_;
  const std::stop_token stop_;
};

class PolicyServerNode {
 public:
  PolicyServerNode(Node& node, std::stop_token stop);
  api::client::PolicyServerServices& services() { return services_; }

 private:
  WebOfPolicyServer web_;
  policy_server::RemoteKeys keys_;
  policy_server::RequestAuthentication authentication_;
  policy_server::Signer signer_;
  api::client::PolicyServerServices services_;
};

}  // namespace kuramori::app
