// Any bytes as the body of a request that is streamed: the first says how they are cut into reads, the second
// how much is asked for at a time, the third whether the body is chunked or has a length. However that is,
// the same body must come out, never more than is permitted, and nothing of what follows it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/assert.hpp"
#include "net/detail/chunk_decoder.hpp"
#include "net/detail/request_parser.hpp"

namespace {

using kuramori::ensure;
using namespace kuramori::net;
using namespace kuramori::net::detail;

constexpr std::size_t kBodyMax = 3'000;
constexpr std::size_t kHeaderMax = 2'000;
constexpr ParserLimits kLimits{.header_bytes_max = kHeaderMax};  // the parser keeps a reference

struct Body {
  enum class End : std::uint8_t { Waiting, Complete, Failed } end = End::Waiting;
  std::string text;
  std::size_t consumed = 0;  // of the input
};

// What a connection would make of it: `step` octets are read at a time, `room` are asked for.
Body interpret(std::string_view head, std::string_view input, std::size_t step, std::size_t room) {
  Request request;
  RequestParser parser(request, kLimits);
  const auto begun = parser.feed(head);
  ensure(begun.progress == Progress::HeaderDone, "the head is whole");
  Body body;
  if (!parser.accept_body(BodyUse::Stream, kBodyMax))
    return {.end = Body::End::Failed, .text = {}, .consumed = 0};
  std::vector<std::uint8_t> into(room);
  std::size_t read = 0;
  for (;;) {
    const auto part = parser.take_body(input.substr(body.consumed, read - body.consumed), into);
    ensure(part.consumed <= read - body.consumed && part.taken <= room,
           "more is taken than there is, or room");
    body.consumed += part.consumed;
    body.text.append(reinterpret_cast<const char*>(into.data()), part.taken);
    ensure(body.text.size() <= kBodyMax, "a body is over its limit");
    if (part.progress == Progress::Failed) {
      body.end = Body::End::Failed;
      return body;
    }
    if (part.progress == Progress::Complete) {
      body.end = Body::End::Complete;
      return body;
    }
    if (part.consumed > 0 || part.taken > 0) continue;
    if (read == input.size()) return body;
    const std::size_t more = std::min(step, input.size() - read);
    const std::uint64_t direct = read == body.consumed ? parser.direct_left() : 0;
    if (direct == 0) {
      read += more;
      continue;
    }
    // As the connection does it: what can be received in its place is not copied.
    const std::size_t count = std::min({more, static_cast<std::size_t>(direct), room});
    body.text.append(input.substr(read, count));
    read += count;
    body.consumed = read;
    ensure(body.text.size() <= kBodyMax, "a body is over its limit");
    if (parser.took_directly(count) == Progress::Complete) {
      body.end = Body::End::Complete;
      return body;
    }
  }
}

void decode_alone(std::string_view input) {
  ChunkDecoder decoder;
  std::size_t begin = 0;
  for (;;) {
    const auto step = decoder.next(input.substr(begin));
    ensure(step.consumed <= input.size() - begin, "more is consumed than there is");
    ensure(step.data.size() <= step.consumed, "data lies within what was consumed");
    begin += step.consumed;
    if (step.outcome == ChunkDecoder::Outcome::Done || step.outcome == ChunkDecoder::Outcome::Malformed)
      return;
    if (step.consumed == 0) return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 3, size - 3);
  std::string head = "POST /x HTTP/1.1\r\nHost: t\r\n";
  head +=
      (data[2] & 1) == 0 ? "Transfer-Encoding: chunked" : "Content-Length: " + std::to_string(data[2] * 10);
  head += "\r\n\r\n";
  const Body whole = interpret(head, input, input.size(), kBodyMax + 1);
  const Body cut = interpret(head, input, std::size_t{1} + data[0], std::size_t{1} + data[1]);
  ensure(whole.end == cut.end, "how bytes are cut changes how a body ends");
  if (whole.end == Body::End::Complete) {
    ensure(whole.text == cut.text, "how bytes are cut changes a body");
    ensure(whole.consumed == cut.consumed, "a body takes something of what follows it");
  }
  decode_alone(input);
  return 0;
}
