// What the server itself tells a person: a room between the two of them, written by an account that nobody
// can log in to (client-server API, "Server Notices").
#pragma once
#include <mutex>
#include <optional>
#include <unordered_map>

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

  // Security officers and administrators.
  runtime::Task<Result<std::vector<UserId>>> security_officers();

  // worm_brake::Notices: blocking.
  void tell_owner(const UserId& owner, const gate::Localised& text) override;
  void tell_security_officers(const gate::Localised& text) override;

 private:
  runtime::Task<Result<RoomId>> room_with(UserId to);
  runtime::Task<Result<gate::Permit>> permission(UserId as, gate::Operation operation,
                                                 gate::Resource resource);
  runtime::Task<Result<void>> send_to_officers(gate::Localised text);
  std::optional<RoomId> known_room(const UserId& person) const;
  void remember(const UserId& person, const RoomId& room);

  static constexpr std::size_t kRememberedMax = 10'000;
  const Ports ports_;
  const UserId author_;
  mutable std::mutex mutex_;
  std::unordered_map<UserId, RoomId> rooms_;  // where each person was told last
};

}  // namespace kuramori::app
