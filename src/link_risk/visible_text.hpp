// A text as it is read: invisible characters left out, wide letters and digits as ASCII, "[.]" and "(dot)" as
// dots. Keeps the way back.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kuramori::link_risk::detail {

struct VisibleText {
  std::string text;
  // For octet i of `text`: the octets of the original that it stands for.
  std::vector<std::uint32_t> begin;
  std::vector<std::uint32_t> end;

  // Something invisible stands between octets `first` and `last` (exclusive).
  bool hides_within(std::size_t first, std::size_t last) const;
};

VisibleText visible_text(std::string_view text);

}  // namespace kuramori::link_risk::detail
