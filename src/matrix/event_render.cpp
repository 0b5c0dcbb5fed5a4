#include "matrix/event.hpp"

namespace kuramori::matrix {

json::Object client_form(const Event& event, ClientForm form) {
  json::Object rendered;
  rendered.reserve(9);
  rendered.emplace("type", event.type());
  json::Object& content = rendered.emplace("content", event.content()).first->value().get_object();
  rendered.emplace("sender", event.sender().view());
  rendered.emplace("event_id", event.id().view());
  rendered.emplace("origin_server_ts", event.origin_server_ts());
  if (event.state_key()) rendered.emplace("state_key", *event.state_key());
  if (form.with_room_id) rendered.emplace("room_id", event.room().view());
  // Old clients look for it at the top, new ones in the content (rooms/v11.md).
  if (!event.redacts().empty()) {
    rendered.emplace("redacts", event.redacts().view());
    content["redacts"] = event.redacts().view();
  }
  if (const auto sticky = sticky_duration(event)) {
    rendered.emplace("msc4354_sticky", json::Object{{"duration_ms", sticky->count()}});
  }
  return rendered;
}

json::Object stripped_form(const Event& event) {
  json::Object rendered;
  rendered.reserve(4);
  rendered.emplace("type", event.type());
  rendered.emplace("state_key", event.state_key().value_or(""));
  rendered.emplace("content", event.content());
  rendered.emplace("sender", event.sender().view());
  return rendered;
}

}  // namespace kuramori::matrix
