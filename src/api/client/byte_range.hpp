// One range of octets of a request (RFC 9110, 14).
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace kuramori::api::client {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t end = 0;  // beyond the last
};

enum class RangeWish : std::uint8_t { Whole, Part, Unsatisfiable };

struct RangeAnswer {
  RangeWish wish = RangeWish::Whole;
  ByteRange range;  // for Part
};

// What a Range header asks of a file. What is malformed, of another unit, or several ranges is ignored, as
// the specification permits: the answer is then the whole file.
RangeAnswer read_range(std::string_view header, std::uint64_t file_bytes);

}  // namespace kuramori::api::client
