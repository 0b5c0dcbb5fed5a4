#include "backup/omissions.hpp"

#include <algorithm>

#include "backup/errors.hpp"
#include "matrix/redaction.hpp"
#include "provenance/keeper.hpp"
#include "provenance/relabelling.hpp"
#include "rooms/tables.hpp"

namespace kuramori::backup {
namespace {

bool is_redacted_row(const storage::Row& row) {
  static const std::size_t kColumn = rooms::kEvents.column("redacted_by");
  return !storage::is_null(row[kColumn]);
}

// What people said; state is what a room consists of, and a redaction says nothing.
bool may_be_kept_out(const rooms::EventColumns& columns) {
  return !columns.state_key && columns.type != "m.room.redaction";
}

// What has no label counts as the label of what has none, when it is something said.
bool is_something_said(const rooms::StoredEvent& stored, std::string_view label) {
  const std::string& type = stored.event->type();
  return !label.empty() || type == "m.room.message" || type == "m.sticker";
}

// The event that this one replaces the content of; empty for what is no edit.
EventId edited_by(const matrix::Event& event) {
  const json::Object* relation = json::object_at(event.content(), "m.relates_to");
  if (relation == nullptr || json::string_or(*relation, "rel_type", "") != "m.replace") return {};
  return EventId(json::string_or(*relation, "event_id", ""));
}

}  // namespace

Omissions::Omissions(storage::Snapshot& snapshot, const Ports& ports) : snapshot_(snapshot), ports_(ports) {
  has_labels_ = std::ranges::any_of(ports_.labels.labels(),
                                    [](const governance::Label& label) { return !label.handling.back_up; });
}

bool Omissions::keeps_out(std::string_view label) const {
  const auto known = ports_.labels.find(label);
  return !ports_.labels.labels()[known.value_or(ports_.labels.unlabelled())].handling.back_up;
}

bool Omissions::is_left_out(std::int64_t position) const {
  return std::ranges::binary_search(left_out_, position);
}

Result<const rooms::RoomSecrets*> Omissions::secrets_of(std::string_view room) {
  const auto [place, is_new] = secrets_.try_emplace(std::string(room));
  if (is_new) {
    KURAMORI_TRY(found, rooms::find_secrets(snapshot_, ports_.keys, room));
    place->second = std::move(found);
  }
  return place->second ? &*place->second : nullptr;
}

// As it counts now: what somebody decided after it was sent, else what it says.
Result<bool> Omissions::is_kept_out(const rooms::StoredEvent& stored) {
  KURAMORI_TRY(decided, provenance::label_decided_of(snapshot_, stored.event->id()));
  const std::string label =
      decided ? *std::move(decided) : std::string(governance::label_of(stored.event->content()));
  return is_something_said(stored, label) && keeps_out(label);
}

Result<bool> Omissions::edits_what_is_kept_out(const rooms::StoredEvent& stored) {
  const EventId original = edited_by(*stored.event);
  if (original.empty()) return false;
  KURAMORI_TRY(row, rooms::find_event_row(snapshot_, original));
  if (!row || is_redacted_row(*row)) return false;
  const rooms::EventColumns columns = rooms::event_columns(*row);
  if (columns.room != stored.event->room().view() || !may_be_kept_out(columns)) return false;
  return is_left_out(columns.position.value);
}

Result<storage::Row> Omissions::redacted(const rooms::StoredEvent& stored,
                                         const rooms::RoomSecrets& secrets) {
  auto form = matrix::Event::parse(matrix::redact(stored.event->pdu(), *secrets.version), *secrets.version);
  if (!form || (*form)->id() != stored.event->id())
    return corrupt("event " + stored.event->id().str() + " has no redacted form");
  return rooms::event_row(stored.position.value, **form,
                          rooms::seal_event(**form, stored.notes, secrets.key, ports_.random));
}

Result<storage::Row> Omissions::passed(storage::Row row) {
  const rooms::EventColumns columns = rooms::event_columns(row);
  if (!has_labels_ || !may_be_kept_out(columns) || is_redacted_row(row)) return row;
  if (!noted_up_to_) {
    KURAMORI_TRY(noted, provenance::noted_up_to(snapshot_));
    noted_up_to_ = noted.value_or(StreamPosition{}).value;
  }
  KURAMORI_TRY(secrets, secrets_of(columns.room));
  // Without its key nobody reads it, here or after a restore; the same of what does not open.
  if (secrets == nullptr) return row;
  const auto stored = rooms::open_event(row, secrets->key, *secrets->version);
  if (!stored) return row;
  KURAMORI_TRY(is_out, is_kept_out(*stored));
  if (!is_out) {
    KURAMORI_TRY(is_edit, edits_what_is_kept_out(*stored));
    is_out = is_edit;
  }
  if (is_out) left_out_.push_back(columns.position.value);
  MarkSet* marks = &named_by_left_out_;
  if (!is_out) marks = columns.position.value > *noted_up_to_ ? &named_by_recent_ : nullptr;
  if (marks != nullptr) {
    for (const std::string_view uri : provenance::files_named_in(stored->event->content()))
      marks->insert(ports_.marks.of_file(uri));
  }
  if (!is_out) return row;
  return redacted(*stored, *secrets);
}

}  // namespace kuramori::backup
