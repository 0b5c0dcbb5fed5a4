#include "search/batch.hpp"

#include <algorithm>

#include "matrix/relation.hpp"

namespace kuramori::search {
namespace {

constexpr std::size_t kShort = 16;  // tokens
constexpr std::size_t kLong = 64;

// The shorter the text, the more of it a term is.
std::uint8_t weight_of(Key key, std::size_t tokens) {
  if (key != Key::Body) return kWeightOfState;
  if (tokens <= kShort) return 2;
  return tokens <= kLong ? 1 : 0;
}

bool is_searched(std::string_view type, std::optional<std::string_view> state_key) {
  return key_of(type, state_key) || (type == "m.room.redaction" && !state_key);
}

}  // namespace

Result<void> RoomBatch::put(storage::Snapshot& snapshot, const rooms::StoredEvent& event, Key key) {
  KURAMORI_TRY(shown, shown_text(snapshot, secrets_, event, nullptr));
  const Tokens& tokens = index_.tokens();
  const std::vector<Token> found = tokens.all(terms_of(shown.text));
  documents_.erase(event.position.value);
  if (found.empty()) return {};
  Document document{.edit = shown.edit};
  const std::uint8_t weight = weight_of(key, found.size());
  for (const Token token : found) document.tokens.emplace_back(token, weight);
  document.tokens.emplace_back(tokens.sender(event.event->sender().view()), weight);
  if (shown.edit.value > 0) document.tokens.emplace_back(tokens.edit(shown.edit), weight);
  documents_.insert_or_assign(event.position.value, std::move(document));
  return {};
}

Result<void> RoomBatch::index_again(storage::Snapshot& snapshot, StreamPosition position) {
  removed_.insert(position.value);
  documents_.erase(position.value);
  KURAMORI_TRY(event, rooms::event_at(snapshot, secrets_, position));
  const std::optional<std::string_view> state_key = event.event->state_key();
  const auto key = key_of(event.event->type(), state_key);
  if (!key) return {};
  return put(snapshot, event, *key);
}

Result<void> RoomBatch::take_redaction(storage::Snapshot& snapshot, const rooms::StoredEvent& redaction) {
  const EventId& id = redaction.event->redacts();
  if (id.empty()) return {};
  KURAMORI_TRY(row, rooms::find_event_row(snapshot, id));
  if (!row || rooms::event_columns(*row).room != index_.room().view()) return {};
  const rooms::EventColumns target = rooms::event_columns(*row);
  if (!key_of(target.type, target.state_key)) return {};
  removed_.insert(target.position.value);
  documents_.erase(target.position.value);
  // If it was an edit, the message says again what it said before.
  std::set<std::int64_t> edited;
  for (const auto& [position, document] : documents_) {
    if (document.edit == target.position) edited.insert(position);
  }
  const Token edit = index_.tokens().edit(target.position);
  const TokenRange wanted{.first = edit, .last = edit, .exact = 0};
  KURAMORI_TRY(hits, index_.find(snapshot, std::span(&wanted, 1), {}));
  for (const Hit& hit : hits) edited.insert(hit.position);
  for (const std::int64_t position : edited) KURAMORI_CHECK(index_again(snapshot, {position}));
  return {};
}

Result<void> RoomBatch::take_event(storage::Snapshot& snapshot, const rooms::StoredEvent& event, Key key) {
  const auto relation = matrix::relation_in(event.event->content());
  if (key != Key::Body || !relation || relation->type != "m.replace") return put(snapshot, event, key);
  KURAMORI_TRY(parent, rooms::find_event_row(snapshot, EventId(relation->parent)));
  if (!parent || rooms::event_columns(*parent).room != index_.room().view()) return {};
  const StreamPosition position = rooms::event_columns(*parent).position;
  // An edit of an edit is none.
  KURAMORI_TRY(original, rooms::event_at(snapshot, secrets_, position));
  const auto of_original = matrix::relation_in(original.event->content());
  if (of_original && of_original->type == "m.replace") return {};
  return index_again(snapshot, position);
}

Result<void> RoomBatch::take(storage::Snapshot& snapshot, const storage::Row& row) {
  const rooms::EventColumns columns = rooms::event_columns(row);
  if (!is_searched(columns.type, columns.state_key)) return {};
  KURAMORI_TRY(event, rooms::open_event(row, secrets_.key, *secrets_.version));
  return take(snapshot, event);
}

Result<void> RoomBatch::take(storage::Snapshot& snapshot, const rooms::StoredEvent& event) {
  const std::string_view type = event.event->type();
  const std::optional<std::string_view> state_key = event.event->state_key();
  if (!is_searched(type, state_key)) return {};
  const auto key = key_of(type, state_key);
  return key ? take_event(snapshot, event, *key) : take_redaction(snapshot, event);
}

std::vector<Posting> RoomBatch::postings() const {
  std::vector<Posting> all;
  for (const auto& [position, document] : documents_) {
    for (const auto& [token, weight] : document.tokens) {
      all.push_back({.token = token, .position = position, .weight = weight});
    }
  }
  std::ranges::sort(all);
  return all;
}

}  // namespace kuramori::search
