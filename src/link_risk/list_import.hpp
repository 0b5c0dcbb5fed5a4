// Reads lists that others publish: hosts files, CSV tables, plain lists of domains or links.
//
//   Result<ImportedList> list = import_list(hosts, text, {.format = ListFormat::HostsFile, .source =
//   "feed"});
//
// CSV columns: pattern (required), match (host, domain, path), action (block, allow), reason, expires (RFC
// 3339, or a date). A line that cannot be read is reported with its number and left out.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "link_risk/link_lists.hpp"

namespace kuramori::link_risk {

enum class ListFormat : std::uint8_t { HostsFile, Csv, Domains };
std::string_view to_string(ListFormat format);
std::optional<ListFormat> list_format_named(std::string_view name);

struct ImportOptions {
  ListFormat format = ListFormat::Domains;
  ListAction action = ListAction::Block;  // of entries that do not say
  std::string source = {};
  std::string reason = {};
  std::optional<Timestamp> expires = {};
  std::size_t octets_max = 256 * 1024 * 1024;
  std::size_t entries_max = LinkLists::kEntriesMax;
};

struct BadLine {
  std::size_t line = 0;  // from 1
  std::string problem;
};

struct ImportedList {
  static constexpr std::size_t kBadLinesMax = 100;

  std::vector<ListEntry> entries;  // each pattern once
  std::size_t bad = 0;
  std::vector<BadLine> bad_lines;  // the first of them
};

// TooLarge over the bounds; InvalidArgument for CSV without a column "pattern".
Result<ImportedList> import_list(const HostReader& hosts, std::string_view text,
                                 const ImportOptions& options);

// "2026-12-31", "2026-12-31T15:00:00Z".
std::optional<Timestamp> read_time(std::string_view written);

}  // namespace kuramori::link_risk
