#include "rooms/aggregations.hpp"

#include <algorithm>

#include "json/json.hpp"
#include "rooms/client_event.hpp"
#include "rooms/relation_rows.hpp"

namespace kuramori::rooms {
namespace {

constexpr std::size_t kReferencesMax = 1'000;
constexpr std::size_t kEditsMax = 10'000;

// The latest event of a thread shows its own edits, and nothing further down.
enum class Depth : bool { Outer, Inner };
Result<std::string> bundle(const Aggregating& to, const RoomEvent& event, Depth depth);

bool shows(const Aggregating& to, const RelationRow& row) {
  return to.view.sees(row.position) && !to.view.ignores(row.sender);
}

Result<RoomEventPtr> read(const Aggregating& to, StreamPosition position) {
  KURAMORI_TRY(row, event_row_at(to.snapshot, position));
  return rendered_event(to.snapshot, to.secrets, row);
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  if (!out.empty()) out.push_back(',');
  json::append_string(out, name);
  out.push_back(':');
  out += value;
}

struct Edit {
  std::int64_t origin_server_ts;
  std::string event;
  StreamPosition position;
  friend auto operator<=>(const Edit&, const Edit&) = default;
};

// The most recent by time, then by event id (module event_replacements).
Result<void> append_replacement(const Aggregating& to, const RoomEvent& original, std::string& out) {
  if (original.shared_unsigned.find("\"redacted_because\"") != std::string::npos) return {};
  std::vector<Edit> edits;
  const RelationScan scan{.room = to.room,
                          .parent = original.event->id().str(),
                          .rel_type = "m.replace",
                          .sender = original.event->sender().str()};
  KURAMORI_CHECK(for_each_relation(to.snapshot, scan, [&](const RelationRow& row) {
    if (shows(to, row)) edits.push_back({row.origin_server_ts, std::string(row.event), row.position});
    return edits.size() < kEditsMax;
  }));
  std::ranges::sort(edits, std::greater());
  for (const Edit& edit : edits) {
    KURAMORI_TRY(event, read(to, edit.position));
    if (to.view.hides(*event->event)) continue;
    if (!matrix::is_valid_replacement(*original.event, *event->event)) continue;
    std::string text;
    append_client_event(text, *event, {to.view.user, to.view.device}, {});
    append_member(out, "m.replace", text);
    return {};
  }
  return {};
}

Result<void> append_references(const Aggregating& to, const RoomEvent& original, std::string& out) {
  std::string chunk;
  std::size_t found = 0;
  const RelationScan scan{.room = to.room, .parent = original.event->id().str(), .rel_type = "m.reference"};
  KURAMORI_CHECK(for_each_relation(to.snapshot, scan, [&](const RelationRow& row) {
    if (!shows(to, row)) return true;
    if (!chunk.empty()) chunk.push_back(',');
    chunk += "{\"event_id\":";
    json::append_string(chunk, row.event);
    chunk.push_back('}');
    return ++found < kReferencesMax;
  }));
  if (!chunk.empty()) append_member(out, "m.reference", "{\"chunk\":[" + chunk + "]}");
  return {};
}

Result<void> append_thread(const Aggregating& to, const RoomEvent& root, std::string& out) {
  KURAMORI_TRY(summary, thread_summary(to, *root.event));
  if (!summary) return {};
  KURAMORI_TRY(latest, read(to, summary->latest));
  if (to.view.hides(*latest->event)) return {};
  KURAMORI_TRY(inner, bundle(to, *latest, Depth::Inner));
  std::string text = "{\"latest_event\":";
  append_client_event(text, *latest, {to.view.user, to.view.device}, inner);
  text += ",\"count\":" + std::to_string(summary->count);
  text += ",\"current_user_participated\":";
  text += summary->participated ? "true}" : "false}";
  append_member(out, "m.thread", text);
  return {};
}

Result<std::string> bundle(const Aggregating& to, const RoomEvent& event, Depth depth) {
  if (event.event->is_state()) return std::string();
  bool is_related = false;
  const RelationScan any{.room = to.room, .parent = event.event->id().str()};
  KURAMORI_CHECK(for_each_relation(to.snapshot, any, [&](const RelationRow&) {
    is_related = true;
    return false;
  }));
  if (!is_related) return std::string();
  std::string members;
  KURAMORI_CHECK(append_replacement(to, event, members));
  KURAMORI_CHECK(append_references(to, event, members));
  if (depth == Depth::Outer) KURAMORI_CHECK(append_thread(to, event, members));
  if (members.empty()) return members;
  return "\"m.relations\":{" + members + "}";
}

}  // namespace

Result<std::optional<ThreadSummary>> thread_summary(const Aggregating& to, const matrix::Event& root) {
  ThreadSummary summary;
  RelationScan scan{.room = to.room,
                    .parent = root.id().str(),
                    .rel_type = "m.thread",
                    .direction = storage::Direction::Backward};
  const bool counts_all = to.view.sees_all();
  KURAMORI_CHECK(for_each_relation(to.snapshot, scan, [&](const RelationRow& row) {
    if (!shows(to, row)) return true;
    if (summary.count++ == 0) summary.latest = row.position;
    return !counts_all;
  }));
  if (summary.count == 0) return std::optional<ThreadSummary>();
  if (counts_all) {
    KURAMORI_TRY(count, count_relations(to.snapshot, scan));
    summary.count = count;
  }
  summary.participated = root.sender() == to.view.user;
  if (!summary.participated) {
    scan.sender = to.view.user.str();
    KURAMORI_CHECK(for_each_relation(to.snapshot, scan, [&](const RelationRow&) {
      summary.participated = true;
      return false;
    }));
  }
  return std::optional(summary);
}

Result<std::string> bundled_relations(const Aggregating& to, const RoomEvent& event) {
  return bundle(to, event, Depth::Outer);
}

}  // namespace kuramori::rooms
