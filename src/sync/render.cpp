#include "sync/render.hpp"

#include <algorithm>
#include <map>

#include "matrix/event.hpp"

namespace kuramori::sync {
namespace {

std::string unsigned_members(const rooms::RoomEvent& event, const EventReader& reader,
                             std::string_view membership, std::string_view personal) {
  std::string out = "\"age\":";
  out.append(std::to_string(std::max<std::int64_t>(0, reader.now_ms - event.event->origin_server_ts())));
  if (!event.shared_unsigned.empty()) out.append(",").append(event.shared_unsigned);
  if (!membership.empty()) out.append(",\"membership\":\"").append(membership).append("\"");
  if (!personal.empty()) out.append(",").append(personal);
  if (!event.transaction.empty() && event.sender == reader.user && event.sender_device == reader.device) {
    out.append(",\"transaction_id\":");
    json::append_string(out, event.transaction.view());
  }
  if (!event.delay_id.empty() && event.sender == reader.user) {
    out.append(",\"org.matrix.msc4140.delay_id\":");
    json::append_string(out, event.delay_id);
  }
  if (event.sticky_ends_ms > reader.now_ms) {
    out.append(",\"msc4354_sticky_duration_ttl_ms\":").append(std::to_string(event.sticky_ends_ms - reader.now_ms));
  }
  return out;
}

// The rare forms: federation format, or some fields only.
void append_unusual(std::string& out, const rooms::RoomEvent& event, const EventReader& reader,
                    std::string_view membership, std::string_view personal) {
  const bool federation = reader.filter.event_format == matrix::EventFormat::Federation;
  json::Object object =
      federation ? event.event->pdu() : matrix::client_form(*event.event, {.with_room_id = false});
  if (federation) object["event_id"] = event.event->id().view();
  if (auto parsed = json::parse("{" + unsigned_members(event, reader, membership, personal) + "}")) {
    object["unsigned"] = *std::move(parsed);
  }
  if (reader.filter.event_fields) object = matrix::keep_fields(object, *reader.filter.event_fields);
  json::serialize_to(out, object);
}

}  // namespace

void separate(std::string& out) {
  if (!out.empty() && out.back() != '{' && out.back() != '[') out.push_back(',');
}

void append_event(std::string& out, const rooms::RoomEvent& event, const EventReader& reader,
                  std::string_view membership, std::string_view personal) {
  separate(out);
  if (reader.filter.event_fields || reader.filter.event_format != matrix::EventFormat::Client) {
    append_unusual(out, event, reader, membership, personal);
    return;
  }
  out.append(event.rendered);
  out.append(",\"unsigned\":{").append(unsigned_members(event, reader, membership, personal)).append("}}");
}

void append_events(std::string& out, const std::vector<rooms::RoomEventPtr>& events,
                   const EventReader& reader, std::string_view membership) {
  out.push_back('[');
  for (const rooms::RoomEventPtr& event : events) append_event(out, *event, reader, membership);
  out.push_back(']');
}

void append_receipts(std::string& out, const std::vector<Receipt>& receipts) {
  std::map<std::string_view, json::Object> by_thread;
  for (const Receipt& receipt : receipts) {
    json::Value& event = by_thread[receipt.thread][receipt.event.view()];
    if (!event.is_object()) event.emplace_object();
    json::Value& type = event.get_object()[receipt.type];
    if (!type.is_object()) type.emplace_object();
    json::Object entry{{"ts", receipt.ts}};
    if (!receipt.thread.empty()) entry["thread_id"] = receipt.thread;
    type.get_object()[receipt.user.view()] = std::move(entry);
  }
  for (const auto& [thread, content] : by_thread)
    append_basic_event(out, "m.receipt", json::serialize(content));
}

void append_typing(std::string& out, const std::vector<UserId>& users) {
  std::string content = "{\"user_ids\":[";
  for (const UserId& user : users) {
    separate(content);
    json::append_string(content, user.view());
  }
  content.append("]}");
  append_basic_event(out, "m.typing", content);
}

void append_counts(std::string& out, const UnreadCounts& counts) {
  out.append("{\"highlight_count\":").append(std::to_string(counts.highlights));
  out.append(",\"notification_count\":").append(std::to_string(counts.notifications)).append("}");
}

void append_basic_event(std::string& out, std::string_view type, std::string_view content) {
  separate(out);
  out.append("{\"type\":");
  json::append_string(out, type);
  out.append(",\"content\":").append(content).append("}");
}

std::string render_token(StreamPosition position) {
  return "s" + std::to_string(position.value);
}

}  // namespace kuramori::sync
