#include "sync/render.hpp"

#include "matrix/event.hpp"

namespace kuramori::sync {
namespace {

std::string unsigned_members(const rooms::RoomEvent& event, const EventReader& reader,
                             std::string_view membership) {
  std::string out = "\"age\":";
  out.append(std::to_string(std::max<std::int64_t>(0, reader.now_ms - event.event->origin_server_ts())));
  if (!event.shared_unsigned.empty()) out.append(",").append(event.shared_unsigned);
  if (!membership.empty()) out.append(",\"membership\":\"").append(membership).append("\"");
  if (!event.transaction.empty() && event.sender == reader.user && event.sender_device == reader.device) {
    out.append(",\"transaction_id\":");
    json::append_string(out, event.transaction.view());
  }
  return out;
}

// The rare forms: federation format, or some fields only.
void append_unusual(std::string& out, const rooms::RoomEvent& event, const EventReader& reader,
                    std::string_view membership) {
  const bool federation = reader.filter.event_format == matrix::EventFormat::Federation;
  json::Object object =
      federation ? event.event->pdu() : matrix::client_form(*event.event, {.with_room_id = false});
  if (federation) object["event_id"] = event.event->id().view();
  if (auto parsed = json::parse("{" + unsigned_members(event, reader, membership) + "}")) {
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
                  std::string_view membership) {
  separate(out);
  if (reader.filter.event_fields || reader.filter.event_format != matrix::EventFormat::Client) {
    append_unusual(out, event, reader, membership);
    return;
  }
  out.append(event.rendered);
  out.append(",\"unsigned\":{").append(unsigned_members(event, reader, membership)).append("}}");
}

void append_events(std::string& out, const std::vector<rooms::RoomEventPtr>& events,
                   const EventReader& reader, std::string_view membership) {
  out.push_back('[');
  for (const rooms::RoomEventPtr& event : events) append_event(out, *event, reader, membership);
  out.push_back(']');
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
