// One request of sliding sync, parsed: MSC4186 in the form that clients speak under its unstable name, and in
// its final form. What differs is what things are called; either form is understood under both names.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/identifiers.hpp"
#include "identity/session.hpp"
#include "sync/presence.hpp"
#include "sync/sliding_required_state.hpp"

namespace kuramori::sync {

enum class SlidingForm : std::uint8_t {
  Unstable,  // org.matrix.simplified_msc3575
  Final,     // /v4/sync
};

// Inclusive on both sides, from 0.
struct SlidingRange {
  std::size_t first = 0;
  std::size_t last = 0;
};

struct SlidingFilters {
  std::optional<bool> is_dm;
  std::optional<bool> is_encrypted;
  std::optional<bool> is_invite;
  // Nothing within stands for rooms without a type.
  std::optional<std::vector<std::optional<std::string>>> room_types;
  std::vector<std::optional<std::string>> not_room_types;
  std::optional<std::vector<RoomId>> spaces;
  std::optional<std::vector<std::string>> tags;
  std::vector<std::string> not_tags;
  std::optional<std::string> room_name_like;
  bool asks_tags() const { return tags.has_value() || !not_tags.empty(); }
};

// What is to be told of a room.
struct SlidingRoomConfig {
  std::size_t timeline_limit = 0;
  StateRulesPtr required_state;
};

struct SlidingList {
  SlidingRoomConfig room;
  std::optional<std::vector<SlidingRange>> ranges;  // nothing: the whole list
  SlidingFilters filters;
};

// Which rooms an extension tells of: nothing stands for "*", all of them.
struct SlidingScope {
  bool enabled = false;
  std::optional<std::set<std::string, std::less<>>> lists;
  std::optional<std::set<RoomId>> rooms;
};

struct SlidingExtensions {
  struct ToDevice {
    bool enabled = false;
    std::optional<StreamPosition> since;
  };
  // MSC4480.
  struct Sticky {
    std::string_view name = {};  // as the client calls it: one of two; empty: not asked for
    std::size_t limit = kStickyDefault;
    StreamPosition since;
    bool enabled() const { return !name.empty(); }
  };
  static constexpr std::size_t kStickyDefault = 100;
  static constexpr std::size_t kStickyMax = 500;  // more is cut to it
  ToDevice to_device;
  Sticky sticky;
  bool e2ee = false;
  SlidingScope account_data;
  SlidingScope receipts;
  SlidingScope typing;
};

struct SlidingRequest {
  static constexpr std::size_t kListsMax = 100;
  static constexpr std::size_t kRangesMax = 100;
  static constexpr std::size_t kSubscriptionsMax = 1000;
  static constexpr std::size_t kFilterValuesMax = 1000;
  static constexpr std::size_t kTimelineLimitMax = 100;  // more is cut to it
  static constexpr std::size_t kIdentifierBytesMax = 255;

  identity::SessionPtr session;
  SlidingForm form = SlidingForm::Unstable;
  std::string connection;  // conn_id
  std::optional<std::string> position;
  std::optional<std::string> transaction;
  std::map<std::string, SlidingList, std::less<>> lists;
  std::map<RoomId, SlidingRoomConfig> subscriptions;
  SlidingExtensions extensions;
  Milliseconds timeout{0};
  PresenceState set_presence = PresenceState::Online;
  std::stop_token disconnected;  // the client has gone: nobody waits for the answer
  // Of what asks for rooms: the same in two requests that ask for the same.
  std::uint64_t fingerprint = 0;
};

// The body. M_BAD_JSON for what has the wrong type, M_INVALID_PARAM for what is out of bounds.
Result<SlidingRequest> parse_sliding_request(const json::Object& body, const UserId& reader);
// Of `set_presence`. M_INVALID_PARAM.
Result<PresenceState> parse_set_presence(std::string_view text);

}  // namespace kuramori::sync
