// The last octets of every database page hold a checksum of the rest and of the page's number, so that a page
// that rotted, was changed, or was written to another page's place is noticed when it is read.
#pragma once
#include <cstdint>
#include <span>

#include "base/bytes.hpp"

namespace kuramori::storage::sqlite {

constexpr std::size_t kPageBytes = 4096;

// SQLite keeps its locks at this place of the file: no page of a database ever has this number.
constexpr std::uint32_t lock_page(std::size_t page_bytes = kPageBytes) {
  return static_cast<std::uint32_t>((std::size_t{1} << 30U) / page_bytes + 1);
}
constexpr std::size_t kChecksumBytes = 8;

using Page = std::span<std::uint8_t, kPageBytes>;
using PageView = std::span<const std::uint8_t, kPageBytes>;

// XXH64 of its published specification (github.com/Cyan4973/xxHash, doc/xxhash_spec.md).
std::uint64_t xxh64(ByteView data, std::uint64_t seed);

void write_page_checksum(Page page, std::uint32_t page_number);
bool has_page_checksum(PageView page, std::uint32_t page_number);

}  // namespace kuramori::storage::sqlite
