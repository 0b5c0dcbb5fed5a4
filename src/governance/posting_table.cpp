#include "governance/posting_table.hpp"

#include <bit>
#include <cstring>

namespace kuramori::governance {

namespace {

// With this bit a capital of ASCII is its small letter; some signs become one another, which a hash may do.
constexpr std::uint64_t kCaseBits = 0x2020'2020'2020'2020U;

std::uint64_t mixed(std::uint64_t value) {
  value *= 0x9E37'79B9'7F4A'7C15U;
  return value ^ value >> 32U;
}

}  // namespace

std::uint64_t PostingTable::hash_of(unsigned kind, std::string_view name) {
  std::uint64_t hash = mixed(name.size() << 8U | kind);
  std::uint64_t octets = 0;
  for (; name.size() >= sizeof(octets); name.remove_prefix(sizeof(octets))) {
    std::memcpy(&octets, name.data(), sizeof(octets));
    hash = mixed(hash ^ (octets | kCaseBits));
  }
  octets = 0;
  if (!name.empty()) std::memcpy(&octets, name.data(), name.size());
  return mixed(mixed(hash ^ (octets | kCaseBits)));
}

void PostingTable::put(unsigned kind, std::string_view name, Posting posting) {
  open_[hash_of(kind, name)].push_back(posting);
}

void PostingTable::seal() {
  if (open_.empty()) return;
  const std::size_t size = std::bit_ceil(open_.size() * 2);
  tags_.assign(size, 0);
  entries_.assign(size, {});
  for (const auto& [hash, postings] : open_) {
    std::size_t at = hash & (size - 1);
    while (tags_[at] != 0) at = (at + 1) & (size - 1);
    tags_[at] = tag_of(hash);
    entries_[at] = {.hash = hash,
                    .first = static_cast<std::uint32_t>(postings_.size()),
                    .count = static_cast<std::uint32_t>(postings.size())};
    postings_.insert(postings_.end(), postings.begin(), postings.end());
  }
  open_.clear();
}

std::span<const Posting> PostingTable::find(unsigned kind, std::string_view name) const {
  if (tags_.empty()) return {};
  const std::uint64_t hash = hash_of(kind, name);
  const std::size_t mask = tags_.size() - 1;
  for (std::size_t at = hash & mask; tags_[at] != 0; at = (at + 1) & mask) {
    if (tags_[at] == tag_of(hash) && entries_[at].hash == hash)
      return std::span(postings_).subspan(entries_[at].first, entries_[at].count);
  }
  return {};
}

}  // namespace kuramori::governance
