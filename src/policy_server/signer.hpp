// Judges an event of another server, and signs what policy lets pass (server-server API, "Policy Servers").
//
//   auto answer = co_await signer.sign({.origin = origin, .address = peer, .language = "en", .pdu = body});
#pragma once
#include <variant>

#include "policy_server/protected_rooms.hpp"
#include "rooms/service.hpp"

namespace kuramori::policy_server {

class Signer {
 public:
  struct Ports {
    gate::Gate& gate;
    rooms::RoomService& rooms;
    const crypto::SigningKey& key;  // "ed25519:policy_server"
  };
  Signer(Ports ports, ServerName server, ProtectedRooms rooms)
      : ports_(ports), server_(std::move(server)), rooms_(std::move(rooms)) {}

  struct Asking {
    ServerName origin = {};    // whose request it is
    std::string address = {};  // the client's network address
    std::string language = {};
    json::Object pdu = {};
  };
  // {server: {"ed25519:policy_server": signature}}; a refusal by policy, already in the record; or an error:
  // M_BAD_JSON, M_NOT_FOUND for a room that is not protected.
  using Answer = std::variant<json::Object, gate::Refusal, Error>;
  runtime::Task<Answer> sign(Asking asking);

 private:
  runtime::Task<Result<const matrix::RoomVersion*>> version_of(RoomId room) const;
  runtime::Task<Result<matrix::EventPtr>> event_in(json::Object pdu) const;
  runtime::Task<Answer> judge(gate::Action action, matrix::EventPtr event, ServerName origin);

  const Ports ports_;
  const ServerName server_;
  const ProtectedRooms rooms_;
};

}  // namespace kuramori::policy_server
