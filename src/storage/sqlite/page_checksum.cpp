#include "storage/sqlite/page_checksum.hpp"

#include <bit>
#include <cstring>

namespace kuramori::storage::sqlite {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the checksum is read and written in little-endian order");

constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87U;
constexpr std::uint64_t kPrime2 = 0xC2B2AE3D27D4EB4FU;
constexpr std::uint64_t kPrime3 = 0x165667B19E3779F9U;
constexpr std::uint64_t kPrime4 = 0x85EBCA77C2B2AE63U;
constexpr std::uint64_t kPrime5 = 0x27D4EB2F165667C5U;

template <class T>
T load(const std::uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

std::uint64_t round(std::uint64_t lane, std::uint64_t input) {
  return std::rotl(lane + input * kPrime2, 31) * kPrime1;
}

std::uint64_t merge(std::uint64_t hash, std::uint64_t lane) {
  return (hash ^ round(0, lane)) * kPrime1 + kPrime4;
}

std::uint64_t stripes(ByteView& data, std::uint64_t seed) {
  std::uint64_t a = seed + kPrime1 + kPrime2;
  std::uint64_t b = seed + kPrime2;
  std::uint64_t c = seed;
  std::uint64_t d = seed - kPrime1;
  for (; data.size() >= 32; data = data.subspan(32)) {
    a = round(a, load<std::uint64_t>(data.data()));
    b = round(b, load<std::uint64_t>(data.data() + 8));
    c = round(c, load<std::uint64_t>(data.data() + 16));
    d = round(d, load<std::uint64_t>(data.data() + 24));
  }
  const std::uint64_t hash = std::rotl(a, 1) + std::rotl(b, 7) + std::rotl(c, 12) + std::rotl(d, 18);
  return merge(merge(merge(merge(hash, a), b), c), d);
}

std::uint64_t tail(ByteView data, std::uint64_t hash) {
  for (; data.size() >= 8; data = data.subspan(8)) {
    hash = std::rotl(hash ^ round(0, load<std::uint64_t>(data.data())), 27) * kPrime1 + kPrime4;
  }
  if (data.size() >= 4) {
    hash = std::rotl(hash ^ (load<std::uint32_t>(data.data()) * kPrime1), 23) * kPrime2 + kPrime3;
    data = data.subspan(4);
  }
  for (const std::uint8_t octet : data) hash = std::rotl(hash ^ (octet * kPrime5), 11) * kPrime1;
  return hash;
}

std::uint64_t checksum(PageView page, std::uint32_t page_number) {
  return xxh64(page.first(kPageBytes - kChecksumBytes), page_number);
}

}  // namespace

// Unsigned arithmetic modulo 2^64 is the algorithm.
std::uint64_t xxh64(ByteView data, std::uint64_t seed) {
  const std::size_t length = data.size();
  std::uint64_t hash = length >= 32 ? stripes(data, seed) : seed + kPrime5;
  hash = tail(data, hash + length);
  hash = (hash ^ (hash >> 33)) * kPrime2;
  hash = (hash ^ (hash >> 29)) * kPrime3;
  return hash ^ (hash >> 32);
}

void write_page_checksum(Page page, std::uint32_t page_number) {
  const std::uint64_t sum = checksum(page, page_number);
  std::memcpy(page.data() + kPageBytes - kChecksumBytes, &sum, kChecksumBytes);
}

bool has_page_checksum(PageView page, std::uint32_t page_number) {
  return load<std::uint64_t>(page.data() + kPageBytes - kChecksumBytes) == checksum(page, page_number);
}

}  // namespace kuramori::storage::sqlite
