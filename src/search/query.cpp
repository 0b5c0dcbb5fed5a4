#include "search/query.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "base/text.hpp"
#include "crypto/base64.hpp"
#include "search/indexed_text.hpp"

namespace kuramori::search {
namespace {

constexpr std::size_t kCursorBytesMax = 1'024;
constexpr std::int64_t kContextMax = 100;

Result<std::uint8_t> read_keys(const json::Object& criteria) {
  constexpr std::uint8_t kAll = static_cast<std::uint8_t>(Key::Body) | static_cast<std::uint8_t>(Key::Name) |
                                static_cast<std::uint8_t>(Key::Topic);
  KURAMORI_TRY(given, json::optional_array(criteria, "keys"));
  if (given == nullptr || given->empty()) return kAll;
  std::uint8_t keys = 0;
  for (const json::Value& value : *given) {
    const std::string_view name = value.is_string() ? json::view(value.get_string()) : std::string_view();
    if (name == "content.body") {
      keys |= static_cast<std::uint8_t>(Key::Body);
    } else if (name == "content.name") {
      keys |= static_cast<std::uint8_t>(Key::Name);
    } else if (name == "content.topic") {
      keys |= static_cast<std::uint8_t>(Key::Topic);
    } else {
      return invalid_argument("'keys' may hold content.body, content.name and content.topic.");
    }
  }
  return keys;
}

Result<std::size_t> read_count(const json::Object& from, std::string_view key, std::int64_t fallback) {
  KURAMORI_TRY(given, json::optional_integer(from, key));
  const std::int64_t count = given.value_or(fallback);
  if (count < 0) return invalid_argument("'" + std::string(key) + "' must not be negative.");
  return static_cast<std::size_t>(std::min(count, kContextMax));
}

Result<std::optional<ContextWanted>> read_context(const json::Object& criteria) {
  KURAMORI_TRY(given, json::optional_object(criteria, "event_context"));
  if (given == nullptr) return std::optional<ContextWanted>();
  KURAMORI_TRY(before, read_count(*given, "before_limit", 5));
  KURAMORI_TRY(after, read_count(*given, "after_limit", 5));
  KURAMORI_TRY(profile, json::optional_bool(*given, "include_profile"));
  return std::optional(
      ContextWanted{.before = before, .after = after, .include_profile = profile.value_or(false)});
}

Result<void> read_groups(const json::Object& criteria, SearchQuery& query) {
  KURAMORI_TRY(groupings, json::optional_object(criteria, "groupings"));
  if (groupings == nullptr) return {};
  KURAMORI_TRY(group_by, json::optional_array(*groupings, "group_by"));
  if (group_by == nullptr) return {};
  for (const json::Value& group : *group_by) {
    const std::string_view key = group.is_object() ? json::string_or(group.get_object(), "key", "") : "";
    if (key == "room_id") {
      query.by_room = true;
    } else if (key == "sender") {
      query.by_sender = true;
    } else {
      return invalid_argument("'group_by' may name room_id and sender.");
    }
  }
  return {};
}

Result<Order> read_order(const json::Object& criteria) {
  KURAMORI_TRY(given, json::optional_string(criteria, "order_by"));
  if (!given || *given == "rank") return Order::Rank;
  if (*given == "recent") return Order::Recent;
  return invalid_argument("'order_by' must be rank or recent.");
}

Error bad_cursor() {
  return invalid_argument("'next_batch' is not a token of an earlier search.");
}

}  // namespace

bool Cursor::precedes(std::uint8_t other_score, std::int64_t other_position) const {
  if (order == Order::Rank && other_score != score) return other_score < score;
  return other_position < position;
}

std::string render_cursor(const Cursor& cursor) {
  std::string text = cursor.order == Order::Rank ? "k" : "t";
  text += "|" + std::to_string(cursor.score) + "|" + std::to_string(cursor.position) + "|";
  text += text::percent_encode(cursor.room) + "|" + text::percent_encode(cursor.sender);
  return crypto::to_base64_url(as_bytes(text));
}

Result<Cursor> parse_cursor(std::string_view token) {
  if (token.size() > kCursorBytesMax) return bad_cursor();
  const auto octets = crypto::from_base64_url(token);
  if (!octets) return bad_cursor();
  const auto parts = text::split(as_text(*octets), '|');
  if (parts.size() != 5 || (parts[0] != "k" && parts[0] != "t")) return bad_cursor();
  const auto score = text::to_integer(parts[1]);
  const auto position = text::to_integer(parts[2]);
  auto room = text::percent_decode(parts[3]);
  auto sender = text::percent_decode(parts[4]);
  const bool is_sound = score && *score >= 0 && *score <= std::numeric_limits<std::uint8_t>::max() &&
                        position && *position >= 0 && room && sender && text::is_valid_utf8(*room) &&
                        text::is_valid_utf8(*sender);
  if (!is_sound) return bad_cursor();
  return Cursor{.order = parts[0] == "k" ? Order::Rank : Order::Recent,
                .score = static_cast<std::uint8_t>(*score),
                .position = *position,
                .room = *std::move(room),
                .sender = *std::move(sender)};
}

Result<SearchQuery> parse_query(const json::Object& criteria, std::optional<std::string_view> next_batch) {
  SearchQuery query;
  KURAMORI_TRY(term, json::required_string(criteria, "search_term"));
  if (term.size() > kTermBytesMax) return invalid_argument("'search_term' is too long.");
  query.term = std::move(term);
  query.terms = terms_of(query.term);
  KURAMORI_TRY(keys, read_keys(criteria));
  query.keys = keys;
  KURAMORI_TRY(filter, json::optional_object(criteria, "filter"));
  if (filter != nullptr) {
    KURAMORI_TRY(parsed, matrix::parse_room_event_filter(*filter));
    query.filter = std::move(parsed);
  }
  const std::int64_t limit = query.filter.limit.value_or(10);
  if (limit <= 0) return invalid_argument("'limit' must be greater than zero.");
  query.limit = std::min(static_cast<std::size_t>(limit), kLimitMax);
  KURAMORI_TRY(order, read_order(criteria));
  query.order = order;
  KURAMORI_TRY(context, read_context(criteria));
  query.context = context;
  KURAMORI_TRY(include_state, json::optional_bool(criteria, "include_state"));
  query.include_state = include_state.value_or(false);
  KURAMORI_CHECK(read_groups(criteria, query));
  if (next_batch) {
    KURAMORI_TRY(cursor, parse_cursor(*next_batch));
    if (cursor.order != query.order) return bad_cursor();
    query.from = std::move(cursor);
  }
  return query;
}

}  // namespace kuramori::search
