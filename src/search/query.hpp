// What POST /search asks for, read and checked (client-server API, "Server Side Search"). Pure.
#pragma once
#include <optional>
#include <string>

#include "json/json.hpp"
#include "matrix/filter.hpp"
#include "search/terms.hpp"

namespace kuramori::search {

enum class Order : std::uint8_t { Rank, Recent };

// Where a page ended; a token of its own for the client.
struct Cursor {
  Order order = Order::Rank;
  std::uint8_t score = 0;  // of the last result looked at, and where it lies
  std::int64_t position = 0;
  std::string room = {};    // in this group alone; empty: in all
  std::string sender = {};  // the same
  friend bool operator==(const Cursor&, const Cursor&) = default;

  // Whether a result comes after the page.
  bool precedes(std::uint8_t other_score, std::int64_t other_position) const;
};
std::string render_cursor(const Cursor& cursor);
Result<Cursor> parse_cursor(std::string_view token);  // M_INVALID_PARAM

struct ContextWanted {
  std::size_t before = 5;
  std::size_t after = 5;
  bool include_profile = false;
};

struct SearchQuery {
  std::string term = {};
  Terms terms = {};
  std::uint8_t keys = 0;  // of Key, or-ed
  matrix::RoomEventFilter filter = {};
  std::size_t limit = 10;
  Order order = Order::Rank;
  std::optional<ContextWanted> context = {};
  bool include_state = false;
  bool by_room = false;
  bool by_sender = false;
  std::optional<Cursor> from = {};
};

constexpr std::size_t kTermBytesMax = 1'024;
constexpr std::size_t kLimitMax = 100;

// The criteria under `room_events`, and the parameter `next_batch`.
Result<SearchQuery> parse_query(const json::Object& criteria, std::optional<std::string_view> next_batch);

}  // namespace kuramori::search
