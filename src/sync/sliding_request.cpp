#include "sync/sliding_request.hpp"

#include <algorithm>
#include <functional>

#include "matrix/identifiers.hpp"
#include "sync/request.hpp"

namespace kuramori::sync {
namespace {

Error out_of_bounds(std::string_view what, std::size_t limit) {
  return invalid_argument("'" + std::string(what) + "' may have at most " + std::to_string(limit) +
                          " elements.");
}

Result<std::string> checked_identifier(std::string text, std::string_view name) {
  if (text.size() > SlidingRequest::kIdentifierBytesMax)
    return invalid_argument("'" + std::string(name) + "' is too long.");
  return text;
}

Result<SlidingRange> parse_range(const json::Value& value) {
  const json::Array* pair = value.if_array();
  if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_int64() || !(*pair)[1].is_int64())
    return bad_json("A range must be a pair of integers.");
  const std::int64_t first = (*pair)[0].get_int64();
  const std::int64_t last = (*pair)[1].get_int64();
  if (first < 0 || last < first)
    return invalid_argument("A range must not end before it begins, nor begin before 0.");
  return SlidingRange{.first = static_cast<std::size_t>(first), .last = static_cast<std::size_t>(last)};
}

Result<std::optional<std::vector<SlidingRange>>> parse_ranges(const json::Object& list) {
  std::vector<SlidingRange> ranges;
  if (const json::Value* range = json::find(list, "range")) {
    KURAMORI_TRY(parsed, parse_range(*range));
    ranges.push_back(parsed);
    return std::optional(std::move(ranges));
  }
  KURAMORI_TRY(several, json::optional_array(list, "ranges"));
  if (several == nullptr) return std::optional<std::vector<SlidingRange>>();
  if (several->size() > SlidingRequest::kRangesMax)
    return out_of_bounds("ranges", SlidingRequest::kRangesMax);
  for (const json::Value& value : *several) {
    KURAMORI_TRY(parsed, parse_range(value));
    ranges.push_back(parsed);
  }
  return std::optional(std::move(ranges));
}

Result<std::vector<std::string>> strings(const json::Array& list, std::string_view name) {
  if (list.size() > SlidingRequest::kFilterValuesMax)
    return out_of_bounds(name, SlidingRequest::kFilterValuesMax);
  std::vector<std::string> found;
  for (const json::Value& value : list) {
    if (!value.is_string()) return bad_json("'" + std::string(name) + "' must be an array of strings.");
    found.emplace_back(json::view(value.get_string()));
  }
  return found;
}

Result<std::optional<std::vector<std::string>>> optional_strings(const json::Object& object,
                                                                 std::string_view name) {
  KURAMORI_TRY(list, json::optional_array(object, name));
  if (list == nullptr) return std::optional<std::vector<std::string>>();
  KURAMORI_TRY(found, strings(*list, name));
  return std::optional(std::move(found));
}

// Strings and nulls.
Result<std::optional<std::vector<std::optional<std::string>>>> room_types(const json::Object& filters,
                                                                          std::string_view name) {
  using Types = std::vector<std::optional<std::string>>;
  KURAMORI_TRY(list, json::optional_array(filters, name));
  if (list == nullptr) return std::optional<Types>();
  if (list->size() > SlidingRequest::kFilterValuesMax)
    return out_of_bounds(name, SlidingRequest::kFilterValuesMax);
  Types types;
  for (const json::Value& value : *list) {
    if (!value.is_string() && !value.is_null())
      return bad_json("'" + std::string(name) + "' must be an array of strings and nulls.");
    types.push_back(value.is_null() ? std::nullopt
                                    : std::optional<std::string>(json::view(value.get_string())));
  }
  return std::optional(std::move(types));
}

Result<SlidingFilters> parse_filters(const json::Object& object) {
  SlidingFilters filters;
  KURAMORI_TRY(is_dm, json::optional_bool(object, "is_dm"));
  KURAMORI_TRY(is_encrypted, json::optional_bool(object, "is_encrypted"));
  KURAMORI_TRY(is_invite, json::optional_bool(object, "is_invite"));
  KURAMORI_TRY(is_invited, json::optional_bool(object, "is_invited"));
  filters.is_dm = is_dm;
  filters.is_encrypted = is_encrypted;
  filters.is_invite = is_invite ? is_invite : is_invited;
  KURAMORI_TRY(types, room_types(object, "room_types"));
  KURAMORI_TRY(not_types, room_types(object, "not_room_types"));
  filters.room_types = std::move(types);
  if (not_types) filters.not_room_types = *std::move(not_types);
  KURAMORI_TRY(spaces, optional_strings(object, "spaces"));
  if (spaces) filters.spaces.emplace(spaces->begin(), spaces->end());
  KURAMORI_TRY(tags, optional_strings(object, "tags"));
  KURAMORI_TRY(not_tags, optional_strings(object, "not_tags"));
  filters.tags = std::move(tags);
  if (not_tags) filters.not_tags = *std::move(not_tags);
  KURAMORI_TRY(name, json::optional_string(object, "room_name_like"));
  filters.room_name_like = std::move(name);
  return filters;
}

Result<SlidingRoomConfig> parse_room_config(const json::Object& object, const UserId& reader) {
  SlidingRoomConfig config;
  KURAMORI_TRY(limit, json::optional_integer(object, "timeline_limit"));
  if (limit.value_or(0) < 0) return invalid_argument("'timeline_limit' must not be negative.");
  config.timeline_limit =
      static_cast<std::size_t>(std::min<std::int64_t>(limit.value_or(0), SlidingRequest::kTimelineLimitMax));
  if (const json::Value* state = json::find(object, "required_state")) {
    KURAMORI_TRY(rules, parse_required_state(*state, reader));
    config.required_state = std::move(rules);
  } else {
    config.required_state = std::make_shared<const StateRules>();
  }
  return config;
}

Result<SlidingList> parse_list(const json::Value& value, const UserId& reader) {
  const json::Object* object = value.if_object();
  if (object == nullptr) return bad_json("A list must be an object.");
  SlidingList list;
  KURAMORI_TRY(config, parse_room_config(*object, reader));
  KURAMORI_TRY(ranges, parse_ranges(*object));
  KURAMORI_TRY(filters, json::optional_object(*object, "filters"));
  list.room = std::move(config);
  list.ranges = std::move(ranges);
  if (filters != nullptr) {
    KURAMORI_TRY(parsed, parse_filters(*filters));
    list.filters = std::move(parsed);
  }
  return list;
}

Result<void> parse_lists(const json::Object& body, const UserId& reader, SlidingRequest& request) {
  KURAMORI_TRY(lists, json::optional_object(body, "lists"));
  if (lists == nullptr) return {};
  if (lists->size() > SlidingRequest::kListsMax) return out_of_bounds("lists", SlidingRequest::kListsMax);
  for (const auto& entry : *lists) {
    KURAMORI_TRY(name, checked_identifier(std::string(entry.key()), "lists"));
    KURAMORI_TRY(list, parse_list(entry.value(), reader));
    request.lists.emplace(std::move(name), std::move(list));
  }
  return {};
}

Result<void> parse_subscriptions(const json::Object& body, const UserId& reader, SlidingRequest& request) {
  KURAMORI_TRY(rooms, json::optional_object(body, "room_subscriptions"));
  if (rooms == nullptr) return {};
  if (rooms->size() > SlidingRequest::kSubscriptionsMax)
    return out_of_bounds("room_subscriptions", SlidingRequest::kSubscriptionsMax);
  for (const auto& entry : *rooms) {
    KURAMORI_TRY(room, matrix::parse_room_id(std::string_view(entry.key().data(), entry.key().size())));
    const json::Object* object = entry.value().if_object();
    if (object == nullptr) return bad_json("A room subscription must be an object.");
    KURAMORI_TRY(config, parse_room_config(*object, reader));
    request.subscriptions.emplace(std::move(room), std::move(config));
  }
  return {};
}

Result<SlidingScope> parse_scope(const json::Object& extensions, std::string_view name) {
  SlidingScope scope;
  KURAMORI_TRY(object, json::optional_object(extensions, name));
  if (object == nullptr) return scope;
  KURAMORI_TRY(enabled, json::optional_bool(*object, "enabled"));
  scope.enabled = enabled.value_or(false);
  KURAMORI_TRY(lists, optional_strings(*object, "lists"));
  if (lists && std::ranges::find(*lists, "*") == lists->end())
    scope.lists.emplace(lists->begin(), lists->end());
  KURAMORI_TRY(rooms, optional_strings(*object, "rooms"));
  if (rooms && std::ranges::find(*rooms, "*") == rooms->end())
    scope.rooms.emplace(rooms->begin(), rooms->end());
  return scope;
}

Result<SlidingExtensions::Sticky> parse_sticky(const json::Object& extensions) {
  SlidingExtensions::Sticky sticky;
  for (const std::string_view name : {"sticky_events", "org.matrix.msc4354.sticky_events"}) {
    KURAMORI_TRY(object, json::optional_object(extensions, name));
    if (object == nullptr) continue;
    KURAMORI_TRY(enabled, json::optional_bool(*object, "enabled"));
    KURAMORI_TRY(limit, json::optional_integer(*object, "limit"));
    KURAMORI_TRY(since, json::optional_string(*object, "since"));
    if (limit && *limit < 1) return invalid_argument("'limit' must be positive.");
    if (!enabled.value_or(false)) continue;
    sticky.name = name;
    if (limit) sticky.limit = std::min(static_cast<std::size_t>(*limit), SlidingExtensions::kStickyMax);
    if (since) {
      KURAMORI_TRY(position, parse_token(*since));
      sticky.since = position;
    }
  }
  return sticky;
}

Result<SlidingExtensions> parse_extensions(const json::Object& body) {
  SlidingExtensions extensions;
  KURAMORI_TRY(object, json::optional_object(body, "extensions"));
  if (object == nullptr) return extensions;
  KURAMORI_TRY(to_device, json::optional_object(*object, "to_device"));
  if (to_device != nullptr) {
    KURAMORI_TRY(enabled, json::optional_bool(*to_device, "enabled"));
    KURAMORI_TRY(since, json::optional_string(*to_device, "since"));
    KURAMORI_TRY(limit, json::optional_integer(*to_device, "limit"));
    if (limit && *limit < 1) return invalid_argument("'limit' must be positive.");
    extensions.to_device.enabled = enabled.value_or(false);
    if (since) {
      KURAMORI_TRY(position, parse_token(*since));
      extensions.to_device.since = position;
    }
  }
  KURAMORI_TRY(e2ee, json::optional_object(*object, "e2ee"));
  if (e2ee != nullptr) {
    KURAMORI_TRY(enabled, json::optional_bool(*e2ee, "enabled"));
    extensions.e2ee = enabled.value_or(false);
  }
  KURAMORI_TRY(sticky, parse_sticky(*object));
  extensions.sticky = sticky;
  KURAMORI_TRY(account_data, parse_scope(*object, "account_data"));
  KURAMORI_TRY(receipts, parse_scope(*object, "receipts"));
  KURAMORI_TRY(typing, parse_scope(*object, "typing"));
  extensions.account_data = std::move(account_data);
  extensions.receipts = std::move(receipts);
  extensions.typing = std::move(typing);
  return extensions;
}

std::uint64_t fingerprint_of(const json::Object& body) {
  std::string text;
  const auto add = [&](const json::Object& object, std::string_view name) {
    if (const json::Value* value = json::find(object, name)) json::serialize_to(text, *value);
    text.push_back('\n');
  };
  add(body, "lists");
  add(body, "room_subscriptions");
  if (const json::Object* extensions = json::object_at(body, "extensions")) {
    for (const std::string_view name : {"account_data", "receipts", "typing"}) add(*extensions, name);
  }
  return std::hash<std::string>{}(text);
}

}  // namespace

