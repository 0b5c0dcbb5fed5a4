#include "rooms/admission.hpp"

#include "matrix/authorisation.hpp"
#include "matrix/redaction.hpp"
#include "rooms/policy_server.hpp"
#include "rooms/relation_rows.hpp"
#include "rooms/rendering.hpp"
#include "rooms/tables.hpp"
#include "rooms/time_index.hpp"

namespace kuramori::rooms {
namespace {

Error refused_by_rules(const matrix::Verdict& verdict) {
  return forbidden(verdict.reason).with_detail("authorisation rule " + verdict.rule);
}

}  // namespace

EventBatch::EventBatch(const AdmissionContext& context, const Room& room)
    : context_(context), version_(room.version()), room_(room.id()), key_(room.key()), head_(room.head) {
  work_.require_epoch(room.epoch);
}

EventBatch::EventBatch(const AdmissionContext& context, const matrix::RoomVersion& version, RoomId id,
                       Timestamp created)
    : context_(context), version_(version), room_(std::move(id)), created_(created) {
  head_.state = std::make_shared<const RoomState>();
}

matrix::Draft EventBatch::draft(Proposal& proposal) const {
  const auto cited =
      matrix::auth_events_for(proposal.type, proposal.state_key, proposal.sender, proposal.content, version_);
  matrix::Draft draft{
      .room = room_,
      .sender = proposal.sender,
      .type = proposal.type,
      .state_key = proposal.state_key,
      .content = std::move(proposal.content),
      .redacts = proposal.redacts,
      .origin_server_ts = proposal.timestamp.value_or(head_.depth == 0 ? created_ : context_.clock.now()),
      .depth = head_.depth + 1,
      .prev_events = {},
      .auth_events = {},
      .sticky = proposal.sticky};
  if (!head_.last_event.empty()) draft.prev_events.push_back(head_.last_event);
  draft.auth_events.reserve(cited.size());
  for (const auto& [type, state_key] : cited) {
    if (const matrix::EventPtr event = head_.state->find(type, state_key))
      draft.auth_events.push_back(event->id());
  }
  return draft;
}

// A room that names this server as its policy server has the signature on each event, but for the one that
// names it.
const crypto::SigningKey* EventBatch::policy_key_for(const Proposal& proposal) const {
  if (context_.policy_key == nullptr || is_policy_server_event(proposal.type, proposal.state_key))
    return nullptr;
  return serves_as_policy_server(*head_.state, context_.server, *context_.policy_key) ? context_.policy_key
                                                                                      : nullptr;
}

Result<matrix::EventPtr> EventBatch::add(Proposal proposal, const RedactionTarget* target) {
  // Rule 1.1, before building: from version 12 on such an event would name another room.
  if (proposal.type == "m.room.create" && proposal.state_key && head_.depth > 0) {
    return forbidden("A room is created once.").with_detail("authorisation rule 1.1");
  }
  const crypto::SigningKey* policy_key = policy_key_for(proposal);
  KURAMORI_TRY(event,
               matrix::build(draft(proposal), version_, context_.server, context_.signing_key, policy_key));
  const matrix::Verdict verdict = matrix::authorise(*event, *head_.state);
  if (!verdict.allowed) return refused_by_rules(verdict);
  if (!key_) {
    room_ = event->room();
    key_ = context_.keys.create_in(work_, crypto::KeyScope::Room, room_.view());
    work_.insert(kRooms,
                 {room_.str(), std::string(version_.id), event->sender().str(), event->origin_server_ts()});
  }
  store(event, proposal, target);
  return event;
}

void EventBatch::store(const matrix::EventPtr& event, const Proposal& proposal,
                       const RedactionTarget* target) {
  const storage::NextOf position = work_.next(storage::Sequence::Stream);
  EventNotes notes{.device = proposal.device,
                   .transaction = proposal.transaction,
                   .replaces = {},
                   .delay_id = proposal.delay_id};
  Surroundings surroundings;
  if (event->is_state()) {
    surroundings.replaced = head_.state->find(event->type(), *event->state_key());
    if (surroundings.replaced != nullptr) notes.replaces = surroundings.replaced->id();
  }
  work_.insert(kEvents, event_row(position, *event, seal_event(*event, notes, *key_, context_.random)));

  store_relation(work_, *event, position);
  if (proposal.sticky) context_.sticky.store(work_, position, *event);
  if (proposal.fingerprint != 0) context_.transactions.store(work_, position, proposal.fingerprint);
  if (const std::int64_t minute = minute_of(event->origin_server_ts()); head_.minute != minute) {
    store_stretch(work_, room_, minute, position);
    head_.minute = minute;
  }

  auto change = std::make_shared<EventCommitted>();
  change->transaction = proposal.fingerprint;
  change->room = room_;
  change->event = render_event({}, event, notes, surroundings);
  change->state_before = head_.state;
  if (event->is_state()) {
    store_state_change(*event, position);
    head_.state = head_.state->with(event);
  }
  if (target != nullptr) change->redacted = store_redacted(*target, event);
  change->state_after = head_.state;
  head_.last_event = event->id();
  head_.depth = event->depth();
  work_.publish(position, std::move(change));
}

void EventBatch::store_state_change(const matrix::Event& event, storage::NextOf position) {
  work_.insert(kRoomState,
               {room_.str(), event.type(), *event.state_key(), position, event.id().str(), position});
  if (event.type() != "m.room.member") return;
  const std::string_view membership = json::string_or(event.content(), "membership", "");
  work_.upsert(kMemberships, {*event.state_key(), room_.str(), std::string(membership), event.id().str(),
                              position, std::int64_t{0}});
}

// client-server API, "Redactions": the original is gone from the store in the same unit.
RoomEventPtr EventBatch::store_redacted(const RedactionTarget& target, const matrix::EventPtr& redaction) {
  const StoredEvent& original = target.stored;
  auto parsed = matrix::Event::parse(matrix::redact(original.event->pdu(), version_), version_);
  ensure(parsed.has_value() && (*parsed)->id() == original.event->id(),
         "redaction changed the identity of an event");
  const matrix::EventPtr redacted = *std::move(parsed);
  work_.upsert(kEvents,
               event_row(original.position.value, *redacted,
                         seal_event(*redacted, original.notes, *key_, context_.random), redaction->id()));
  erase_relation(work_, *original.event, original.position);
  if (matrix::sticky_duration(*original.event)) context_.sticky.erase(work_, original.position);
  if (redacted->is_state()) {
    const auto current = head_.state->find(redacted->type(), *redacted->state_key());
    if (current != nullptr && current->id() == redacted->id()) head_.state = head_.state->with(redacted);
  }
  return render_event(original.position, redacted, original.notes,
                      {.replaced = nullptr, .redaction = redaction});
}

}  // namespace kuramori::rooms
