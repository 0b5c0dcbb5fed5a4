// What is not kept, on its way to a service that asked for it (application-service API, "Pushing ephemeral
// data"): typing notices, receipts, presence. Of what supersedes itself only the newest waits, so that a
// service that is down for long is not told of the past. Lost at a restart, sent once.
#pragma once
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/identifiers.hpp"

namespace kuramori::appservices {

struct TypingNotice {
  RoomId room = {};
  std::vector<UserId> users = {};  // everybody who types now
};

struct ReceiptNotice {
  RoomId room = {};
  UserId user = {};
  EventId event = {};
  std::string type = {};    // m.read or m.read.private
  std::string thread = {};  // empty: unthreaded
  std::int64_t ts = 0;
  bool is_private() const { return type == "m.read.private"; }
};

// What it is now is asked for when it is sent.
struct PresenceNotice {
  UserId user = {};
};

struct Notice {
  StreamPosition position = {};  // of the stream, its own
  std::variant<TypingNotice, ReceiptNotice, PresenceNotice> what = {};
};

// Bounded: the oldest go first. Thread-safe.
class NoticeQueue {
 public:
  explicit NoticeQueue(std::size_t waiting_max) : waiting_max_(waiting_max) {}

  // False where an older one had to go for it.
  bool add(Notice notice);
  // Oldest first, at or before `up_to`; they wait no more.
  std::vector<Notice> take(StreamPosition up_to, std::size_t limit);
  bool has(StreamPosition up_to) const;

 private:
  const std::size_t waiting_max_;
  mutable std::mutex mutex_;
  struct Waiting {
    std::string subject;  // what it is about: a newer one about the same takes its place
    Notice notice;
  };
  std::map<StreamPosition, Waiting> by_position_;
  std::map<std::string, StreamPosition> by_subject_;
};

// The m.presence event of a user as JSON text; nothing where nothing is known.
using PresenceSource = std::function<std::optional<std::string>(const UserId&)>;

// `ephemeral` of a transaction without its brackets. The receipts of a room share an event.
std::string render_notices(const std::vector<Notice>& notices, const PresenceSource& presence);

}  // namespace kuramori::appservices
