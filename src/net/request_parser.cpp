#include "net/detail/request_parser.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <cstring>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "net/detail/chunk_decoder.hpp"
#include "net/detail/target.hpp"

namespace kuramori::net::detail {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

constexpr std::size_t kBodyReserveMax = 65'536;  // a declared length alone buys no memory

Method to_method(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return Method::Get;
    case http::verb::head:
      return Method::Head;
    case http::verb::post:
      return Method::Post;
    case http::verb::put:
      return Method::Put;
    case http::verb::delete_:
      return Method::Delete;
    case http::verb::options:
      return Method::Options;
    case http::verb::patch:
      return Method::Patch;
    default:
      return Method::Other;
  }
}

std::string_view view(string_view text) {
  return {text.data(), text.size()};
}

// Finds the end of the header, and refuses what recipients read differently. Goes on where it stopped.
class HeaderScan {
 public:
  enum class Found : std::uint8_t { Nothing, End, BadLine };

  Found scan(std::string_view input) {
    while (at_ < input.size()) {
      const auto* hit = static_cast<const char*>(std::memchr(input.data() + at_, '\n', input.size() - at_));
      if (hit == nullptr) {
        at_ = input.size();
        break;
      }
      const auto line_feed = static_cast<std::size_t>(hit - input.data());
      if (line_feed == 0 || input[line_feed - 1] != '\r') return Found::BadLine;
      if (line_feed + 1 == line_start_ + 2 && lines_ > 0) {
        end_ = line_feed + 1;
        return Found::End;
      }
      if (lines_ == 0) first_line_ = line_feed + 1;
      const char first = input[line_start_];
      if (lines_ > 0 && (first == ' ' || first == '\t')) return Found::BadLine;
      line_start_ = line_feed + 1;
      at_ = line_start_;
      ++lines_;
    }
    return Found::Nothing;
  }
  std::size_t end() const { return end_; }
  std::size_t lines() const { return lines_; }
  std::size_t first_line() const { return first_line_; }  // its size, 0 while unknown

 private:
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  std::size_t lines_ = 0;
  std::size_t first_line_ = 0;
  std::size_t end_ = 0;
};

}  // namespace

struct RequestParser::State final : http::basic_parser<true> {
  State(Request& r, const ParserLimits& l) : request(r), limits(l) {
    eager(false);
    body_limit(boost::none);
    header_limit(static_cast<std::uint32_t>(limits.header_bytes_max + 4));
  }

  Request& request;
  const ParserLimits& limits;
  HeaderScan scan;
  Refusal refusal;
  BodyUse body_use = BodyUse::Discard;
  std::size_t body_bytes_max = 0;
  std::size_t body_received = 0;
  std::uint64_t length_left = 0;
  std::optional<ChunkDecoder> chunks;
  std::size_t query_offset = 0;  // into request.target
  std::uint8_t hosts = 0;
  std::uint8_t content_lengths = 0;
  std::uint8_t transfer_encodings = 0;
  bool expects_continue = false;
  bool http_1_0 = false;
  bool is_reading_header = true;

  void refuse(const Refusal& why, error_code& ec) {
    refusal = why;
    ec = http::error::bad_value;
  }

  void on_request_impl(http::verb verb, string_view, string_view target, int version,
                       error_code& ec) override {
    ec = {};
    if (target.size() > limits.target_bytes_max) return refuse(kTargetTooLong, ec);
    request.method = to_method(verb);
    request.target.assign(target.data(), target.size());
    http_1_0 = version < 11;
    if (request.method == Method::Options && request.target == "*") {
      request.path = "*";
      return;
    }
    const auto parts = split_target(request.target);
    if (!parts) return refuse(kMalformed, ec);
    request.path = parts->path;
    query_offset = request.target.size() - parts->query.size();
  }

