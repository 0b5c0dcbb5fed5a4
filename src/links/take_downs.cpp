#include "links/take_downs.hpp"

#include <map>

#include "links/rows.hpp"
#include "links/tables.hpp"
#include "rooms/tables.hpp"
#include "rooms/withdrawing.hpp"
#include "runtime/manual_executor.hpp"

namespace kuramori::links {
namespace {

constexpr std::size_t kEntriesPerPiece = 5'000;
constexpr std::size_t kMessagesPerPiece = 50;
constexpr std::string_view kReasonType = "org.kuramori.link";

// "host evil.example": where a take-down goes on. A message number behind it when the entry has many.
std::string cursor_of(const link_risk::ListEntry& entry) {
  return std::string(link_risk::to_string(entry.match)) + " " + entry.pattern;
}

std::string_view host_of(const link_risk::ListEntry& entry) {
  const std::string_view pattern = entry.pattern;
  return entry.match == link_risk::Match::Path ? pattern.substr(0, pattern.find('/')) : pattern;
}

}  // namespace

// What one step does: entries that were looked for, and messages that were found.
struct TakeDowns::Piece {
  std::map<std::int64_t, TakenDown> messages;  // by position
  std::string cursor;
  bool is_last = true;
};

Result<std::optional<TakeDownRow>> TakeDowns::next() {
  std::optional<TakeDownRow> found;
  auto query = [&found](storage::Snapshot& snapshot) {
    return snapshot.for_each({.table = &kTakeDowns, .prefix = {}}, [&found](storage::Row&& row) {
      TakeDownRow take_down = take_down_of(row);
      if (!take_down.done) found = std::move(take_down);
      return !found.has_value();
    });
  };
  KURAMORI_CHECK(ports_.store.read_blocking(std::move(query)));
  return found;
}

Result<void> TakeDowns::look_for(storage::Snapshot& snapshot, const link_risk::ListEntry& entry,
                                 Piece& piece) {
  const Timestamp now = ports_.clock.now();
  const KnowledgePtr knowledge = ports_.knowledge.get();
  std::vector<std::int64_t> positions;
  const storage::Scan scan{.table = &kSightings, .prefix = {ports_.clicks.hash_of(host_of(entry))}};
  KURAMORI_CHECK(snapshot.for_each(scan, [&positions](storage::Row&& row) {
    positions.push_back(storage::integer(row[1]));
    return true;
  }));
  for (const std::int64_t position : positions) {
    if (piece.messages.contains(position)) continue;
    const auto row = rooms::event_row_at(snapshot, {position});
    if (!row) continue;
    const rooms::EventColumns columns = rooms::event_columns(*row);
    const auto secrets = secrets_of(snapshot, ports_.keys, RoomId(columns.room));
    if (!secrets) continue;
    const auto event = rooms::open_event(*row, secrets->key, *secrets->version);
    if (!event || event->redacted_by) continue;
    for (const link_risk::Link& link : ports_.clicks.links_in(event->event->content())) {
      const auto listed = knowledge->lists->find(link, now);
      if (!listed || listed->action != link_risk::ListAction::Block) continue;
      piece.messages.emplace(position, TakenDown{.room = RoomId(columns.room),
                                                 .event = EventId(columns.id),
                                                 .sender = UserId(columns.sender)});
      break;
    }
  }
  return {};
}

Result<TakeDowns::Piece> TakeDowns::read_piece(storage::Snapshot& snapshot, const TakeDownRow& take_down) {
  Piece piece;
  KURAMORI_TRY(source_row, snapshot.get(kSources, {take_down.source}));
  if (!source_row) return piece;
  KURAMORI_TRY(source, source_of(*source_row));
  storage::Scan scan{.table = &kEntries, .prefix = {source.name, source.generation}};
  const std::size_t blank = take_down.cursor.find(' ');
  const std::string cursor_match = take_down.cursor.substr(0, blank);
  const std::string cursor_pattern = blank == std::string::npos ? "" : take_down.cursor.substr(blank + 1);
  if (blank != std::string::npos) scan.from = storage::Value(cursor_match);
  std::vector<link_risk::ListEntry> entries;
  std::size_t passed = 0;
  Error problem = internal_error("");
  bool is_sound = true;
  KURAMORI_CHECK(snapshot.for_each(scan, [&](storage::Row&& row) {
    auto entry = entry_of(row);
    if (!entry) {
      is_sound = false;
      problem = std::move(entry).error();
      return false;
    }
    if (link_risk::to_string(entry->match) == cursor_match && entry->pattern <= cursor_pattern) return true;
    const bool is_wanted =
        entry->action == link_risk::ListAction::Block && entry_added(row) == take_down.since;
    piece.cursor = cursor_of(*entry);
    if (is_wanted) entries.push_back(*std::move(entry));
    piece.is_last = ++passed < kEntriesPerPiece;
    return piece.is_last;
  }));
  if (!is_sound) return problem;
  for (const link_risk::ListEntry& entry : entries) {
    KURAMORI_CHECK(look_for(snapshot, entry, piece));
    if (piece.messages.size() < kMessagesPerPiece) continue;
    piece.cursor = cursor_of(entry);
    piece.is_last = false;
    break;
  }
  return piece;
}

std::string TakeDowns::withdraw(const TakenDown& message, std::string_view reason) {
  json::Object content{
      {"reason", "A link in this message is known as dangerous."},
      {std::string(kReasonType), json::Object{{"verdict", "malicious"}, {"reason", reason}}}};
  runtime::ManualExecutor executor(ports_.clock);
  const auto withdrawn = executor.run(
      rooms::ask_and_withdraw(ports_.gate, ports_.rooms,
                              {.room = message.room, .event = message.event, .content = std::move(content)}));
  if (!withdrawn) {
    ports_.log.warning("link_not_withdrawn",
                       {{"room", message.room.view()}, {"error", withdrawn.error().to_log()}});
    return "not withdrawn: " + withdrawn.error().message();
  }
  return *withdrawn == rooms::Withdrawn::Now ? "withdrawn" : "withdrawn before";
}

Result<void> TakeDowns::commit(storage::UnitOfWork work) {
  const auto receipt = write_and_wait(ports_.store, ports_.clock, std::move(work));
  if (!receipt) return receipt.error();
  return {};
}

Result<bool> TakeDowns::step() {
  KURAMORI_TRY(found, next());
  if (!found) return false;
  TakeDownRow take_down = *std::move(found);
  auto query = [&](storage::Snapshot& snapshot) { return read_piece(snapshot, take_down); };
  KURAMORI_TRY(piece, ports_.store.read_blocking(query));
  storage::UnitOfWork work;
  for (auto& [position, message] : piece.messages) {
    message.outcome = withdraw(message, take_down.reason);
    ++take_down.found;
    ++(message.outcome.starts_with("withdrawn") ? take_down.withdrawn : take_down.failed);
    work.upsert(kTakenDown, {take_down.number, position, message.room.str(), message.event.str(),
                             message.sender.str(), message.outcome});
  }
  take_down.cursor = piece.cursor;
  if (piece.is_last) take_down.done = ports_.clock.now();
  work.upsert(kTakeDowns, take_down_row(take_down));
  KURAMORI_CHECK(commit(std::move(work)));
  if (piece.is_last && take_down.found > 0) {
    ports_.log.info("links_taken_down", {{"withdrawn", take_down.withdrawn}, {"failed", take_down.failed}});
  }
  return true;
}

runtime::Task<Result<std::vector<TakeDownReport>>> TakeDowns::reports(gate::Permit permit,
                                                                      std::size_t take_downs_max,
                                                                      std::size_t messages_max) {
  permit.require(gate::Operation::AdminLinksRead);
  auto query = [take_downs_max,
                messages_max](storage::Snapshot& snapshot) -> Result<std::vector<TakeDownReport>> {
    std::vector<TakeDownReport> reports;
    KURAMORI_TRY(rows, snapshot.scan({.table = &kTakeDowns,
                                      .prefix = {},
                                      .direction = storage::Direction::Backward,
                                      .limit = take_downs_max}));
    for (const storage::Row& row : rows) {
      TakeDownReport report{.take_down = take_down_of(row)};
      KURAMORI_TRY(
          messages,
          snapshot.scan({.table = &kTakenDown, .prefix = {report.take_down.number}, .limit = messages_max}));
      for (const storage::Row& message : messages) {
        report.messages.push_back({.room = RoomId(storage::text(message[2])),
                                   .event = EventId(storage::text(message[3])),
                                   .sender = UserId(storage::text(message[4])),
                                   .outcome = storage::text(message[5])});
      }
      reports.push_back(std::move(report));
    }
    return reports;
  };
  auto reading = ports_.store.read(std::move(query));
  KURAMORI_CO_TRY(found, co_await std::move(reading));
  auto recording = ports_.gate.record(std::move(permit), {});
  KURAMORI_CO_CHECK(co_await std::move(recording));
  co_return found;
}

}  // namespace kuramori::links
