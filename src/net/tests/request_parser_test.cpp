// What the parser takes and what it refuses, each also one byte at a time.
#include "net/detail/request_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kuramori::net::detail {
namespace {

constexpr ParserLimits kLimits{.header_bytes_max = 600, .target_bytes_max = 100, .header_fields_max = 10};
constexpr std::size_t kBodyMax = 20;

// "<method> <path> <body>" of the first request, or the status of the refusal, or "more".
std::string parse(std::string_view input, std::size_t step) {
  Request request;
  RequestParser parser(request, kLimits);
  std::size_t begin = 0;
  std::size_t read = 0;
  for (;;) {
    const auto result = parser.feed(input.substr(begin, read - begin));
    begin += result.consumed;
    bool is_complete = result.progress == Progress::Complete;
    if (result.progress == Progress::Failed) return std::to_string(parser.refusal().status);
    if (result.progress == Progress::HeaderDone) {
      is_complete = !parser.has_body();
      if (!is_complete && !parser.accept_body(BodyUse::Keep, kBodyMax)) {
        return std::to_string(parser.refusal().status);
      }
    }
    if (is_complete) return std::string(to_string(request.method)) + " " + request.path + " " + request.body;
    if (result.progress == Progress::NeedMore && result.consumed == 0) {
      if (read == input.size()) return "more";
      read = std::min(input.size(), read + step);
    }
  }
}

struct Case {
  std::string name;
  std::string input;
  std::string expected;
};

class Parsing : public ::testing::TestWithParam<Case> {};

TEST_P(Parsing, IsAsTheTableSays) {
  EXPECT_EQ(parse(GetParam().input, GetParam().input.size()), GetParam().expected);
  EXPECT_EQ(parse(GetParam().input, 1), GetParam().expected);
  EXPECT_EQ(parse(GetParam().input, 7), GetParam().expected);
}

std::string with(const std::string& fields, const std::string& body = "") {
  return "POST /p HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n" + body;
}
std::string chunked(const std::string& body) {
  return with("Transfer-Encoding: chunked\r\n", body);
}

INSTANTIATE_TEST_SUITE_P(
    Valid, Parsing,
    ::testing::Values(Case{"Get", "GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a "},
                      Case{"EmptyLinesBefore", "\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a "},
                      Case{"Http10WithoutHost", "GET /a HTTP/1.0\r\n\r\n", "GET /a "},
                      Case{"Absolute", "GET http://h/a HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a "},
                      Case{"OptionsStar", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS * "},
                      Case{"Patch", "PATCH /a HTTP/1.1\r\nHost: h\r\n\r\n", "PATCH /a "},
                      Case{"UnknownMethod", "BREW /a HTTP/1.1\r\nHost: h\r\n\r\n", "OTHER /a "},
                      Case{"EmptyValue", with("X-Empty:\r\n"), "POST /p "},
                      Case{"Length", with("Content-Length: 4\r\n", "a\r\nb"), "POST /p a\r\nb"},
                      Case{"LengthZero", with("Content-Length: 0\r\n"), "POST /p "},
                      Case{"LengthAtLimit", with("Content-Length: 20\r\n", std::string(20, 'x')),
                           "POST /p " + std::string(20, 'x')},
                      Case{"Chunked", chunked("3\r\nabc\r\n0\r\n\r\n"), "POST /p abc"},
                      Case{"ChunkedUpperCase",
                           with("TRANSFER-ENCODING: Chunked\r\n", "A\r\n0123456789\r\n0\r\n\r\n"),
                           "POST /p 0123456789"},
                      Case{"ChunkedExtensionAndTrailer",
                           chunked("1;a=\"b\"\r\nx\r\n00;z\r\nTrailer: 1\r\nContent-Length: 9\r\n\r\n"),
                           "POST /p x"},
                      Case{"ChunkedEmpty", chunked("0\r\n\r\n"), "POST /p "},
                      Case{"Unfinished", "GET /a HTTP/1.1\r\nHost: h\r\n", "more"},
                      Case{"UnfinishedChunk", chunked("3\r\nab"), "more"}),
    [](const auto& tested) { return tested.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Ambiguous, Parsing,
    ::testing::Values(
        Case{"BothLengths", with("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "400"},
        Case{"BothLengthsTurned", with("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n"),
             "400"},
        Case{"TwoLengths", with("Content-Length: 4\r\nContent-Length: 4\r\n", "abcd"), "400"},
        Case{"TwoDifferentLengths", with("Content-Length: 4\r\nContent-Length: 5\r\n", "abcde"), "400"},
        Case{"LengthList", with("Content-Length: 4, 4\r\n", "abcd"), "400"},
        Case{"LengthSigned", with("Content-Length: +4\r\n", "abcd"), "400"},
        Case{"LengthNegative", with("Content-Length: -4\r\n", "abcd"), "400"},
        Case{"LengthHex", with("Content-Length: 0x4\r\n", "abcd"), "400"},
        Case{"LengthOverflow", with("Content-Length: 99999999999999999999999\r\n"), "400"},
        Case{"LengthEmpty", with("Content-Length:\r\n"), "400"},
        Case{"TwoCodings", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
             "400"},
        Case{"OtherCoding", with("Transfer-Encoding: gzip\r\n"), "501"},
        Case{"CodingList", with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), "501"},
        Case{"ChunkedTwice", with("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), "501"},
        Case{"CodingInHttp10", "POST /p HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
        Case{"Folded", with("X-A: b\r\n c\r\n"), "400"}, Case{"FoldedTab", with("X-A: b\r\n\tc\r\n"), "400"},
        Case{"FoldedFirst", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", "400"},
        Case{"BareLineFeed", "GET / HTTP/1.1\nHost: h\n\n", "400"},
        Case{"BareLineFeedInFields", with("X-A: b\nX-B: c\r\n"), "400"},
        Case{"BareCarriageReturn", with("X-A: b\rX-B: c\r\n"), "400"},
        Case{"NulInValue", with(std::string("X-A: b\0c\r\n", 10)), "400"},
        Case{"SpaceBeforeColon", with("Content-Length : 4\r\n", "abcd"), "400"},
        Case{"NoName", with(": b\r\n"), "400"}, Case{"NoColon", with("Something\r\n"), "400"},
        Case{"NoHost", "GET / HTTP/1.1\r\n\r\n", "400"},
        Case{"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"}),
    [](const auto& tested) { return tested.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Malformed, Parsing,
    ::testing::Values(
        Case{"Version2", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", "505"},
        Case{"NoVersion", "GET /\r\nHost: h\r\n\r\n", "400"},
        Case{"NoTarget", "GET  HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
        Case{"Authority", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
        Case{"StarForGet", "GET * HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
        Case{"BinaryMethod", "\x16\x03\x01 / HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
        Case{"TargetTooLong", "GET /" + std::string(100, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", "414"},
        Case{"TargetEndless", "GET /" + std::string(1'000, 'a'), "414"},
        Case{"FieldTooLong", with("X-A: " + std::string(600, 'a') + "\r\n"), "431"},
        Case{"FieldEndless", "GET / HTTP/1.1\r\nX-A: " + std::string(600, 'a'), "431"},
        Case{"TooManyFields",
             with("A: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\n"), "431"},
        Case{"BodyTooLong", with("Content-Length: 21\r\n"), "413"},
        Case{"ChunksTooLong", chunked("A\r\n0123456789\r\nB\r\n"), "413"},
        Case{"ChunkSizeHuge", chunked("fffffffffffffff\r\n"), "413"},
        Case{"ChunkSizeOverflow", chunked("10000000000000000\r\n"), "400"},
        Case{"ChunkSizeMissing", chunked("\r\nabc"), "400"},
        Case{"ChunkSizeSigned", chunked("+3\r\nabc\r\n"), "400"},
        Case{"ChunkSizePrefixed", chunked("0x3\r\nabc\r\n"), "400"},
        Case{"ChunkSizeSpaced", chunked("3 \r\nabc\r\n"), "400"},
        Case{"ChunkBareLineFeed", chunked("3\nabc\r\n0\r\n\r\n"), "400"},
        Case{"ChunkDataTooLong", chunked("3\r\nabcd\r\n"), "400"},
        Case{"ChunkEndBareLineFeed", chunked("3\r\nabc\n0\r\n\r\n"), "400"},
        Case{"ChunkExtensionEndless", chunked("3;" + std::string(2'000, 'a')), "400"},
        Case{"TrailerFolded", chunked("0\r\nA: b\r\n c\r\n\r\n"), "400"},
        Case{"TrailerBareLineFeed", chunked("0\r\nA: b\n\r\n"), "400"}),
    [](const auto& tested) { return tested.param.name; });

TEST(RequestParser, KeepsHeadersInOrderAndLowerCase) {
  Request request;
  RequestParser parser(request, kLimits);
  const auto step =
      parser.feed("GET /a?x=1&y HTTP/1.1\r\nHost: h\r\nX-One:  First \r\nx-ONE: second\r\n\r\nrest");
  EXPECT_EQ(step.progress, Progress::HeaderDone);
  EXPECT_THAT(request.headers,
              ::testing::ElementsAre(::testing::Pair("host", "h"), ::testing::Pair("x-one", "First"),
                                     ::testing::Pair("x-one", "second")));
  EXPECT_EQ(request.header("x-one"), "First");
  EXPECT_EQ(request.header("absent"), "");
  EXPECT_EQ(parser.encoded_query(), "x=1&y");
  EXPECT_EQ(request.target, "/a?x=1&y");
  EXPECT_TRUE(parser.keep_alive());
}

TEST(RequestParser, LeavesTrailersOutOfTheHeaders) {
  Request request;
  RequestParser parser(request, kLimits);
  const std::string head = chunked("");
  EXPECT_EQ(parser.feed(head).consumed, head.size());
  EXPECT_TRUE(parser.accept_body(BodyUse::Keep, kBodyMax));
  EXPECT_EQ(parser.feed("0\r\nAuthorization: Bearer x\r\n\r\n").progress, Progress::Complete);
  EXPECT_EQ(request.header("authorization"), "");
}

}  // namespace
}  // namespace kuramori::net::detail
