// What the server itself tells a person: a room between the two of them, written by an account that nobody
// can log in to (client-server API, "Server Notices").
#pragma once
#include "base/logging.hpp"
#include "gate/gate.hpp"
#include "identity/accounts.hpp"
#include "rooms/service.hpp"
#include "worm_brake/ports.hpp"

namespace kuramori::app {

class ServerNotices final : public worm_brake::Notices {
 public:
  struct Ports {
    gate::Gate& gate;
    rooms::RoomService& rooms;
    identity::Accounts& accounts;
    const Clock& clock;
    Logger log;
  };
  ServerNotices(Ports ports, const ServerName& server);

  // The account that they come from; nobody else may have the name.
  static constexpr std::string_view kLocalpart = "kuramori-notices";
  static UserId author_of(const ServerName& server);

  // In all four languages: which one a person reads is known of sessions, not of accounts. A person who is
  // suspended cannot accept an invitation, so the server puts them into the room.
  runtime::Task<Result<EventId>> send(UserId to, gate::Localised text);

  // worm_brake::Notices: blocking.
  void tell_owner(const UserId& owner, const gate::Localised& text) override;
  void tell_security_officers(const gate::Localised& text) override;

 private:
  runtime::Task<Result<RoomId>> room_with(UserId to);
  runtime::Task<Result<gate::Permit>> permission(UserId as, gate::Operation operation,
                                                 gate::Resource resource);
  runtime::Task<Result<void>> send_to_officers(gate::Localised text);

  const Ports ports_;
  const UserId author_;
};

}  // namespace kuramori::app
