#include "matrix/filter.hpp"

#include <algorithm>

#include "matrix/property_path.hpp"

namespace kuramori::matrix {
namespace {

using Names = std::vector<std::string>;

// `*` stands for any run of characters, and nothing else is special. After a mismatch the last `*` takes one
// more.
bool matches_pattern(std::string_view text, std::string_view pattern) {
  if (pattern.find('*') == std::string_view::npos) return text == pattern;
  std::size_t t = 0;
  std::size_t p = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool any_pattern_matches(const Names& patterns, std::string_view text) {
  return std::ranges::any_of(patterns,
                             [text](const std::string& pattern) { return matches_pattern(text, pattern); });
}

bool contains(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

Error wrong_filter(std::string_view key, std::string_view what) {
  std::string message("The filter's '");
  message.append(key).append("' must ").append(what).append(".");
  return bad_json(std::move(message));
}

constexpr char kAnyName = '\0';
constexpr std::size_t kNamesMax = 1000;  // every name is compared with every event

Result<std::optional<Names>> names_at(const json::Object& filter, std::string_view key, char sigil) {
  KURAMORI_TRY(array, json::optional_array(filter, key));
  if (array == nullptr) return std::optional<Names>();
  if (array->size() > kNamesMax) return wrong_filter(key, "have at most 1,000 entries");
  Names names;
  names.reserve(array->size());
  for (const json::Value& entry : *array) {
    if (!entry.is_string()) return wrong_filter(key, "hold strings");
    const std::string_view name = json::view(entry.get_string());
    if (sigil != kAnyName && !name.starts_with(sigil)) return wrong_filter(key, "hold identifiers");
    names.emplace_back(name);
  }
  return std::optional<Names>(std::move(names));
}

Result<void> read_names(const json::Object& filter, std::string_view key, char sigil, Names& into) {
  KURAMORI_TRY(names, names_at(filter, key, sigil));
  if (names) into = *std::move(names);
  return {};
}

Result<void> read_flag(const json::Object& filter, std::string_view key, bool& into) {
  KURAMORI_TRY(flag, json::optional_bool(filter, key));
  into = flag.value_or(into);
  return {};
}

Result<void> read_event_filter(const json::Object& filter, EventFilter& into) {
  KURAMORI_TRY(types, names_at(filter, "types", kAnyName));
  into.types = std::move(types);
  KURAMORI_CHECK(read_names(filter, "not_types", kAnyName, into.not_types));
  KURAMORI_TRY(senders, names_at(filter, "senders", '@'));
  into.senders = std::move(senders);
  KURAMORI_CHECK(read_names(filter, "not_senders", '@', into.not_senders));
  KURAMORI_TRY(limit, json::optional_integer(filter, "limit"));
  if (limit && *limit < 0) return wrong_filter("limit", "not be negative");
  into.limit = limit;
  return {};
}

Result<void> read_room_event_filter(const json::Object& filter, RoomEventFilter& into) {
  KURAMORI_CHECK(read_event_filter(filter, into));
  KURAMORI_TRY(rooms, names_at(filter, "rooms", '!'));
  into.rooms = std::move(rooms);
  KURAMORI_CHECK(read_names(filter, "not_rooms", '!', into.not_rooms));
  KURAMORI_TRY(contains_url, json::optional_bool(filter, "contains_url"));
  into.contains_url = contains_url;
  KURAMORI_CHECK(read_flag(filter, "lazy_load_members", into.lazy_load_members));
  KURAMORI_CHECK(read_flag(filter, "include_redundant_members", into.include_redundant_members));
  return read_flag(filter, "unread_thread_notifications", into.unread_thread_notifications);
}

template <class Part, class Read>
Result<void> read_part(const json::Object& filter, std::string_view key, Part& into, Read read) {
  KURAMORI_TRY(part, json::optional_object(filter, key));
  if (part == nullptr) return {};
  return read(*part, into);
}

Result<void> read_room_part(const json::Object& room, Filter& into) {
  KURAMORI_TRY(rooms, names_at(room, "rooms", '!'));
  into.rooms = std::move(rooms);
  KURAMORI_CHECK(read_names(room, "not_rooms", '!', into.not_rooms));
  KURAMORI_CHECK(read_flag(room, "include_leave", into.include_leave));
  KURAMORI_CHECK(read_part(room, "account_data", into.room_account_data, read_room_event_filter));
  KURAMORI_CHECK(read_part(room, "ephemeral", into.ephemeral, read_room_event_filter));
  KURAMORI_CHECK(read_part(room, "state", into.state, read_room_event_filter));
  return read_part(room, "timeline", into.timeline, read_room_event_filter);
}

bool includes(const std::optional<Names>& wanted, const Names& unwanted, std::string_view name) {
  return !contains(unwanted, name) && (!wanted || contains(*wanted, name));
}

// Copies the property at `names` from `from` to `to`, making the objects on the way.
void keep_path(const json::Object& from, std::span<const std::string> names, json::Object& to) {
  const json::Value* value = json::find(from, names.front());
  if (value == nullptr) return;
  if (names.size() == 1) {
    to.insert_or_assign(names.front(), *value);
    return;
  }
  const json::Object* below = value->if_object();
  if (below == nullptr) return;
  json::Object deeper;
  if (const json::Object* kept = json::object_at(to, names.front())) deeper = *kept;
  keep_path(*below, names.subspan(1), deeper);
  if (!deeper.empty()) to.insert_or_assign(names.front(), std::move(deeper));
}

}  // namespace

bool EventFilter::matches(std::string_view type, std::string_view sender) const {
  if (contains(not_senders, sender) || any_pattern_matches(not_types, type)) return false;
  if (senders && !contains(*senders, sender)) return false;
  return !types || any_pattern_matches(*types, type);
}

bool EventFilter::matches_everything() const {
  return !types && !senders && not_types.empty() && not_senders.empty();
}

bool RoomEventFilter::matches_room(std::string_view room) const {
  return includes(rooms, not_rooms, room);
}

bool RoomEventFilter::matches_event(const Event& event) const {
  if (!matches_everything() && !matches(event.type(), event.sender().view())) return false;
  return !contains_url || *contains_url == (json::find(event.content(), "url") != nullptr);
}

bool Filter::includes_room(std::string_view room) const {
  return includes(rooms, not_rooms, room);
}

Result<Filter> parse_filter(const json::Object& filter) {
  Filter parsed;
  KURAMORI_TRY(event_fields, names_at(filter, "event_fields", kAnyName));
  parsed.event_fields = std::move(event_fields);
  KURAMORI_TRY(format, json::optional_string(filter, "event_format"));
  if (format && *format != "client" && *format != "federation") {
    return wrong_filter("event_format", "be 'client' or 'federation'");
  }
  parsed.event_format = format == "federation" ? EventFormat::Federation : EventFormat::Client;
  KURAMORI_CHECK(read_part(filter, "presence", parsed.presence, read_event_filter));
  KURAMORI_CHECK(read_part(filter, "account_data", parsed.account_data, read_event_filter));
  KURAMORI_CHECK(read_part(filter, "room", parsed, read_room_part));
  return parsed;
}

Result<RoomEventFilter> parse_room_event_filter(const json::Object& filter) {
  RoomEventFilter parsed;
  KURAMORI_CHECK(read_room_event_filter(filter, parsed));
  return parsed;
}

json::Object keep_fields(const json::Object& event, const std::vector<std::string>& event_fields) {
  json::Object kept;
  for (const std::string& field : event_fields) keep_path(event, detail::split_property_path(field), kept);
  return kept;
}

}  // namespace kuramori::matrix
