#include "retention/findings.hpp"

#include <algorithm>

#include "provenance/content_book.hpp"
#include "provenance/relabelling.hpp"
#include "provenance/tables.hpp"
#include "rooms/tables.hpp"

namespace kuramori::retention {
namespace {

constexpr Milliseconds kClocksDiffer = std::chrono::hours(1);
constexpr std::size_t kEditsMax = 200;
constexpr std::size_t kPlacesMax = 1'000;

bool is_redacted(const storage::Row& row) {
  static const std::size_t kColumn = rooms::kEvents.column("redacted_by");
  return !storage::is_null(row[kColumn]);
}

// What people said; what organises rooms is theirs to keep.
bool may_be_due(const rooms::EventColumns& columns) {
  return !columns.state_key && columns.type != "m.room.redaction" && columns.type != "m.room.encrypted";
}

bool is_said(const rooms::StoredEvent& stored) {
  const std::string& type = stored.event->type();
  return type == "m.room.message" || type == "m.sticker" ||
         !governance::label_of(stored.event->content()).empty();
}

Milliseconds term_of(const Term& term) {
  return std::chrono::days(term.days);
}

}  // namespace

std::vector<Term> terms_of(const governance::LabelLattice& labels) {
  std::vector<Term> terms;
  for (std::size_t i = 0; i < labels.labels().size(); ++i) {
    const governance::Label& label = labels.labels()[i];
    if (label.handling.retention_days == 0) continue;
    terms.push_back({.label = label.id,
                     .days = label.handling.retention_days,
                     .is_for_unlabelled = labels.unlabelled() == static_cast<governance::LabelIndex>(i)});
  }
  return terms;
}

Result<const rooms::RoomSecrets*> Findings::secrets_of(std::string_view room) {
  const auto [place, is_new] = secrets_.try_emplace(std::string(room));
  if (is_new) {
    KURAMORI_TRY(found, rooms::find_secrets(snapshot_, keys_, room));
    place->second = std::move(found);
  }
  return place->second ? &*place->second : nullptr;
}

// As it counts now; a label that the policy does not know is none.
Result<std::string> Findings::label_of(const rooms::StoredEvent& stored) const {
  KURAMORI_TRY(decided, provenance::label_decided_of(snapshot_, stored.event->id()));
  const std::string label =
      decided ? *std::move(decided) : std::string(governance::label_of(stored.event->content()));
  return labels_.find(label) ? label : labels_.id(labels_.unlabelled());
}

Result<std::vector<EventId>> Findings::edits_of(const rooms::EventColumns& columns) {
  static const std::size_t kType = rooms::kRelations.column("rel_type");
  static const std::size_t kEvent = rooms::kRelations.column("event_id");
  std::vector<EventId> edits;
  const storage::Scan scan{.table = &rooms::kRelations,
                           .prefix = {std::string(columns.room), std::string(columns.id)}};
  KURAMORI_CHECK(snapshot_.for_each(scan, [&](storage::Row&& row) {
    if (storage::text(row[kType]) == "m.replace") edits.emplace_back(storage::text(row[kEvent]));
    return edits.size() < kEditsMax;
  }));
  return edits;
}

// A message that is there and is not this one, or one of its edits, names the file.
Result<bool> Findings::is_needed_elsewhere(std::string_view uri, const Due& due) {
  const provenance::Mark mark = marks_.of_file(uri);
  const storage::Scan scan{.table = &provenance::kSightings,
                           .prefix = {Bytes(mark.begin(), mark.end())},
                           .from = storage::Value(std::int64_t{1}),
                           .limit = kPlacesMax};
  KURAMORI_TRY(rows, snapshot_.scan(scan));
  if (rows.size() >= kPlacesMax) return true;
  for (const storage::Row& row : rows) {
    const auto event = rooms::event_row_at(snapshot_, provenance::sighting_of(row).position);
    if (!event || is_redacted(*event)) continue;
    const EventId id(rooms::event_columns(*event).id);
    if (id != due.event && std::ranges::find(due.edits, id) == due.edits.end()) return true;
  }
  return false;
}

Result<std::optional<Due>> Findings::due_of(const storage::Row& row, const Term& term) {
  const rooms::EventColumns columns = rooms::event_columns(row);
  if (!may_be_due(columns) || is_redacted(row)) return std::optional<Due>();
  KURAMORI_TRY(secrets, secrets_of(columns.room));
  if (secrets == nullptr) return std::optional<Due>();
  const auto stored = rooms::open_event(row, secrets->key, *secrets->version);
  // One damaged event must not keep the others from their end.
  if (!stored || !is_said(*stored)) return std::optional<Due>();
  KURAMORI_TRY(label, label_of(*stored));
  if (label != term.label) return std::optional<Due>();
  Due due{.room = RoomId(columns.room), .event = EventId(columns.id), .label = term.label, .days = term.days};
  KURAMORI_TRY(edits, edits_of(columns));
  due.edits = std::move(edits);
  for (const std::string_view uri : provenance::files_named_in(stored->event->content())) {
    KURAMORI_TRY(is_needed, is_needed_elsewhere(uri, due));
    if (!is_needed) due.files.emplace_back(uri);
  }
  return std::optional(std::move(due));
}

Result<Piece> Findings::next(const Term& term, StreamPosition after, PieceBounds bounds) {
  Piece piece{.reached = after};
  const std::int64_t cutoff = to_unix_ms(now_ - term_of(term));
  const std::int64_t future = to_unix_ms(now_ + kClocksDiffer);
  std::vector<storage::Row> rows;
  const storage::Scan scan{.table = &rooms::kEvents, .prefix = {}, .from = storage::Value(after.value + 1)};
  KURAMORI_CHECK(snapshot_.for_each(scan, [&](storage::Row&& row) {
    const std::int64_t sent = rooms::event_columns(row).origin_server_ts;
    if (sent > cutoff && sent <= future) return false;  // what follows is younger still
    rows.push_back(std::move(row));
    piece.is_last = rows.size() < bounds.events;
    return piece.is_last;
  }));
  for (const storage::Row& row : rows) {
    const rooms::EventColumns columns = rooms::event_columns(row);
    piece.reached = columns.position;
    if (columns.origin_server_ts > cutoff) {
      if (may_be_due(columns))
        piece.later.push_back({.event = EventId(columns.id),
                               .room = RoomId(columns.room),
                               .due_ms = columns.origin_server_ts + term_of(term).count()});
      continue;
    }
    KURAMORI_TRY(due, due_of(row, term));
    if (!due) continue;
    piece.due.push_back(*std::move(due));
    if (piece.due.size() < bounds.due) continue;
    piece.is_last = false;
    break;
  }
  return piece;
}

Result<std::optional<Due>> Findings::again(const EventId& event, std::span<const Term> terms) {
  KURAMORI_TRY(row, rooms::find_event_row(snapshot_, event));
  if (!row) return std::optional<Due>();
  const std::int64_t sent = rooms::event_columns(*row).origin_server_ts;
  for (const Term& term : terms) {
    if (sent > to_unix_ms(now_ - term_of(term))) continue;
    KURAMORI_TRY(due, due_of(*row, term));
    if (due) return due;
  }
  return std::optional<Due>();
}

Result<std::vector<EventId>> Findings::labelled_anew(std::span<const Term> terms) {
  std::vector<EventId> events;
  const storage::Scan scan{.table = &provenance::kMessageLabels, .prefix = {}};
  KURAMORI_CHECK(snapshot_.for_each(scan, [&](storage::Row&& row) {
    const std::string label = storage::is_null(row[2]) ? std::string() : storage::text(row[2]);
    const bool has_term = std::ranges::any_of(terms, [&](const Term& term) {
      return term.label == label || (label.empty() && term.is_for_unlabelled);
    });
    if (has_term) events.emplace_back(storage::text(row[0]));
    return true;
  }));
  return events;
}

}  // namespace kuramori::retention
