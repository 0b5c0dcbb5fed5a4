// Puts asterisks in the place of what was found.
#include <algorithm>
#include <map>

#include "governance/content_text.hpp"
#include "governance/inspection.hpp"

namespace kuramori::governance {

json::Object mask(const json::Object& content, const Inspection& inspection,
                  const std::vector<std::uint32_t>& sources) {
  ContentText text;
  text.collect(content);
  std::map<std::uint32_t, std::vector<const Hit*>> by_part;
  for (const Hit& hit : inspection.hits) {
    if (std::ranges::find(sources, hit.source) != sources.end()) by_part[hit.part].push_back(&hit);
  }
  std::map<std::uint32_t, std::string> replacements;
  for (auto& [part, hits] : by_part) {
    // Of overlapping hits, the longest from the left.
    std::ranges::sort(hits, [](const Hit* a, const Hit* b) {
      return a->begin != b->begin ? a->begin < b->begin : a->end > b->end;
    });
    const std::string_view original = text.parts()[part].text;
    std::string replaced;
    std::size_t done = 0;
    for (const Hit* hit : hits) {
      if (hit->end <= done) continue;
      if (hit->begin >= done) {
        replaced.append(original.substr(done, hit->begin - done)).append(hit->replacement);
      } else {
        replaced.append("***");  // the rest of one that begins inside another
      }
      done = hit->end;
    }
    replaced.append(original.substr(done));
    replacements.emplace(part, std::move(replaced));
  }
  return replace_parts(content, replacements);
}

}  // namespace kuramori::governance
