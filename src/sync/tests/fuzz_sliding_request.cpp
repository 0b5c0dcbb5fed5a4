// Whatever a client asks of sliding sync is refused or read within its bounds.
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "sync/sliding_request.hpp"

using namespace kuramori;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto body = json::parse_object(text);
  if (!body) return 0;
  const auto request = sync::parse_sliding_request(*body, UserId("@a:b"));
  if (!request) return 0;
  using Request = sync::SlidingRequest;
  ensure(request->lists.size() <= Request::kListsMax, "lists are bounded");
  ensure(request->subscriptions.size() <= Request::kSubscriptionsMax, "subscriptions are bounded");
  ensure(request->timeout.count() >= 0, "time does not run backwards");
  for (const auto& [name, list] : request->lists) {
    ensure(name.size() <= Request::kIdentifierBytesMax, "names are bounded");
    ensure(list.room.timeline_limit <= Request::kTimelineLimitMax, "timelines are bounded");
    ensure(list.room.required_state != nullptr, "a list says which state it wants");
    for (const sync::SlidingRange& range : list.ranges.value_or(std::vector<sync::SlidingRange>()))
      ensure(range.first <= range.last, "a range does not end before it begins");
  }
  return 0;
}
