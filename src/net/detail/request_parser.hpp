// Bytes to one Request. Knows no socket, so that it can be fuzzed.
//
//   RequestParser parser(request, limits);
//   auto step = parser.feed(input);            // NeedMore, HeaderDone, Complete or Failed; says how much it
//   consumed parser.accept_body(BodyUse::Keep, 65'536); // after HeaderDone, before going on
//
// Stricter than its library: no bare LF, no folded lines, one Content-Length, never together with
// Transfer-Encoding, exactly one Host in HTTP/1.1 (RFC 9112, 2.2, 3.2, 5.2, 6.3). The header must fit the
// caller's buffer whole.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "net/detail/refusal.hpp"
#include "net/http_types.hpp"

namespace kuramori::net::detail {

struct ParserLimits {
  std::size_t header_bytes_max = 16'384;
  std::size_t target_bytes_max = 8'192;
  std::size_t header_fields_max = 100;
};

enum class Progress : std::uint8_t { NeedMore, HeaderDone, Complete, Failed };
enum class BodyUse : std::uint8_t { Keep, Discard, Stream };

class RequestParser {
 public:
  // Fills `request`; both arguments outlive the parser.
  RequestParser(Request& request, const ParserLimits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  struct Step {
    Progress progress;
    std::size_t consumed;
  };
  // `input` is everything buffered and not yet consumed.
  Step feed(std::string_view input);

  // What to do with the body. One that is longer fails with 413: false when its declared length is already
  // too much.
  bool accept_body(BodyUse use, std::size_t bytes_max);

  // Of a body that is streamed: what `input` holds of it, copied into `into`. Complete may come with octets.
  struct Taken {
    Progress progress;
    std::size_t consumed;
    std::size_t taken;
  };
  Taken take_body(std::string_view input, std::span<std::uint8_t> into);
  // How many octets of the body come next, so that they can be received in their place; 0 when only the
  // parser can say.
  std::uint64_t direct_left() const;
  // So many were. Complete or NeedMore.
  Progress took_directly(std::size_t count);
  // The length that the client declared; nothing with the chunked transfer coding.
  std::optional<std::uint64_t> declared_bytes() const;

  bool is_header_done() const;
  // From HeaderDone on.
  bool has_body() const;
  bool keep_alive() const;
  bool is_http_1_0() const;
  bool expects_continue() const;
  std::string_view encoded_query() const;
  std::size_t body_received() const;

  const Refusal& refusal() const;  // after Failed

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::net::detail
