// What RoomService is made of. Private to the module.
#pragma once
#include <array>
#include <atomic>
#include <functional>

#include "matrix/relation.hpp"
#include "rooms/admission.hpp"
#include "rooms/creation.hpp"
#include "rooms/known_transactions.hpp"
#include "rooms/membership.hpp"
#include "rooms/queries.hpp"
#include "rooms/reader_view.hpp"
#include "rooms/rendered_events.hpp"
#include "rooms/room_cache.hpp"
#include "rooms/service.hpp"
#include "runtime/sequencer.hpp"

namespace kuramori::rooms {

// What a writing function adds to a room while it holds the room's head; may run twice. The event of the
// result goes into the record; nothing for an act that finds its effect already there.
using Step = std::function<Result<std::optional<EventId>>(EventBatch&)>;

struct RoomService::State {
  State(Ports p, RoomOptions o);

  runtime::Task<Result<RoomPtr>> load(RoomId id);
  // The room for a writer or a reader. NotFound.
  runtime::Task<Result<RoomPtr>> room(RoomId id) { return cache.get(std::move(id)); }
  // The same for who must be in the room anyway: an unknown one is Forbidden, as one is where the caller is
  // not.
  runtime::Task<Result<RoomPtr>> room_of_member(RoomId id);

  // Runs `step` on the head and commits what it added, durable when this returns. Once more on a fresh load
  // when another write was lost beneath it.
  runtime::Task<Result<std::optional<EventId>>> write(RoomId id, gate::Permit permit, const Step& step);
  void confirm(const RoomPtr& room, bool is_durable);
  // A permission for the same act again, because the first one went with a commit that failed.
  runtime::Task<Result<gate::Permit>> admit(gate::Action action);

  // M_BAD_ALIAS, M_INVALID_PARAM: new aliases must exist and point to the room.
  runtime::Task<Result<void>> check_canonical_alias(RoomId id, json::Object content);
  // The event that `redacts` names, when the subject may take its content away; nothing when that was done
  // before.
  runtime::Task<Result<std::optional<RedactionTarget>>> redaction_target(RoomId id, EventId event,
                                                                         gate::Subject subject);
  // The parts of a new room that are known before its events.
  runtime::Task<Result<NewRoom>> new_room(const CreateRoom& request, gate::Subject subject);
  Timestamp creation_time();
  // `write` with a permission of its own.
  runtime::Task<Result<void>> change_in_room(gate::Subject subject, RoomId id, gate::Operation operation,
                                             const Step& step);
  // What a join must know of other rooms, looked up before the lock.
  runtime::Task<Result<JoinFacts>> join_facts(RoomId id, UserId user);

  // reading.cpp
  RoomSecrets secrets_of(const Room& room) const { return {.version = &room.version(), .key = room.key()}; }
  // Nothing when the reader sees everything.
  runtime::Task<Result<std::optional<HistoryJudge>>> judge(RoomPtr room, UserId reader);
  runtime::Task<Result<Timeline>> walk(RoomPtr room, TimelineQuery query, TimelineLimits limits);
  // M_INVITE_BLOCKED when the invited one takes no invitations.
  runtime::Task<Result<void>> check_invitation(UserId invited, UserId inviter);
  // Who the reader ignores; null: nobody.
  runtime::Task<Result<IgnoredUsers>> ignored_by(UserId reader);
  // For relations and threads; Forbidden for who may not look into the room.
  runtime::Task<Result<ReaderView>> view_of(RoomPtr room, const gate::Permit& permit);
  runtime::Sequencer& annotating_of(const matrix::Relation& relation, const UserId& sender);
  // relating.cpp: M_DUPLICATE_ANNOTATION, and M_UNKNOWN for a thread on what is in a relation itself.
  runtime::Task<Result<void>> check_relation(RoomId room, std::string type, UserId sender,
                                             json::Object content);
  // How far into the room the reader may look at all: to the present, or to where they left. Forbidden for
  // everybody else.
  runtime::Task<Result<StreamPosition>> horizon(RoomPtr room, UserId reader);
  runtime::Task<Result<bool>> sees_time(RoomPtr room, UserId reader, StreamPosition position);
  runtime::Task<Result<VisibleState>> state_for(RoomId id, UserId reader,
                                                std::optional<StreamPosition> position);
  runtime::Task<Result<RoomStatePtr>> state_at(RoomPtr room, StreamPosition position);

  const Ports ports;
  const RoomOptions options;
  const AdmissionContext admission;
  std::atomic<std::int64_t> last_creation_ms = 0;
  RoomCache cache;
  RenderedEvents rendered;
  KnownTransactions transactions;
  StickyEvents sticky;
  std::array<runtime::Sequencer, 64> annotating;  // one annotation of one person to one event at a time
  Counter& events_written;
  Counter& writes_repeated;
  Counter& rooms_loaded;
};

Error not_in_room();
std::string delay_id_of(const Companion* companion);
Result<void> check_transaction(const std::optional<Transaction>& transaction);
// The content as the policy lets it pass.
json::Object passed_content(const gate::Permit& permit, json::Object content);
// The event of a step that always makes one.
Result<EventId> made(Result<std::optional<EventId>> written);

}  // namespace kuramori::rooms
