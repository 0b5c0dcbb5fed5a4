// A filter from a client, applied to its own JSON as if that were an event.
#include "matrix/filter.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  const Result<json::Object> json = json::parse_object(as_text({data, size}));
  if (!json) return 0;
  const Result<matrix::Filter> filter = matrix::parse_filter(*json);
  if (!filter) return 0;
  const std::string_view text = json::string_or(*json, "text", "m.room.message");
  static_cast<void>(filter->timeline.matches(text, "@a:one"));
  static_cast<void>(filter->state.matches_room(text));
  if (filter->event_fields) matrix::keep_fields(*json, *filter->event_fields);
  return 0;
}
