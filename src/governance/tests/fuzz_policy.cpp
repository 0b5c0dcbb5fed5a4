// A policy document of any octets: parsed or explained, never more; what parses compiles, differs in nothing
// from itself, and stays good when an entry is put where it is.
#include <cstdint>

#include "governance/compiled_policy.hpp"
#include "governance/policy_difference.hpp"
#include "governance/policy_sections.hpp"

namespace {

using namespace kuramori;

void look_at_parts(const json::Object& document, const governance::ParseOptions& options) {
  const json::Object none = governance::policy_difference(document, document);
  if (json::integer_or(none, "changes", -1) != 0) __builtin_trap();
  const json::Object standard = *json::parse_object(governance::default_policy_text());
  (void)governance::policy_difference(document, standard);
  (void)governance::policy_difference(standard, document);
  using governance::Section;
  for (const Section section :
       {Section::Labels, Section::Matrix, Section::Detectors, Section::Dictionaries}) {
    if (json::array_at(document, governance::key_of(section)) == nullptr) continue;
    for (const json::Value& entry : governance::entries_of(document, section)) {
      const auto edited = governance::with_entry(document, section, entry.as_object());
      if (!edited || !governance::parse_policy(json::serialize(edited->document), options).document)
        __builtin_trap();
    }
  }
}

}  // namespace

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
  look_at_parts(*kuramori::json::parse_object(parsed.document->text), options);
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
