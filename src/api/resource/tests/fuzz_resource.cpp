// Entity tags and cursors, as strangers send them.
#include <cstdint>
#include <string_view>

#include "api/resource/entity_tags.hpp"
#include "api/resource/page.hpp"
#include "base/assert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  using namespace kuramori::api::resource;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto list = parse_tags(text)) {
    ensure(list->any || !list->tags.empty() || !list->weak.empty(), "a list that was read names something");
    ensure(list->tags.size() + list->weak.size() <= kTagsMax, "a list is bounded");
    for (const std::string& tag : list->tags) {
      const auto again = parse_tags(tag);
      ensure(again && again->tags.size() == 1 && again->tags.front() == tag, "a tag reads as itself");
    }
  }
  if (const auto key = from_cursor(text)) ensure(from_cursor(to_cursor(*key)) == key, "a cursor leads back");
  return 0;
}