Result<PresenceState> parse_set_presence(std::string_view text) {
  const auto state = parse_presence(text);
  if (!state) return invalid_argument("'set_presence' must be offline, online or unavailable.");
  return *state;
}

Result<SlidingRequest> parse_sliding_request(const json::Object& body, const UserId& reader) {
  SlidingRequest request;
  KURAMORI_TRY(connection, json::optional_string(body, "conn_id"));
  KURAMORI_TRY(checked_connection, checked_identifier(std::move(connection).value_or(""), "conn_id"));
  request.connection = std::move(checked_connection);
  KURAMORI_TRY(transaction, json::optional_string(body, "txn_id"));
  if (transaction) {
    KURAMORI_TRY(checked, checked_identifier(*std::move(transaction), "txn_id"));
    request.transaction = std::move(checked);
  }
  KURAMORI_TRY(position, json::optional_string(body, "pos"));
  request.position = std::move(position);
  KURAMORI_TRY(timeout, json::optional_integer(body, "timeout"));
  if (timeout.value_or(0) < 0) return invalid_argument("'timeout' must be a number of milliseconds.");
  request.timeout = Milliseconds(timeout.value_or(0));
  KURAMORI_TRY(presence, json::optional_string(body, "set_presence"));
  if (presence) {
    KURAMORI_TRY(state, parse_set_presence(*presence));
    request.set_presence = state;
  }
  KURAMORI_CHECK(parse_lists(body, reader, request));
  KURAMORI_CHECK(parse_subscriptions(body, reader, request));
  KURAMORI_TRY(extensions, parse_extensions(body));
  request.extensions = std::move(extensions);
  request.fingerprint = fingerprint_of(body);
  return request;
}

}  // namespace kuramori::sync
