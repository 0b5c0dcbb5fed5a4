#include "sandbox/documents/compound_file.hpp"

#include <algorithm>
#include <set>

#include "sandbox/documents/charset.hpp"

namespace kuramori::sandbox::documents {
namespace {

constexpr std::uint32_t kLastRegular = 0xFFFFFFFA;  // [MS-CFB] 2.1
constexpr std::size_t kHeaderBytes = 512;
constexpr std::size_t kEntryBytes = 128;
constexpr std::size_t kEntriesMax = 50'000;
constexpr std::uint32_t kNoEntry = 0xFFFFFFFF;
constexpr std::uint8_t kStream = 2;
constexpr std::uint8_t kRoot = 5;

}  // namespace

std::uint32_t read_u16(ByteView bytes, std::size_t at) {
  if (at > bytes.size() || bytes.size() - at < 2) return 0;
  return static_cast<std::uint32_t>(bytes[at] | (bytes[at + 1] << 8));
}

std::uint32_t read_u32(ByteView bytes, std::size_t at) {
  return read_u16(bytes, at) | (read_u16(bytes, at + 2) << 16);
}

CompoundFile::CompoundFile(ByteView content) : content_(content) {
  if (content.size() < kHeaderBytes) return;
  const std::uint32_t shift = read_u16(content, 30);
  const std::uint32_t small_shift = read_u16(content, 32);
  if ((shift != 9 && shift != 12) || small_shift != 6) return;
  sector_bytes_ = std::size_t{1} << shift;
  small_limit_ = read_u32(content, 56);
  read_table();
  read_directory(read_u32(content, 48));
  if (entries_.empty()) return;
  const Bytes small = read_chain(read_u32(content, 60), content.size());
  for (std::size_t at = 0; at + 4 <= small.size(); at += 4) small_table_.push_back(read_u32(small, at));
  is_good_ = true;
}

// [MS-CFB] 2.3 and 2.5: the sectors of the table are listed in the header, then in a chain of their own.
void CompoundFile::read_table() {
  std::vector<std::uint32_t> sectors;
  const std::size_t sectors_max = content_.size() / sector_bytes_ + 1;
  for (std::size_t i = 0; i < 109; ++i) sectors.push_back(read_u32(content_, 76 + 4 * i));
  std::uint32_t next = read_u32(content_, 68);
  const std::size_t per_sector = sector_bytes_ / 4 - 1;
  for (std::size_t seen = 0; next < kLastRegular && seen < sectors_max; ++seen) {
    const std::uint64_t begin = (std::uint64_t{next} + 1) * sector_bytes_;
    if (begin + sector_bytes_ > content_.size()) break;
    for (std::size_t i = 0; i < per_sector; ++i) sectors.push_back(read_u32(content_, begin + 4 * i));
    next = read_u32(content_, begin + 4 * per_sector);
  }
  for (const std::uint32_t sector : sectors) {
    if (sector >= kLastRegular || table_.size() > sectors_max) continue;
    const std::uint64_t begin = (std::uint64_t{sector} + 1) * sector_bytes_;
    if (begin + sector_bytes_ > content_.size()) continue;
    for (std::size_t i = 0; i < sector_bytes_ / 4; ++i) table_.push_back(read_u32(content_, begin + 4 * i));
  }
}

std::uint32_t CompoundFile::next_sector(std::uint32_t sector) const {
  return sector < table_.size() ? table_[sector] : kLastRegular;
}

Bytes CompoundFile::read_chain(std::uint32_t first, std::uint64_t bytes_max) const {
  Bytes bytes;
  const std::size_t sectors_max = content_.size() / sector_bytes_ + 1;  // a longer chain is a ring
  std::size_t seen = 0;
  for (std::uint32_t sector = first; sector < kLastRegular && bytes.size() < bytes_max && seen < sectors_max;
       ++seen) {
    const std::uint64_t begin = (std::uint64_t{sector} + 1) * sector_bytes_;
    if (begin >= content_.size()) break;
    const ByteView piece =
        content_.subspan(begin, std::min<std::uint64_t>(sector_bytes_, content_.size() - begin));
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    sector = next_sector(sector);
  }
  if (bytes.size() > bytes_max) bytes.resize(bytes_max);
  return bytes;
}

Bytes CompoundFile::read_small_chain(std::uint32_t first, std::uint64_t bytes_wanted) const {
  Bytes bytes;
  std::size_t seen = 0;
  for (std::uint32_t sector = first;
       sector < small_table_.size() && bytes.size() < bytes_wanted && seen <= small_table_.size(); ++seen) {
    const std::size_t begin = sector * small_sector_bytes_;
    if (begin + small_sector_bytes_ > small_stream_.size()) break;
    const ByteView piece = ByteView(small_stream_).subspan(begin, small_sector_bytes_);
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    sector = small_table_[sector];
  }
  if (bytes.size() > bytes_wanted) bytes.resize(bytes_wanted);
  return bytes;
}

// [MS-CFB] 2.6: entries form a tree of siblings below each storage; walked without recursion, each entry
// once.
void CompoundFile::read_directory(std::uint32_t first) {
  const Bytes directory =
      read_chain(first, std::min<std::uint64_t>(content_.size(), kEntriesMax * kEntryBytes));
  const std::size_t count = directory.size() / kEntryBytes;
  struct Waiting {
    std::uint32_t entry;
    std::string parent;
  };
  std::vector<Waiting> waiting{{0, ""}};
  std::set<std::uint32_t> seen;
  while (!waiting.empty()) {
    const Waiting at = std::move(waiting.back());
    waiting.pop_back();
    if (at.entry >= count || !seen.insert(at.entry).second) continue;
    const ByteView entry = ByteView(directory).subspan(at.entry * kEntryBytes, kEntryBytes);
    const std::size_t name_bytes = std::min<std::size_t>(read_u16(entry, 64), 64);
    const std::string name =
        decode_as(entry.first(name_bytes > 2 ? name_bytes - 2 : 0), "UTF-16LE").value_or("?");
    Entry read{.path = at.parent.empty() ? name : at.parent + "/" + name,
               .type = entry[66],
               .first_sector = read_u32(entry, 116),
               .bytes = read_u32(entry, 120)};
    const bool is_root = at.entry == 0;
    if (is_root) {
      if (read.type != kRoot) return;
      small_stream_ = read_chain(read.first_sector, read.bytes);
      read.path.clear();
    }
    const std::string children_of = read.path;
    for (const std::size_t link : {std::size_t{68}, std::size_t{72}}) {
      if (const std::uint32_t sibling = read_u32(entry, link); sibling != kNoEntry && !is_root)
        waiting.push_back({sibling, at.parent});
    }
    if (const std::uint32_t child = read_u32(entry, 76); child != kNoEntry)
      waiting.push_back({child, children_of});
    entries_.push_back(std::move(read));
  }
}

std::vector<std::string> CompoundFile::names() const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_) names.push_back(entry.path);
  return names;
}

bool CompoundFile::has(std::string_view name) const {
  return std::ranges::any_of(entries_, [name](const Entry& entry) { return entry.path == name; });
}

std::optional<Bytes> CompoundFile::stream(std::string_view name) const {
  const auto entry =
      std::ranges::find_if(entries_, [name](const Entry& e) { return e.type == kStream && e.path == name; });
  if (entry == entries_.end()) return std::nullopt;
  if (entry->bytes < small_limit_) return read_small_chain(entry->first_sector, entry->bytes);
  return read_chain(entry->first_sector, entry->bytes);
}

}  // namespace kuramori::sandbox::documents
