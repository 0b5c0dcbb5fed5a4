// Message events, state and redactions.
#include <algorithm>

#include "matrix/identifiers.hpp"
#include "matrix/relation.hpp"
#include "rooms/content_checks.hpp"
#include "rooms/service.hpp"
#include "rooms/service_state.hpp"
#include "rooms/tables.hpp"

namespace kuramori::rooms {

constexpr std::size_t kTransactionIdBytesMax = 255;

std::string delay_id_of(const Companion* companion) {
  return companion == nullptr ? std::string() : companion->delay_id();
}

Result<void> check_transaction(const std::optional<Transaction>& transaction) {
  if (transaction && transaction->id.view().size() > kTransactionIdBytesMax) {
    return invalid_argument("The transaction ID must have at most 255 octets.");
  }
  return {};
}

namespace {

// Relations that the specification has servers look into before they accept them.
bool is_checked(const matrix::Relation& relation) {
  return relation.type == "m.thread" || (relation.type == "m.annotation" && !relation.key.empty());
}

}  // namespace

runtime::Sequencer& RoomService::State::annotating_of(const matrix::Relation& relation,
                                                      const UserId& sender) {
  const std::hash<std::string_view> hash;
  return annotating[(hash(relation.parent) * 31 + hash(sender.view())) % annotating.size()];
}

runtime::Task<Result<EventId>> RoomService::send(gate::Permit permit, SendEvent request) {
  permit.require(gate::Operation::RoomSend);
  KURAMORI_CO_CHECK(check_transaction(request.transaction));
  if (request.sticky && (*request.sticky < Milliseconds(0) || *request.sticky > matrix::kStickyMax)) {
    co_return invalid_argument("An event can be sticky for at most an hour (3600000 ms).");
  }
  // It would stick until long after that.
  if (request.sticky && request.timestamp && *request.timestamp > state_->ports.clock.now())
    co_return invalid_argument("A sticky event cannot be of a time to come.");
  const SendingDevice device{.user = permit.subject().user, .device = permit.subject().device};
  std::optional<KnownTransactions::Claim> held;
  if (request.transaction) {
    KURAMORI_CO_TRY(claimed, co_await state_->transactions.claim(device, *request.transaction));
    if (claimed.earlier) co_return *claimed.earlier;
    held.emplace(std::move(claimed));
  }
  const json::Object content = passed_content(permit, std::move(request.content));
  State& state = *state_;
  std::optional<runtime::Sequencer::Guard> lane;
  if (const auto relation = matrix::relation_in(content); relation && is_checked(*relation)) {
    KURAMORI_CO_TRY(entered, co_await state.annotating_of(*relation, device.user).enter());
    lane.emplace(std::move(entered));
    auto checking = state.check_relation(request.room, request.type, device.user, content);
    const auto checked = co_await std::move(checking);
    if (!checked) co_return checked.error();
  }
  const Step step = [&](EventBatch& batch) -> Result<std::optional<EventId>> {
    if (request.companion != nullptr) KURAMORI_CHECK(request.companion->before(batch));
    KURAMORI_TRY(event,
                 batch.add({.sender = device.user,
                            .type = request.type,
                            .state_key = std::nullopt,
                            .content = content,
                            .redacts = {},
                            .device = device.device,
                            .transaction = request.transaction ? request.transaction->id : TransactionId(),
                            .fingerprint = held ? held->fingerprint() : 0,
                            .sticky = request.sticky,
                            .delay_id = delay_id_of(request.companion),
                            .timestamp = request.timestamp}));
    if (request.companion != nullptr) request.companion->after(batch, event->id());
    return std::optional(event->id());
  };
  auto sent = made(co_await state.write(request.room, std::move(permit), step));
  if (sent && held) held->settle(*sent);
  co_return sent;
}

runtime::Task<Result<void>> RoomService::State::check_canonical_alias(RoomId id, json::Object content) {
  KURAMORI_CO_TRY(room, co_await room_of_member(id));
  std::vector<RoomAlias> added;
  KURAMORI_CO_TRY(listed, listed_aliases(content));
  const matrix::EventPtr before = room->state()->find("m.room.canonical_alias", "");
  std::vector<std::string> known;
  if (before != nullptr) {
    // What stood there before is not judged again, however it got there.
    if (auto earlier = listed_aliases(before->content())) known = std::move(*earlier);
  }
  for (std::string& alias : listed) {
    if (std::ranges::find(known, alias) != known.end()) continue;
    const auto parsed = matrix::parse_room_alias(alias);
    if (!parsed) co_return invalid_argument("'" + alias + "' is not a valid room alias.");
    added.push_back(*parsed);
  }
  auto query = [added, id](storage::Snapshot& snapshot) -> Result<void> {
    for (const RoomAlias& alias : added) {
      KURAMORI_TRY(row, snapshot.get(kAliases, {alias.str()}));
      if (!row || storage::text((*row)[1]) != id.view()) {
        return Error(ErrorCode::InvalidArgument, "M_BAD_ALIAS",
                     "The alias '" + alias.str() + "' does not point to this room.");
      }
    }
    return {};
  };
  auto read = ports.store.read(std::move(query));
  auto outcome = co_await std::move(read);
  co_return outcome;
}

runtime::Task<Result<EventId>> RoomService::set_state(gate::Permit permit, SetState request) {
  if (request.type == "m.room.member") {
    auto member = set_member_state(std::move(permit), std::move(request));
    auto outcome = co_await std::move(member);
    co_return outcome;
  }
  permit.require(gate::Operation::RoomSetState);
  const gate::Subject subject = permit.subject();
  const json::Object content = passed_content(permit, std::move(request.content));
  State& state = *state_;
  if (request.type == "m.room.power_levels") KURAMORI_CO_CHECK(check_power_levels(content));
  if (request.type == "m.room.canonical_alias") {
    const auto checked = co_await state.check_canonical_alias(request.room, content);
    if (!checked) co_return checked.error();
  }
  const Step step = [&](EventBatch& batch) -> Result<std::optional<EventId>> {
    if (request.companion != nullptr) KURAMORI_CHECK(request.companion->before(batch));
    KURAMORI_TRY(event, batch.add({.sender = subject.user,
                                   .type = request.type,
                                   .state_key = request.state_key,
                                   .content = content,
                                   .redacts = {},
                                   .device = subject.device,
                                   .transaction = {},
                                   .fingerprint = 0,
                                   .delay_id = delay_id_of(request.companion),
                                   .timestamp = request.timestamp}));
    if (request.companion != nullptr) request.companion->after(batch, event->id());
    return std::optional(event->id());
  };
  auto written = made(co_await state.write(request.room, std::move(permit), step));
  co_return written;
}

}  // namespace kuramori::rooms
