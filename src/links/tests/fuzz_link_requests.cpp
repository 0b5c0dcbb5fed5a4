// What administrators ask of link lists, as any JSON: an entry or a source that can be told again, or an
// error.
#include <cstdint>

#include "link_risk/public_suffixes.hpp"
#include "links/answers.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  static const link_risk::HostReader hosts(link_risk::PublicSuffixes::built_in());
  const auto asked = json::parse_object({reinterpret_cast<const char*>(data), size});
  if (!asked) return 0;
  if (const auto entry = links::entry_from(*asked, hosts)) {
    if (entry->pattern.empty() || links::described(*entry).empty()) __builtin_trap();
    // What was understood is understood in the same way when it is told again.
    json::Object told = links::described(*entry);
    told.erase("expires");  // null where there is none, and not asked for in this way
    const auto again = links::entry_from(told, hosts);
    if (!again || again->pattern != entry->pattern || again->match != entry->match) __builtin_trap();
  }
  if (const auto source = links::source_from(*asked, "feed")) {
    if (links::described(*source).empty()) __builtin_trap();
  }
  return 0;
}
