// A policy document of any octets: parsed or explained, never more; what parses compiles.
#include <cstdint>

#include "governance/compiled_policy.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori::governance;
  // Large documents only slow the search down.
  if (size > 16'384) return 0;
  ParseOptions options;
  options.limits.terms_max = 200;
  options.limits.detectors_max = 5;
  const auto parsed = parse_policy({reinterpret_cast<const char*>(data), size}, options);
  if (parsed.document.has_value() == !parsed.issues.empty()) __builtin_trap();
  if (!parsed.document) return 0;
  const auto again = parse_policy(parsed.document->text, options);
  if (!again.document) __builtin_trap();  // what is stored can be read again
  const auto policy = CompiledPolicy::compile(*parsed.document, 1);
  if (!policy) return 0;
  const kuramori::json::Object content{{"body", "A123456(3) 4111 1111 1111 1111"}};
  const Question question{.operation = "room.send",
                          .subject = {.user = "@a:b", .role = "member", .address = "192.0.2.1"},
                          .resource = {.room = "!r"},
                          .content = &content};
  (void)(*policy)->evaluate(question);
  return 0;
}