  void on_field_impl(http::field field, string_view name, string_view value, error_code& ec) override {
    ec = {};
    if (request.headers.size() >= limits.header_fields_max) return refuse(kHeaderTooLarge, ec);
    switch (field) {
      case http::field::host:
        ++hosts;
        break;
      case http::field::content_length:
        if (++content_lengths > 1 || view(value).find(',') != std::string_view::npos) {
          return refuse(kAmbiguousLength, ec);
        }
        break;
      case http::field::transfer_encoding:
        if (++transfer_encodings > 1) return refuse(kAmbiguousLength, ec);
        if (text::to_lower_ascii(view(value)) != "chunked") return refuse(kBadTransferCoding, ec);
        break;
      case http::field::expect:
        if (text::to_lower_ascii(view(value)) != "100-continue") return refuse(kBadExpectation, ec);
        expects_continue = true;
        break;
      default:
        break;
    }
    request.headers.emplace_back(text::to_lower_ascii(view(name)), view(value));
  }

  void on_header_impl(error_code& ec) override {
    ec = {};
    is_reading_header = false;
    if (content_lengths + transfer_encodings > 1) return refuse(kAmbiguousLength, ec);
    // HTTP/1.0 knows no transfer coding: an intermediary may have framed this differently (RFC 9112, 6.1).
    if (http_1_0 && transfer_encodings != 0) return refuse(kAmbiguousLength, ec);
    if (chunked()) {
      chunks.emplace();
    } else {
      length_left = content_length().value_or(0);
    }
    if (hosts > 1 || (hosts == 0 && !http_1_0)) return refuse(kMalformed, ec);
  }

  // The library parses the header alone; the body is framed below.
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code& ec) override { ec = {}; }
  std::size_t on_body_impl(string_view, error_code& ec) override { return ec = {}, 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code& ec) override { ec = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code& ec) override { return ec = {}, 0; }
  void on_finish_impl(error_code& ec) override { ec = {}; }
  void on_response_impl(int, string_view, int, error_code& ec) override { ec = {}; }

  void take(std::string_view part) {
    body_received += part.size();
    if (body_use == BodyUse::Keep) request.body.append(part);
  }

  Step failed(const Refusal& why) {
    if (!refusal) refusal = why;
    return {Progress::Failed, 0};
  }

  Step feed_header(std::string_view input);
  Step feed_body(std::string_view input);
};

RequestParser::Step RequestParser::State::feed_header(std::string_view input) {
  // Empty lines before a request are to be ignored (RFC 9112, 2.2).
  std::size_t skipped = 0;
  if (scan.lines() == 0) {
    while (input.substr(skipped).starts_with("\r\n")) skipped += 2;
    if (skipped > 0) {
      scan = {};
      return {Progress::NeedMore, skipped};
    }
  }
  const HeaderScan::Found found = scan.scan(input);
  if (found == HeaderScan::Found::BadLine) return failed(kMalformed);
  constexpr std::size_t kAroundTarget = 64;  // method, version and spaces
  const std::size_t first_line = scan.lines() == 0 ? input.size() : scan.first_line();
  if (first_line > limits.target_bytes_max + kAroundTarget) return failed(kTargetTooLong);
  if (found == HeaderScan::Found::Nothing) {
    return input.size() > limits.header_bytes_max ? failed(kHeaderTooLarge) : Step{Progress::NeedMore, 0};
  }
  if (scan.end() > limits.header_bytes_max) return failed(kHeaderTooLarge);
  request.headers.reserve(std::min(scan.lines(), limits.header_fields_max));
  error_code ec;
  const std::size_t consumed = put({input.data(), scan.end()}, ec);
  if (ec == http::error::bad_version) return failed(kBadVersion);
  if (ec == http::error::bad_transfer_encoding || ec == http::error::bad_content_length) {
    return failed(kAmbiguousLength);
  }
  if (ec || !is_header_done() || consumed != scan.end()) return failed(kMalformed);
  return {Progress::HeaderDone, consumed};
}

RequestParser::Step RequestParser::State::feed_body(std::string_view input) {
  if (!chunks) {
    const std::string_view part = input.substr(0, length_left);
    take(part);
    length_left -= part.size();
    return {length_left == 0 ? Progress::Complete : Progress::NeedMore, part.size()};
  }
  std::size_t consumed = 0;
  for (;;) {
    const ChunkDecoder::Step step = chunks->next(input.substr(consumed));
    consumed += step.consumed;
    if (step.outcome == ChunkDecoder::Outcome::Malformed) return failed(kMalformed);
    if (chunks->chunk_left() + step.data.size() > body_bytes_max - body_received)
      return failed(kBodyTooLarge);
    take(step.data);
    if (step.outcome == ChunkDecoder::Outcome::Done) return {Progress::Complete, consumed};
    if (step.consumed == 0) return {Progress::NeedMore, consumed};
  }
}

