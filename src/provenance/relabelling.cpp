#include "provenance/relabelling.hpp"

#include "provenance/tables.hpp"
#include "rooms/queries.hpp"

namespace kuramori::provenance {
namespace {

Error no_such_message() {
  return not_found("There is no such message in this room.");
}

Result<LabelledMessage> read_message(storage::Snapshot& snapshot, storage::KeyRing& keys, const MarkKey& key,
                                     const RoomId& room, const EventId& id) {
  KURAMORI_TRY(row, rooms::find_event_row(snapshot, id));
  if (!row || rooms::event_columns(*row).room != room.view()) return no_such_message();
  KURAMORI_TRY(secrets, rooms::find_secrets(snapshot, keys, room.view()));
  if (!secrets) return no_such_message();
  KURAMORI_TRY(stored, rooms::open_event(*row, secrets->key, *secrets->version));
  if (stored.redacted_by || stored.event->is_state()) return no_such_message();
  const json::Object& content = stored.event->content();
  LabelledMessage message{.room = room,
                          .event = id,
                          .sender = stored.event->sender(),
                          .label = std::string(governance::label_of(content)),
                          .position = stored.position};
  KURAMORI_TRY(decided, label_decided_of(snapshot, id));
  if (decided) message.label = *std::move(decided);
  Marks marks = marks_of(content, key);
  message.marks = std::move(marks.files);
  if (marks.text) message.marks.push_back(*marks.text);
  message.marks.push_back(key.of_event(id.view()));
  return message;
}

storage::Value label_value(const std::string& label) {
  return label.empty() ? storage::Value(storage::Null{}) : storage::Value(label);
}

}  // namespace

runtime::Task<Result<LabelledMessage>> Relabelling::find(RoomId room, EventId event) const {
  auto query = [this, room = std::move(room), event = std::move(event)](storage::Snapshot& snapshot) {
    return read_message(snapshot, ports_.keys, ports_.book.marks(), room, event);
  };
  auto reading = ports_.store.read(std::move(query));
  auto message = co_await std::move(reading);
  co_return message;
}

runtime::Task<Result<void>> Relabelling::set(gate::Permit permit, LabelledMessage message, LabelWish wish) {
  permit.require(gate::Operation::LabelSet);
  // Whatever was sent before this counts as what is decided now.
  const StreamPosition at = std::max(ports_.store.last_position(), message.position);
  storage::UnitOfWork work;
  work.upsert(kMessageLabels,
              {message.event.str(), message.room.str(), label_value(wish.label), message.position.value});
  std::vector<Relabelled> relabelled;
  for (const Mark& mark : message.marks) {
    relabelled.push_back({.mark = mark, .label = wish.label, .at = at});
    work.upsert(kMarkLabels, row_of(relabelled.back()));
  }
  gate::Outcome outcome{.detail = message.event.str() + " " + (message.label.empty() ? "-" : message.label) +
                                  ">" + (wish.label.empty() ? "-" : wish.label),
                        .personal = {{"reason", wish.reason}}};
  auto committing = ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome));
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  for (const Relabelled& one : relabelled) ports_.book.relabel(one);
  co_return Result<void>();
}

Result<std::optional<std::string>> label_decided_of(storage::Snapshot& snapshot, const EventId& event) {
  KURAMORI_TRY(row, snapshot.get(kMessageLabels, {event.str()}));
  if (!row) return std::optional<std::string>();
  const storage::Value& label = (*row)[2];
  return std::optional(storage::is_null(label) ? std::string() : storage::text(label));
}

}  // namespace kuramori::provenance
