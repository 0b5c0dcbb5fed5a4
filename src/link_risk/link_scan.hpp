// Goes through a visible text from link to link.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "link_risk/link.hpp"

namespace kuramori::link_risk::detail {

struct ScannedLink {
  Link link;
  std::string shown;  // of a markdown link
  std::size_t begin = 0;
  std::size_t end = 0;
};

class LinkScan {
 public:
  LinkScan(const HostReader& hosts, std::string_view text) : hosts_(hosts), text_(text) {}

  std::optional<ScannedLink> next();

 private:
  std::optional<ScannedLink> with_scheme(std::size_t colon);
  std::optional<ScannedLink> without_scheme(std::size_t dot);
  std::size_t end_of_link(std::size_t begin, std::size_t authority) const;
  std::size_t end_of_path(std::size_t at) const;
  bool belongs_to_identifier(std::size_t begin) const;
  std::string markdown_text(std::size_t begin) const;

  const HostReader& hosts_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t free_from_ = 0;  // behind the last link
};

}  // namespace kuramori::link_risk::detail
