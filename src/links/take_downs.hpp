// Withdraws messages that were sent before their link became known as bad.
//
// A take-down is planned by the registry in the unit that blocks something, and carried out here, entry by
// entry: the messages that were seen with the host are opened, judged by the lists in force, and withdrawn by
// the system through the gate. Its progress is stored, so that it goes on after a restart; what was withdrawn
// before is passed over.
#pragma once
#include "links/rows.hpp"
#include "links/sightings.hpp"
#include "rooms/service.hpp"

namespace kuramori::links {

struct TakenDown {
  RoomId room = {};
  EventId event = {};
  UserId sender = {};
  std::string outcome = {};  // "withdrawn", "withdrawn before", or why not
};

struct TakeDownReport {
  TakeDownRow take_down = {};
  std::vector<TakenDown> messages = {};
};

class TakeDowns {
 public:
  struct Ports {
    storage::Store& store;
    storage::KeyRing& keys;
    gate::Gate& gate;
    rooms::RoomService& rooms;
    const ClickThrough& clicks;
    CurrentKnowledge& knowledge;
    const Clock& clock;
    Logger log;
  };
  explicit TakeDowns(Ports ports) : ports_(std::move(ports)) {}

  // Carries on with the oldest that is not done; blocking. False when there is none. The sightings must have
  // reached the present of when it was planned.
  Result<bool> step();

  // AdminLinksRead. The newest first, each with at most `messages_max` messages.
  runtime::Task<Result<std::vector<TakeDownReport>>> reports(gate::Permit permit, std::size_t take_downs_max,
                                                             std::size_t messages_max);

 private:
  struct Piece;
  Result<std::optional<TakeDownRow>> next();
  Result<Piece> read_piece(storage::Snapshot& snapshot, const TakeDownRow& take_down);
  Result<void> look_for(storage::Snapshot& snapshot, const link_risk::ListEntry& entry, Piece& piece);
  std::string withdraw(const TakenDown& message, std::string_view reason);
  Result<void> commit(storage::UnitOfWork work);

  const Ports ports_;
};

}  // namespace kuramori::links
