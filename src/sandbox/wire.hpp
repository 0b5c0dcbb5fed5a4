// Small binary records of what crosses the sandbox's pipe: integers little-endian, texts with their length
// before them. Reading never goes beyond its input; what was missing is noticed at the end.
#pragma once
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace kuramori::sandbox {

class WireWriter {
 public:
  WireWriter& number(std::uint64_t value, std::size_t bytes);
  WireWriter& u8(std::uint8_t value) { return number(value, 1); }
  WireWriter& u32(std::uint32_t value) { return number(value, 4); }
  WireWriter& u64(std::uint64_t value) { return number(value, 8); }
  WireWriter& text(std::string_view value);
  Bytes take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

class WireReader {
 public:
  explicit WireReader(ByteView bytes) : rest_(bytes) {}
  std::uint64_t number(std::size_t bytes);
  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  std::string text();
  // Everything was there, and nothing is left over.
  bool is_whole() const { return is_good_ && rest_.empty(); }
  // Nothing was missing so far.
  bool is_good() const { return is_good_; }

 private:
  ByteView rest_;
  bool is_good_ = true;
};

}  // namespace kuramori::sandbox
