// Pushers from clients and answers of gateways: nothing crashes, and what is accepted can be stored and read
// again.
#include <cstdlib>

#include "push/event_push.hpp"
#include "push/pusher.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(push::rejected_pushkeys(text));
  static_cast<void>(push::parse_queued(text));
  static_cast<void>(push::authority_of(text));
  const auto body = json::parse_object(text);
  if (!body) return 0;
  const auto change = push::parse_pusher_change(*body, {"gateway.internal:8080"});
  if (!change || !change->pusher) return 0;
  const std::string stored = json::serialize(change->pusher->to_json());
  const auto again = push::parse_stored_pusher(stored);
  if (!again || json::serialize(again->to_json()) != stored) std::abort();
  return 0;
}
