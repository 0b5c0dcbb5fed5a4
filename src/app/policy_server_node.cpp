#include "app/policy_server_node.hpp"

namespace kuramori::app {
namespace {

constexpr Milliseconds kFetchTimeout = std::chrono::seconds(10);
constexpr std::size_t kDocumentBytesMax = 65'536;

// Whether the rooms can be read was asked of the configuration.
policy_server::ProtectedRooms rooms_of(const Config& config) {
  return policy_server::ProtectedRooms::read(config.policy_server.rooms)
      .value_or(policy_server::ProtectedRooms());
}

}  // namespace

runtime::Task<Result<net::IncomingResponse>> WebOfPolicyServer::get(std::string url, net::Reach reach) {
  net::OutgoingRequest request;
  request.url = std::move(url);
  request.timeout = kFetchTimeout;
  request.response_bytes_max = kDocumentBytesMax;
  request.redirects_max = 5;
  auto sending = client_.send(std::move(request), reach, stop_);
  auto answer = co_await std::move(sending);
  co_return answer;
}

PolicyServerNode::PolicyServerNode(Node& node, std::stop_token stop)
    : web_(node.outgoing, std::move(stop)),
      // A name without a glob was chosen by the organisation, wherever it leads.
      keys_(web_, node.environment.clock, {.own_networks = node.config.policy_server.servers}),
      authentication_(keys_, {.server = ServerName(node.config.server.name),
                              .allowed = node.config.policy_server.servers}),
      signer_({.gate = node.organisation.gate(),
               .rooms = node.rooms,
               .key = node.organisation.server_keys().policy_server},
              ServerName(node.config.server.name), rooms_of(node.config)),
      services_{.authentication = authentication_, .signer = signer_} {}

}  // namespace kuramori::app
