// The only writer of events. A room is an object in a bounded cache with a head (what is already in commit
// order) and a committed state (what readers see): see admission.hpp for the way of an event and
// docs/decisions/0002 for the lock.
//
//   RoomService rooms(ports, {.server = ServerName("example.org")});
//   store.add_listener(rooms);                      // before every other listener: it sets
//   RoomEvent::position auto sent = co_await rooms.send(std::move(permit), std::move(request));
//
// Every writing function consumes the permission for its operation; where the permission carries masked
// content, that is what is sent.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "crypto/signing.hpp"
#include "gate/gate.hpp"
#include "rooms/ports.hpp"
#include "rooms/reader.hpp"
#include "rooms/requests.hpp"
#include "storage/key_ring.hpp"
#include "storage/store.hpp"

namespace kuramori::rooms {

// What setting a member's state by hand amounts to, for the gate.
gate::Operation operation_for_member(const UserId& sender, std::string_view state_key,
                                     const json::Object& content);

// Who may put rooms into the published directory.
enum class Publishers : bool { Everybody, Administrators };

struct RoomOptions {
  ServerName server = {};
  std::string default_version = "12";
  Publishers publishers = Publishers::Everybody;
  std::size_t cached_rooms_max = 20'000;
  std::size_t cached_bytes_max = 512UL << 20U;  // estimate, by state entries and recent events
  std::size_t recent_events_max = 64;           // of one room, rendered, in memory
  std::size_t rendered_events_max = 65'536;     // state events as text, in memory
  std::size_t known_transactions_max = 1'000'000;
};

class RoomService final : public RoomReader, public storage::StreamListener {
 public:
  struct Ports {
    storage::Store& store;
    storage::KeyRing& keys;
    gate::Gate& gate;
    ProfileSource& profiles;
    const crypto::SigningKey& signing_key;
    const Clock& clock;
    Random& random;
    MetricsRegistry& metrics;
    Logger log;
    PersonalChoices* choices = nullptr;  // null: nobody ignores or blocks anybody
    // Signs events of rooms whose policy server is this one; null: it is of none.
    const crypto::SigningKey* policy_key = nullptr;
  };
  RoomService(Ports ports, RoomOptions options);
  ~RoomService() override;

  // Operation::RoomCreate. The room, its key, its events, its alias and its place in the directory in one
  // unit of work.
  runtime::Task<Result<RoomId>> create(gate::Permit permit, CreateRoom request);

  // RoomSend. A transaction id that this device used before for the same endpoint answers with the event it
  // made then.
  runtime::Task<Result<EventId>> send(gate::Permit permit, SendEvent request);
  // RoomSetState; for m.room.member the operation that the change amounts to (operation_for_member).
  runtime::Task<Result<EventId>> set_state(gate::Permit permit, SetState request);
  // RoomRedact.
  runtime::Task<Result<EventId>> redact(gate::Permit permit, RedactEvent request);

  // RoomJoin, RoomKnock, RoomLeave: the permit's subject changes its own membership. Joining twice changes
  // nothing.
  runtime::Task<Result<void>> join(gate::Permit permit, OwnMembership request);
  runtime::Task<Result<void>> knock(gate::Permit permit, OwnMembership request);
  runtime::Task<Result<void>> leave(gate::Permit permit, OwnMembership request);
  // RoomForget. M_UNKNOWN when the user is still in the room.
  runtime::Task<Result<void>> forget(gate::Permit permit, RoomId room);
  // RoomInvite, RoomKick, RoomBan, RoomUnban.
  runtime::Task<Result<void>> invite(gate::Permit permit, OtherMembership request);
  runtime::Task<Result<void>> kick(gate::Permit permit, OtherMembership request);
  runtime::Task<Result<void>> ban(gate::Permit permit, OtherMembership request);
  runtime::Task<Result<void>> unban(gate::Permit permit, OtherMembership request);

