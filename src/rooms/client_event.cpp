#include "rooms/client_event.hpp"

#include "json/json.hpp"

namespace kuramori::rooms {

void append_client_event(std::string& out, const RoomEvent& event, const Recipient& recipient,
                         std::string_view personal) {
  out += event.rendered;
  out += ",\"room_id\":";
  json::append_string(out, event.event->room().view());
  const bool is_own =
      !event.transaction.empty() && event.sender == recipient.user && event.sender_device == recipient.device;
  const bool was_delayed = !event.delay_id.empty() && event.sender == recipient.user;
  if (!event.shared_unsigned.empty() || !personal.empty() || is_own || was_delayed) {
    out += ",\"unsigned\":{";
    const auto separate = [&out] {
      if (out.back() != '{') out.push_back(',');
    };
    out += event.shared_unsigned;
    if (!personal.empty()) {
      separate();
      out += personal;
    }
    if (is_own) {
      separate();
      out += "\"transaction_id\":";
      json::append_string(out, event.transaction.view());
    }
    if (was_delayed) {
      separate();
      out += "\"org.matrix.msc4140.delay_id\":";
      json::append_string(out, event.delay_id);
    }
    out.push_back('}');
  }
  out.push_back('}');
}

}  // namespace kuramori::rooms
