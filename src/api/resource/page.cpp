#include "api/resource/page.hpp"

#include "base/text.hpp"
#include "crypto/base64.hpp"

namespace kuramori::api::resource {
namespace {

// Changes when what stands behind it does, so that an older cursor is refused rather than misread.
constexpr std::string_view kForm = "1:";

Error unknown_cursor() {
  return invalid_argument("The cursor is not one that this server gave out.");
}

}  // namespace

std::string to_cursor(std::string_view last_key) {
  std::string text(kForm);
  text += last_key;
  return crypto::to_base64_url(as_bytes(text));
}

std::optional<std::string> from_cursor(std::string_view cursor) {
  if (cursor.empty() || cursor.size() > kCursorBytesMax) return std::nullopt;
  const auto decoded = crypto::from_base64_url(cursor);
  if (!decoded) return std::nullopt;
  const std::string_view text = as_text(*decoded);
  if (!text.starts_with(kForm) || text.size() == kForm.size()) return std::nullopt;
  return std::string(text.substr(kForm.size()));
}

Result<Page> read_page(const net::Request& request, PageBounds bounds) {
  Page page{.limit = bounds.standard};
  if (const auto limit = request.query_value("limit")) {
    const auto number = text::to_integer(*limit);
    if (!number || *number < 1 || *number > static_cast<std::int64_t>(bounds.most))
      return invalid_argument("The limit must lie between 1 and " + std::to_string(bounds.most) + ".");
    page.limit = static_cast<std::size_t>(*number);
  }
  if (const auto cursor = request.query_value("cursor")) {
    page.after = from_cursor(*cursor);
    if (!page.after) return unknown_cursor();
  }
  return page;
}

Result<NumberedPage> read_numbered_page(const net::Request& request, PageBounds bounds) {
  KURAMORI_TRY(page, read_page(request, bounds));
  NumberedPage numbered{.limit = page.limit};
  if (page.after) {
    numbered.after = text::to_integer(*page.after);
    if (!numbered.after) return unknown_cursor();
  }
  return numbered;
}

}  // namespace kuramori::api::resource
