#include "rooms/rendering.hpp"

#include "json/json.hpp"

namespace kuramori::rooms {
namespace {

// matrix::client_form as text, without the room id and the closing brace.
std::string render(const matrix::Event& event) {
  std::string out;
  if (!event.redacts().empty()) {
    out = json::serialize(matrix::client_form(event, {.with_room_id = false}));
    out.pop_back();
    return out;
  }
  out.reserve(512);
  out += "{\"type\":";
  json::append_string(out, event.type());
  out += ",\"content\":";
  json::serialize_to(out, event.content());
  out += ",\"sender\":";
  json::append_string(out, event.sender().view());
  out += ",\"event_id\":";
  json::append_string(out, event.id().view());
  out += ",\"origin_server_ts\":";
  out += std::to_string(event.origin_server_ts());
  if (event.state_key()) {
    out += ",\"state_key\":";
    json::append_string(out, *event.state_key());
  }
  if (const auto sticky = matrix::sticky_duration(event)) {
    out += ",\"msc4354_sticky\":{\"duration_ms\":" + std::to_string(sticky->count()) + "}";
  }
  return out;
}

std::string render_surroundings(const Surroundings& surroundings) {
  std::string out;
  if (surroundings.replaced != nullptr) {
    out += "\"prev_content\":";
    json::serialize_to(out, surroundings.replaced->content());
    out += ",\"replaces_state\":";
    json::append_string(out, surroundings.replaced->id().view());
  }
  if (surroundings.redaction != nullptr) {
    if (!out.empty()) out.push_back(',');
    out += "\"redacted_because\":";
    json::serialize_to(out, matrix::client_form(*surroundings.redaction));
  }
  return out;
}

}  // namespace

std::shared_ptr<RoomEvent> render_event(StreamPosition position, matrix::EventPtr event,
                                        const EventNotes& notes, const Surroundings& surroundings) {
  auto rendered = std::make_shared<RoomEvent>();
  rendered->position = position;
  rendered->rendered = render(*event);
  rendered->shared_unsigned = render_surroundings(surroundings);
  rendered->sender = event->sender();
  rendered->sender_device = notes.device;
  rendered->transaction = notes.transaction;
  rendered->delay_id = notes.delay_id;
  if (const auto sticky = matrix::sticky_duration(*event)) {
    rendered->sticky_ends_ms = event->origin_server_ts() + sticky->count();
  }
  rendered->event = std::move(event);
  return rendered;
}

}  // namespace kuramori::rooms
