// Read receipts: public, private, threaded (client-server API, module receipts). One per (room, user, type,
// thread); a receipt never moves backwards. Loaded per room when first asked for, then kept in memory
// (bounded); StreamListener keeps it current.
#pragma once
#include <memory>
#include <vector>

#include "gate/gate.hpp"
#include "rooms/reader.hpp"
#include "runtime/task.hpp"
#include "storage/store.hpp"
#include "sync/changes.hpp"

namespace kuramori::sync {

class Receipts final : public storage::StreamListener {
 public:
  Receipts(storage::Reader& reader, gate::Gate& gate, rooms::RoomReader& rooms, const Clock& clock);
  ~Receipts() override;

  // The position of the event; Forbidden when the user is not in the room, M_INVALID_PARAM when the event is
  // not.
  runtime::Task<Result<StreamPosition>> check(UserId user, RoomId room, EventId event);
  // M_INVALID_PARAM when the event does not belong to `thread` (a root, "main", or empty: unthreaded).
  runtime::Task<Result<void>> set(gate::Permit permit, UserId user, RoomId room, std::string type,
                                  EventId event, std::string thread);
  // Receipts of the room that changed in (after, up_to] and that `reader` may see: all public ones, private
  // ones only of the reader.
  runtime::Task<Result<std::vector<Receipt>>> changes(const gate::Permit& permit, UserId reader, RoomId room,
                                                      StreamPosition after, StreamPosition up_to);
  // All receipts of one user in a room, for unread counts.
  runtime::Task<Result<std::vector<Receipt>>> of_user(UserId user, RoomId room);
  // Whether the user has read the event at that position: a receipt without a thread covers everything above
  // it, one of a thread that thread alone.
  runtime::Task<Result<bool>> covers(UserId user, RoomId room, StreamPosition event);

  void committed(std::span<const Change> changes) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::sync
