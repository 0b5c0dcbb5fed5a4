// What the personal and ephemeral parts of a sync put on the stream. Each takes a position of its own.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/identifiers.hpp"
#include "storage/unit_of_work.hpp"

namespace kuramori::sync {

// Global (empty room) or per-room account data, tags and push rules among them.
struct AccountDataChanged final : storage::ChangePayload {
  UserId user;
  RoomId room;
  std::string type;
};

struct Receipt {
  UserId user;
  std::string type;  // m.read or m.read.private
  EventId event;
  std::string thread;             // thread root, "main", or empty for unthreaded
  std::int64_t ts = 0;            // UTC milliseconds
  StreamPosition position;        // of the receipt itself
  StreamPosition event_position;  // of the event that it points at
};

struct ReceiptChanged final : storage::ChangePayload {
  RoomId room;
  Receipt receipt;  // its position is the change's
};

struct TypingChanged final : storage::ChangePayload {
  RoomId room;
  std::vector<UserId> typing;  // everybody who types now
};

struct PresenceChanged final : storage::ChangePayload {
  UserId user;
};

}  // namespace kuramori::sync
