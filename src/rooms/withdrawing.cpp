#include "rooms/withdrawing.hpp"

#include "matrix/identifiers.hpp"
#include "rooms/service_state.hpp"

namespace kuramori::rooms {
namespace {

std::optional<UserId> who_redacts(const RoomState& state, const UserId& author, const ServerName& server) {
  const bool is_ours = matrix::server_of(author) == server.view();
  if (is_ours && state.membership(author) == matrix::Membership::Join) return author;
  const matrix::PowerLevels levels = state.power_levels();
  std::optional<UserId> found;
  state.for_each_joined([&](const UserId& user) {
    if (found || matrix::server_of(user) != server.view()) return;
    if (levels.of(user) >= levels.redact()) found = user;
  });
  return found;
}

}  // namespace

runtime::Task<Result<Withdrawn>> withdraw(RoomService& rooms, gate::Permit permit, Withdrawal withdrawal) {
  permit.require(gate::Operation::RoomRedact);
  if (permit.subject().role != gate::Role::System) co_return forbidden("Only the server itself withdraws.");
  RoomService::State& state = rooms.state();
  auto loading = state.room(withdrawal.room);
  KURAMORI_CO_TRY(room, co_await std::move(loading));
  auto query = [room, event = withdrawal.event,
                secrets = state.secrets_of(*room)](storage::Snapshot& snapshot) -> Result<StoredEvent> {
    KURAMORI_TRY(row, find_event_row(snapshot, event));
    if (!row || event_columns(*row).room != room->id().view()) {
      return not_found("There is no such event in this room.");
    }
    return open_event(*row, secrets.key, *secrets.version);
  };
  auto reading = state.ports.store.read(std::move(query));
  KURAMORI_CO_TRY(stored, co_await std::move(reading));
  if (stored.redacted_by) co_return Withdrawn::Before;
  const UserId author = stored.event->sender();
  const RedactionTarget target{.stored = std::move(stored)};
  const Step step = [&](EventBatch& batch) -> Result<std::optional<EventId>> {
    const auto sender = who_redacts(batch.state(), author, state.options.server);
    if (!sender) return forbidden("Nobody of this server who may redact is in the room.");
    Proposal proposal{.sender = *sender,
                      .type = "m.room.redaction",
                      .state_key = std::nullopt,
                      .content = withdrawal.content,
                      .redacts = withdrawal.event};
    KURAMORI_TRY(event, batch.add(std::move(proposal), &target));
    return std::optional(event->id());
  };
  auto writing = state.write(withdrawal.room, std::move(permit), step);
  auto written = co_await std::move(writing);
  if (!written) co_return std::move(written).error();
  co_return Withdrawn::Now;
}

runtime::Task<Result<Withdrawn>> ask_and_withdraw(gate::Gate& gate, RoomService& rooms,
                                                  Withdrawal withdrawal) {
  gate::Action action{
      .subject = gate::Subject::system(), .operation = gate::Operation::RoomRedact, .resource = {}};
  action.resource.room = withdrawal.room;
  action.resource.event = withdrawal.event;
  auto asking = gate.admit(std::move(action));
  auto admission = co_await std::move(asking);
  if (auto* refusal = std::get_if<gate::Refusal>(&admission)) co_return forbidden(refusal->explanation.en);
  if (auto* error = std::get_if<Error>(&admission)) co_return std::move(*error);
  auto withdrawing = withdraw(rooms, std::get<gate::Permit>(std::move(admission)), std::move(withdrawal));
  auto withdrawn = co_await std::move(withdrawing);
  co_return withdrawn;
}

}  // namespace kuramori::rooms