  // What follows from a change elsewhere, for every room of the user: each room asks the gate for a
  // permission of its own and leaves its own record (the shards of a larger store are rooms). A room that
  // refuses is skipped and logged. New member events in joined rooms (ProfileSet).
  runtime::Task<Result<void>> update_member_profile(gate::Subject subject, UserId user,
                                                    MemberProfile profile);
  // Leaves joined rooms, rejects invitations, withdraws knocks (RoomLeave).
  runtime::Task<Result<void>> leave_all(gate::Subject subject, UserId user);

  // RoomRead, for the permit's subject; Forbidden when the user may not look into the room.
  // Current state of a member, the state at the time of leaving for one who left, world-readable rooms for
  // anybody.
  runtime::Task<Result<VisibleState>> visible_state(const gate::Permit& permit, RoomId room);
  // The same as it was at `position` ("at" of /members).
  runtime::Task<Result<VisibleState>> visible_state_at(const gate::Permit& permit, RoomId room,
                                                       StreamPosition position);
  runtime::Task<Result<EventContext>> context(const gate::Permit& permit, ContextQuery query);
  // The event nearest to `at_ms` in the direction that the reader may see.
  runtime::Task<Result<RoomEventPtr>> event_near(const gate::Permit& permit, RoomId room, Timestamp at,
                                                 storage::Direction direction);
  // RoomRead. NotFound when the reader may not see the parent.
  runtime::Task<Result<Relations>> relations(const gate::Permit& permit, RelationsQuery query);
  runtime::Task<Result<Threads>> threads(const gate::Permit& permit, ThreadsQuery query);
  // Joined rooms of the permit's subject (RoomRead).
  runtime::Task<Result<std::vector<RoomId>>> joined_rooms(const gate::Permit& permit);
  StreamPosition last_position() const;
  bool may_publish(const gate::Subject& subject) const;

  // RoomReader.
  runtime::Task<Result<std::vector<RoomFacts>>> facts(std::vector<RoomId> rooms) override;
  runtime::Task<Result<RoomStatePtr>> current_state(RoomId room) override;
  RoomStatePtr cached_state(const RoomId& room) const override;
  runtime::Task<Result<RoomStatePtr>> state_at(RoomId room, StreamPosition position) override;
  runtime::Task<Result<std::vector<RoomEventPtr>>> state_changes(RoomId room, StreamPosition after,
                                                                 StreamPosition up_to) override;
  runtime::Task<Result<std::vector<UserRoom>>> rooms_of(UserId user) override;
  runtime::Task<Result<RoomEventPtr>> member_at(RoomId room, UserId user, StreamPosition position) override;
  runtime::Task<Result<StreamPosition>> last_event_position(RoomId room) override;
  runtime::Task<Result<Timeline>> timeline(const gate::Permit& permit, TimelineQuery query) override;
  runtime::Task<Result<Timeline>> unchecked_timeline(TimelineQuery query) override;
  runtime::Task<Result<RoomEventPtr>> event(const gate::Permit& permit, RoomId room, EventId event) override;
  runtime::Task<Result<std::vector<std::string>>> personal_unsigned(
      const gate::Permit& permit, RoomId room, std::vector<RoomEventPtr> events) override;
  std::vector<RoomEventPtr> sticky(const RoomId& room, StreamPosition after,
                                   StreamPosition up_to) const override;
  RoomEventPtr render(const matrix::EventPtr& event, StreamPosition position) const override;
  runtime::Task<Result<StreamPosition>> position_of(RoomId room, EventId event) override;

  // StreamListener: makes what was committed visible to readers.
  void committed(std::span<const Change> changes) override;

  struct State;  // private to the implementation
  State& state() { return *state_; }

 private:
  runtime::Task<Result<EventId>> set_member_state(gate::Permit permit, SetState request);
  runtime::Task<Result<void>> change_own(gate::Permit permit, OwnMembership request, matrix::Membership to);
  runtime::Task<Result<void>> change_other(gate::Permit permit, OtherMembership request,
                                           matrix::Membership to);
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::rooms
