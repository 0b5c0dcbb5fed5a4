// Filters of /sync, /messages, /context (client-server API, "Filtering").
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "json/json.hpp"
#include "matrix/event.hpp"

namespace kuramori::matrix {

enum class EventFormat : std::uint8_t { Client, Federation };

struct EventFilter {
  std::optional<std::vector<std::string>> types;  // `*` is a wildcard
  std::vector<std::string> not_types;
  std::optional<std::vector<std::string>> senders;
  std::vector<std::string> not_senders;
  std::optional<std::int64_t> limit;
  bool matches(std::string_view type, std::string_view sender) const;
  bool matches_everything() const;
};

struct RoomEventFilter : EventFilter {
  std::optional<std::vector<std::string>> rooms;
  std::vector<std::string> not_rooms;
  std::optional<bool> contains_url;
  bool lazy_load_members = false;
  bool include_redundant_members = false;
  bool unread_thread_notifications = false;
  bool matches_room(std::string_view room) const;
  bool matches_event(const Event& event) const;  // types, senders and contains_url
};

struct Filter {
  std::optional<std::vector<std::string>> event_fields;
  EventFormat event_format = EventFormat::Client;
  EventFilter presence;
  EventFilter account_data;
  std::optional<std::vector<std::string>> rooms;  // of `room`
  std::vector<std::string> not_rooms;
  bool include_leave = false;
  RoomEventFilter room_account_data;
  RoomEventFilter ephemeral;
  RoomEventFilter state;
  RoomEventFilter timeline;
  bool includes_room(std::string_view room) const;
};

Result<Filter> parse_filter(const json::Object& filter);
Result<RoomEventFilter> parse_room_event_filter(const json::Object& filter);
// Keeps only `event_fields` (dot-separated, backslash escapes) of a rendered event.
json::Object keep_fields(const json::Object& event, const std::vector<std::string>& event_fields);

}  // namespace kuramori::matrix
