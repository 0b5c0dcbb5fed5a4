#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "base/text.hpp"
#include "previews/charset.hpp"
#include "previews/page_summary.hpp"
#include "previews/page_url.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  const std::string_view input = as_text({data, size});
  const std::string_view type = input.substr(0, input.find('\n'));
  const std::string_view body = input.substr(std::min(type.size() + 1, input.size()));
  for (const std::string& html : {std::string(body), previews::to_utf8(body, type)}) {
    for (const auto& [name, value] : previews::summarise(html)) {
      ensure(text::is_valid_utf8(value), "what a page says of itself is text");
    }
  }
  static_cast<void>(previews::parse_page_url(body, {"wiki"}));
  return 0;
}
