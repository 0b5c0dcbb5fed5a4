// Any content is read within bounds: places lie in their texts, canonical forms are stable, and rewriting
// leaves no link but those that lead to the page.
#include <cstdint>

#include "link_risk/explanations.hpp"
#include "link_risk/rewriting.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  using namespace kuramori::link_risk;
  if (size < 1 || size > 16'384) return 0;
  static const auto hosts = std::make_shared<const HostReader>(PublicSuffixes::built_in());
  static const std::vector<std::string> names{"example.com", "harbour-bank.com.hk"};
  static const Knowledge knowledge{.hosts = hosts,
                                   .lists = LinkLists::Builder().build(),
                                   .look_alikes = std::make_shared<const LookAlikes>(*hosts, names)};
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto link = read_link(*hosts, input)) {
    const auto again = read_link(*hosts, link->url);
    if (!again || again->host.name != link->host.name) __builtin_trap();
  }
  const json::Object content{{"body", input}, {"formatted_body", input}};
  const Extraction found = extract_links(*hosts, content);
  if (!found.links.empty() && !may_hold_link(input)) __builtin_trap();
  for (const FoundLink& link : found.links) {
    if (link.begin > link.end || link.end > input.size()) __builtin_trap();
    if (link.link.host.name.empty() || !link.link.path.starts_with('/')) __builtin_trap();
  }
  const Assessment assessment = assess(content, knowledge, from_unix_ms(0));
  for (const LinkFinding& finding : assessment.findings) {
    if (!finding.reasons.empty() && explain(finding).ja.empty()) __builtin_trap();
  }
  rewrite_links(*hosts, content, [](const Link&) { return std::string("https://k.test/l"); });
  return 0;
}
