// Any list is read within bounds, and every entry that was read finds itself.
#include <cstdint>

#include "link_risk/list_import.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  using namespace kuramori::link_risk;
  if (size < 2 || size > 65'536) return 0;
  static const HostReader hosts(PublicSuffixes::built_in());
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const ImportOptions options{
      .format = static_cast<ListFormat>(data[0] % 3), .source = "feed", .entries_max = 5000};
  const auto list = import_list(hosts, input, options);
  if (!list) return 0;
  if (list->bad_lines.size() > ImportedList::kBadLinesMax || list->bad < list->bad_lines.size())
    __builtin_trap();
  LinkLists::Builder builder;
  for (const ListEntry& entry : list->entries) builder.add(entry);
  const auto lists = std::move(builder).build();
  for (const ListEntry& entry : list->entries) {
    if (entry.expires) continue;
    const auto link = read_link(hosts, entry.pattern);
    if (!link || !lists->find(*link, from_unix_ms(0))) __builtin_trap();
  }
  return 0;
}
