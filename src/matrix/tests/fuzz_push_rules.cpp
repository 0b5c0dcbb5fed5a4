// Push rules from a client: what parses is stored and read back the same, and can be evaluated.
#include "base/assert.hpp"
#include "matrix/push_rules.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  const Result<json::Object> content = json::parse_object(as_text({data, size}));
  if (!content) return 0;
  const UserId user("@u:one");
  const auto set = matrix::PushRuleSet::parse(user, *content);
  if (!set) return 0;
  const json::Object stored = (*set)->to_json();
  const auto again = matrix::PushRuleSet::parse(user, stored);
  ensure(again.has_value(), "a stored set is valid");
  ensure(json::serialize((*again)->to_json()) == json::serialize(stored), "a stored set reads back the same");

  json::Object pdu = *json::parse_object(
      R"({"type": "m.room.message", "sender": "@s:one", "room_id": "!r:one", "depth": 1, "origin_server_ts": 1,
          "prev_events": [], "auth_events": [], "content": {"msgtype": "m.text"}})");
  pdu["content"].as_object()["body"] = json::string_or(*content, "body", "time for tea and cake");
  const auto event = matrix::Event::parse(std::move(pdu), *matrix::find_room_version("11"));
  if (event) (*set)->evaluate(**event, {.joined_members = 3}, {.user = user, .display_name = "u"});
  return 0;
}
