// Lists in pages: ?limit=50&cursor=…; the answer's "next_cursor" is absent on the last page. A cursor is
// opaque to clients: it names the last entry that was given out, so entries that come or go in between shift
// nothing.
//
//   KURAMORI_CO_TRY(page, read_page(call.request, {.standard = 50, .most = 500}));
//   ...
//   if (has_more) body["next_cursor"] = to_cursor(entries.back().id);
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/http_types.hpp"

namespace kuramori::api::resource {

struct PageBounds {
  std::size_t standard = 50;
  std::size_t most = 500;
};

struct Page {
  std::size_t limit = 50;
  std::optional<std::string> after = {};  // what to_cursor was given
};

constexpr std::size_t kCursorBytesMax = 1'024;

// M_INVALID_PARAM for a limit that is no number from 1 to the most, and for a cursor that is none of ours.
Result<Page> read_page(const net::Request& request, PageBounds bounds);
// The same for lists whose key is a number.
struct NumberedPage {
  std::size_t limit = 50;
  std::optional<std::int64_t> after = {};
};
Result<NumberedPage> read_numbered_page(const net::Request& request, PageBounds bounds);

std::string to_cursor(std::string_view last_key);
std::optional<std::string> from_cursor(std::string_view cursor);

}  // namespace kuramori::api::resource
