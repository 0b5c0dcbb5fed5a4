#include "sandbox/wire.hpp"

namespace kuramori::sandbox {

WireWriter& WireWriter::number(std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) {
    bytes_.push_back(static_cast<std::uint8_t>(value & 0xFF));
    value >>= 8;
  }
  return *this;
}

WireWriter& WireWriter::text(std::string_view value) {
  u32(static_cast<std::uint32_t>(value.size()));
  const ByteView bytes = as_bytes(value);
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

std::uint64_t WireReader::number(std::size_t bytes) {
  if (rest_.size() < bytes) {
    is_good_ = false;
    rest_ = {};
    return 0;
  }
  std::uint64_t value = 0;
  for (std::size_t i = bytes; i > 0; --i) value = (value << 8) | rest_[i - 1];
  rest_ = rest_.subspan(bytes);
  return value;
}

std::string WireReader::text() {
  const std::uint32_t length = u32();
  if (rest_.size() < length) {
    is_good_ = false;
    rest_ = {};
    return {};
  }
  std::string value(as_text(rest_.first(length)));
  rest_ = rest_.subspan(length);
  return value;
}

}  // namespace kuramori::sandbox
