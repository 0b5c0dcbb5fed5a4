// Redactions (client-server API, "Redactions"; rooms/v11.md, "Handling redactions").
#include "matrix/identifiers.hpp"
#include "rooms/service.hpp"
#include "rooms/service_state.hpp"
#include "rooms/tables.hpp"

namespace kuramori::rooms {
namespace {

// One's own events, everything with the room's redact level, and for administrators what people of this
// server sent.
bool may_redact(const gate::Subject& subject, const matrix::Event& target, const RoomState& state,
                const ServerName& server) {
  if (target.sender() == subject.user) return true;
  if (subject.role == gate::Role::Administrator && matrix::server_of(target.sender()) == server.view())
    return true;
  const matrix::PowerLevels levels = state.power_levels();
  return levels.of(subject.user) >= levels.redact();
}

}  // namespace

runtime::Task<Result<std::optional<RedactionTarget>>> RoomService::State::redaction_target(
    RoomId id, EventId event, gate::Subject subject) {
  KURAMORI_CO_TRY(room, co_await room_of_member(id));
  if (room->state()->membership(subject.user) != matrix::Membership::Join) co_return not_in_room();
  auto query = [room, event,
                secrets = secrets_of(*room)](storage::Snapshot& snapshot) -> Result<StoredEvent> {
    KURAMORI_TRY(row, find_event_row(snapshot, event));
    if (!row || event_columns(*row).room != room->id().view()) {
      return not_found("There is no such event in this room.");
    }
    return open_event(*row, secrets.key, *secrets.version);
  };
  auto read = ports.store.read(std::move(query));
  KURAMORI_CO_TRY(stored, co_await std::move(read));
  if (!may_redact(subject, *stored.event, *room->state(), options.server)) {
    co_return forbidden("You may not redact this event.");
  }
  if (stored.redacted_by) co_return std::optional<RedactionTarget>();
  co_return std::optional<RedactionTarget>(RedactionTarget{.stored = std::move(stored)});
}

runtime::Task<Result<EventId>> RoomService::redact(gate::Permit permit, RedactEvent request) {
  permit.require(gate::Operation::RoomRedact);
  KURAMORI_CO_CHECK(check_transaction(request.transaction));
  State& state = *state_;
  const gate::Subject subject = permit.subject();
  const SendingDevice device{.user = subject.user, .device = subject.device};
  std::optional<KnownTransactions::Claim> claim;
  if (request.transaction) {
    KURAMORI_CO_TRY(claimed, co_await state.transactions.claim(device, *request.transaction));
    if (claimed.earlier) co_return *claimed.earlier;
    claim.emplace(std::move(claimed));
  }
  auto looking = state.redaction_target(request.room, request.event, subject);
  KURAMORI_CO_TRY(target, co_await std::move(looking));
  json::Object content = passed_content(permit, std::move(request.content));
  content.erase("redacts");
  const Step step = [&](EventBatch& batch) -> Result<std::optional<EventId>> {
    if (target && !may_redact(subject, *target->stored.event, batch.state(), state.options.server)) {
      return forbidden("You may not redact this event.");
    }
    if (request.companion != nullptr) KURAMORI_CHECK(request.companion->before(batch));
    Proposal proposal{.sender = subject.user,
                      .type = "m.room.redaction",
                      .state_key = std::nullopt,
                      .content = content,
                      .redacts = request.event,
                      .device = subject.device,
                      .transaction = request.transaction ? request.transaction->id : TransactionId(),
                      .fingerprint = claim ? claim->fingerprint() : 0,
                      .delay_id = delay_id_of(request.companion),
                      .timestamp = request.timestamp};
    KURAMORI_TRY(event, batch.add(std::move(proposal), target ? &*target : nullptr));
    if (request.companion != nullptr) request.companion->after(batch, event->id());
    return std::optional(event->id());
  };
  auto redacted = made(co_await state.write(request.room, std::move(permit), step));
  if (redacted && claim) claim->settle(*redacted);
  co_return redacted;
}

}  // namespace kuramori::rooms
