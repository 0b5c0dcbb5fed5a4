// Dot-separated property paths (appendices.md), split once. Private to the module.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "json/json.hpp"
#include "matrix/event.hpp"

namespace kuramori::matrix::detail {

std::vector<std::string> split_property_path(std::string_view path);

// A property of an event as clients see it.
class PropertyPath {
 public:
  PropertyPath() = default;
  explicit PropertyPath(std::string_view path);

  bool is_body() const { return root_ == Root::Content && names_.size() == 1 && names_[0] == "body"; }
  // One that needs no look-up, so that conditions on it are asked first.
  bool is_cheap() const { return root_ != Root::Content && root_ != Root::Pdu; }

  // The property as text, or nothing when it is absent or not a string.
  std::optional<std::string_view> text_of(const Event& event) const;
  // Any property below `content` or at the top of the PDU; null when absent. Texts that the event keeps apart
  // from its JSON (such as event_id) are found by text_of() alone.
  const json::Value* value_of(const Event& event) const;

 private:
  enum class Root { Type, Sender, StateKey, RoomId, EventId, Content, Pdu };

  Root root_ = Root::Pdu;
  std::vector<std::string> names_;  // below the root
};

}  // namespace kuramori::matrix::detail
