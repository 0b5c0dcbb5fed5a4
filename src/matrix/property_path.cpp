#include "matrix/property_path.hpp"

namespace kuramori::matrix::detail {
namespace {

const json::Value* descend(const json::Object& object, const std::vector<std::string>& names) {
  const json::Object* level = &object;
  const json::Value* value = nullptr;
  for (const std::string& name : names) {
    if (level == nullptr) return nullptr;
    value = json::find(*level, name);
    if (value == nullptr) return nullptr;
    level = value->if_object();
  }
  return value;
}

}  // namespace

std::vector<std::string> split_property_path(std::string_view path) {
  std::vector<std::string> names(1);
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool escapes =
        path[i] == '\\' && i + 1 < path.size() && (path[i + 1] == '.' || path[i + 1] == '\\');
    if (escapes) {
      names.back().push_back(path[++i]);
    } else if (path[i] == '.') {
      names.emplace_back();
    } else {
      names.back().push_back(path[i]);
    }
  }
  return names;
}

PropertyPath::PropertyPath(std::string_view path) : names_(split_property_path(path)) {
  if (names_.size() == 1) {
    const std::string& name = names_.front();
    if (name == "type") root_ = Root::Type;
    if (name == "sender") root_ = Root::Sender;
    if (name == "state_key") root_ = Root::StateKey;
    if (name == "room_id") root_ = Root::RoomId;
    if (name == "event_id") root_ = Root::EventId;
  } else if (names_.front() == "content") {
    root_ = Root::Content;
    names_.erase(names_.begin());
  }
}

std::optional<std::string_view> PropertyPath::text_of(const Event& event) const {
  switch (root_) {
    case Root::Type:
      return event.type();
    case Root::Sender:
      return event.sender().view();
    case Root::StateKey:
      if (!event.state_key()) return std::nullopt;
      return std::string_view(*event.state_key());
    case Root::RoomId:
      return event.room().view();
    case Root::EventId:
      return event.id().view();
    case Root::Content:
    case Root::Pdu:
      break;
  }
  const json::Value* value = value_of(event);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return json::view(value->get_string());
}

const json::Value* PropertyPath::value_of(const Event& event) const {
  if (root_ == Root::Content) return descend(event.content(), names_);
  return root_ == Root::Pdu ? descend(event.pdu(), names_) : nullptr;
}

}  // namespace kuramori::matrix::detail
