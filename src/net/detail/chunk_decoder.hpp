// The chunked transfer coding (RFC 9112, 7.1), strictly: CRLF alone ends a line, extensions and trailers are
// checked and dropped. Written here because the library's decoder asserts on a last chunk that arrives in
// pieces.
#pragma once
#include <cstdint>
#include <string_view>

namespace kuramori::net::detail {

class ChunkDecoder {
 public:
  enum class Outcome : std::uint8_t { NeedMore, Data, Done, Malformed };
  struct Step {
    Outcome outcome;
    std::size_t consumed;   // from the front of the input
    std::string_view data;  // for Data: a part of the body, within what was consumed
  };
  // `input` is everything buffered and not yet consumed.
  Step next(std::string_view input);
  // Of the chunk under way, what is still to come.
  std::uint64_t chunk_left() const { return left_; }

 private:
  enum class State : std::uint8_t { Size, Data, DataEnd, Trailer, Done };
  Step take_size(std::string_view line);
  Step take_trailer(std::string_view line);

  State state_ = State::Size;
  std::uint64_t left_ = 0;
  std::size_t trailer_bytes_ = 0;
};

}  // namespace kuramori::net::detail
