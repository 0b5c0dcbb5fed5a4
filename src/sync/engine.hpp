// /sync: what changed for a user since a position, or everything from the beginning; waits when there is
// nothing.
//
// A response is a filter over the stream up to one position: every event lies in exactly one response. Rooms
// are answered from the hub's memory where it reaches back far enough, and from storage where not.
#pragma once
#include <memory>
#include <string>

#include "gate/permit.hpp"
#include "identity/sessions.hpp"
#include "rooms/ports.hpp"
#include "rooms/reader.hpp"
#include "sync/account_data.hpp"
#include "sync/encryption_port.hpp"
#include "sync/hub.hpp"
#include "sync/lazy_members.hpp"
#include "sync/presence.hpp"
#include "sync/push_rules.hpp"
#include "sync/receipts.hpp"
#include "sync/request.hpp"
#include "sync/typing.hpp"

namespace kuramori::sync {

struct SyncAnswer {
  std::string body;     // JSON text
  StreamPosition from;  // the range of the stream that it covers, for the record of deliveries
  StreamPosition to;
  bool has_content = false;
  StreamPosition to_device = {};  // messages for the device are in it up to here; mostly the same as `to`
};

class Engine {
 public:
  struct Ports {
    Hub& hub;
    rooms::RoomReader& rooms;
    identity::Sessions& sessions;
    AccountData& account_data;
    Receipts& receipts;
    Typing& typing;
    Presence& presence;
    PushRules& push_rules;
    const Clock& clock;
    rooms::PersonalChoices* choices = nullptr;  // null: nobody ignores or blocks anybody
    EncryptionPort* encryption = nullptr;       // null: nothing is told of keys
  };
  static constexpr std::size_t kTimelineLimit = 10;  // where the filter names none
  static constexpr std::size_t kTimelineLimitMax = 1000;
  static constexpr Milliseconds kTimeoutMax{300'000};

  explicit Engine(Ports ports) : ports_(ports) {}

  // `permit` is for Operation::Sync. M_UNKNOWN_TOKEN when the session ended while waiting.
  runtime::Task<Result<SyncAnswer>> sync(const gate::Permit& permit, SyncRequest request);

 private:
  runtime::Task<Result<SyncAnswer>> look(const gate::Permit& permit, const SyncRequest& request,
                                         UserFeed& feed);
  runtime::Task<Result<SyncAnswer>> wait(const gate::Permit& permit, SyncRequest& request, UserFeedPtr feed,
                                         SteadyTime deadline);

  Ports ports_;
  LazyMembers lazy_members_;
};

}  // namespace kuramori::sync