RequestParser::RequestParser(Request& request, const ParserLimits& limits)
    : state_(std::make_unique<State>(request, limits)) {}
RequestParser::~RequestParser() = default;

RequestParser::Step RequestParser::feed(std::string_view input) {
  ensure(!state_->refusal, "a parser is fed after it has failed");
  if (state_->is_reading_header) return state_->feed_header(input);
  return state_->feed_body(input);
}

bool RequestParser::accept_body(BodyUse use, std::size_t bytes_max) {
  state_->body_use = use;
  state_->body_bytes_max = bytes_max;
  if (state_->length_left > bytes_max) {
    state_->refusal = kBodyTooLarge;
    return false;
  }
  if (use == BodyUse::Keep)
    state_->request.body.reserve(std::min<std::size_t>(state_->length_left, kBodyReserveMax));
  return true;
}

RequestParser::Taken RequestParser::take_body(std::string_view input, std::span<std::uint8_t> into) {
  State& s = *state_;
  ensure(!s.refusal, "a parser is fed after it has failed");
  if (!s.chunks) {
    const std::size_t count = std::min({input.size(), into.size(), static_cast<std::size_t>(s.length_left)});
    std::memcpy(into.data(), input.data(), count);
    return {took_directly(count), count, count};
  }
  std::size_t consumed = 0;
  std::size_t taken = 0;
  for (;;) {
    // No more than there is room for is shown to the decoder while it is inside a chunk.
    std::string_view rest = input.substr(consumed);
    if (s.chunks->chunk_left() > 0) {
      if (taken == into.size()) return {Progress::NeedMore, consumed, taken};
      rest = rest.substr(0, into.size() - taken);
    }
    const ChunkDecoder::Step step = s.chunks->next(rest);
    consumed += step.consumed;
    if (step.outcome == ChunkDecoder::Outcome::Malformed) {
      s.refusal = kMalformed;
      return {Progress::Failed, 0, 0};
    }
    if (s.chunks->chunk_left() + step.data.size() > s.body_bytes_max - s.body_received) {
      s.refusal = kBodyTooLarge;
      return {Progress::Failed, 0, 0};
    }
    if (!step.data.empty()) std::memcpy(into.data() + taken, step.data.data(), step.data.size());
    taken += step.data.size();
    s.body_received += step.data.size();
    if (step.outcome == ChunkDecoder::Outcome::Done) return {Progress::Complete, consumed, taken};
    if (step.consumed == 0) return {Progress::NeedMore, consumed, taken};
  }
}

std::uint64_t RequestParser::direct_left() const {
  return state_->chunks ? 0 : state_->length_left;
}

Progress RequestParser::took_directly(std::size_t count) {
  state_->length_left -= count;
  state_->body_received += count;
  return state_->length_left == 0 ? Progress::Complete : Progress::NeedMore;
}

std::optional<std::uint64_t> RequestParser::declared_bytes() const {
  if (state_->chunks) return std::nullopt;
  return state_->body_received + state_->length_left;
}

bool RequestParser::is_header_done() const {
  return !state_->is_reading_header;
}

bool RequestParser::has_body() const {
  return state_->chunks || state_->length_left > 0;
}
bool RequestParser::keep_alive() const {
  return state_->keep_alive();
}
bool RequestParser::is_http_1_0() const {
  return state_->http_1_0;
}
bool RequestParser::expects_continue() const {
  return state_->expects_continue && !state_->http_1_0;
}
std::size_t RequestParser::body_received() const {
  return state_->body_received;
}
const Refusal& RequestParser::refusal() const {
  return state_->refusal;
}

std::string_view RequestParser::encoded_query() const {
  if (state_->query_offset == 0) return {};
  return std::string_view(state_->request.target).substr(state_->query_offset);
}

}  // namespace kuramori::net::detail
