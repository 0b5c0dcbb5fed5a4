// A message of any octets: inspected and masked within bounds, and a mask leaves nothing to find.
#include <cstdint>

#include "base/text.hpp"
#include "governance/compiled_policy.hpp"

namespace {

constexpr std::string_view kPolicy = R"({"format": 1, "name": "fuzz",
  "detectors": [{"id": "badge", "pattern": "E-?[0-9]{4}"}],
  "dictionaries": [{"id": "words", "terms": ["机密", "secret", "極秘"]}],
  "rules": [{"id": "mask", "operations": ["room.send"], "effect": "mask", "when": {"any": [
    {"finding": {"detector": "hk_identity_card"}}, {"finding": {"detector": "prc_resident_identity"}},
    {"finding": {"detector": "payment_card"}}, {"finding": {"detector": "badge"}},
    {"keyword": {"dictionary": "words"}}]}}]})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori::governance;
  static const auto policy = *CompiledPolicy::compile(*parse_policy_or_error(kPolicy), 1);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // JSON strings are valid UTF-8 before they come here.
  if (size > 65'536 || !kuramori::text::is_valid_utf8(text)) return 0;
  const kuramori::json::Object content{{"body", text}, {"formatted_body", text}};
  const Question question{.operation = "room.send", .content = &content};
  const auto decision = policy->evaluate(question);
  if (!decision) __builtin_trap();
  if ((decision->effect == Effect::Mask) != decision->masked_content.has_value()) __builtin_trap();
  if (!decision->masked_content) return 0;
  const Question again{.operation = "room.send", .content = &*decision->masked_content};
  const auto left = policy->evaluate(again);
  if (!left || left->effect == Effect::Mask) __builtin_trap();
  return 0;
}
