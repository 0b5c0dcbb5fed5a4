// Any bytes, as a client may send them: the first byte says how they are cut into reads, the rest is a
// connection's input. However the bytes are cut, the same requests and the same refusal must come out.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "net/detail/request_parser.hpp"
#include "net/detail/target.hpp"

namespace {

using namespace kuramori;
using namespace kuramori::net;
using namespace kuramori::net::detail;

constexpr std::size_t kBodyMax = 1'000;
constexpr std::size_t kRequestsMax = 20;
constexpr ParserLimits kLimits{.header_bytes_max = 2'000, .target_bytes_max = 500, .header_fields_max = 20};

void check(const Request& request, const RequestParser& parser) {
  ensure(request.body.size() <= kBodyMax, "a body is over its limit");
  ensure(request.target.size() <= kLimits.target_bytes_max, "a target is over its limit");
  ensure(request.headers.size() <= kLimits.header_fields_max, "there are too many header fields");
  ensure(!request.path.empty() && (request.path[0] == '/' || request.path == "*"),
         "a path does not begin with a slash");
  const auto query = parse_query(parser.encoded_query());
  if (!query) return;
  for (const auto& [name, value] : *query) {
    ensure(text::is_valid_utf8(name) && text::is_valid_utf8(value), "a query is not UTF-8");
  }
}

void describe(std::string& out, const Request& request, const RequestParser& parser) {
  out.append(to_string(request.method)).append("|").append(request.target).append("|").append(request.path);
  for (const auto& [name, value] : request.headers) out.append("|").append(name).append(":").append(value);
  out.append("|").append(request.body).append(parser.keep_alive() ? "|keep\n" : "|close\n");
}

// What a connection would make of the input, read `step` bytes at a time.
std::string interpret(std::string_view input, std::size_t step) {
  std::string out;
  std::size_t begin = 0;
  std::size_t read = 0;
  std::optional<Request> request(std::in_place);
  std::optional<RequestParser> parser(std::in_place, *request, kLimits);
  for (std::size_t requests = 0; requests < kRequestsMax;) {
    const auto result = parser->feed(input.substr(begin, read - begin));
    ensure(result.consumed <= read - begin, "more is consumed than was given");
    begin += result.consumed;
    bool is_complete = result.progress == Progress::Complete;
    if (result.progress == Progress::Failed) return out + "refused";
    if (result.progress == Progress::HeaderDone) {
      is_complete = !parser->has_body();
      if (!is_complete && !parser->accept_body(BodyUse::Keep, kBodyMax)) return out + "refused";
    }
    if (is_complete) {
      check(*request, *parser);
      describe(out, *request, *parser);
      ++requests;
      parser.reset();
      request.emplace();
      parser.emplace(*request, kLimits);
    } else if (result.progress == Progress::NeedMore && result.consumed == 0) {
      if (read == input.size()) return out;
      read = std::min(input.size(), read + step);
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = interpret(input, input.size());
  ensure(interpret(input, std::size_t{1} + data[0]) == whole, "how bytes are cut changes what they mean");
  return 0;
}
