#include <gtest/gtest.h>

#include "api/client/byte_range.hpp"
#include "api/client/content_disposition.hpp"

namespace kuramori::api::client {
namespace {

struct RangeCase {
  std::string_view header;
  RangeWish wish;
  std::uint64_t first = 0;
  std::uint64_t end = 0;
};

TEST(ByteRangeTest, ReadsOneRangeOfAFileOfAThousand) {
  const RangeCase cases[] = {
      {"bytes=0-0", RangeWish::Part, 0, 1},
      {"bytes=0-999", RangeWish::Part, 0, 1'000},
      {"bytes=10-", RangeWish::Part, 10, 1'000},
      {"Bytes = 10-19", RangeWish::Whole},
      {"BYTES=10-19", RangeWish::Part, 10, 20},
      {"bytes=990-2000", RangeWish::Part, 990, 1'000},
      {"bytes=-1", RangeWish::Part, 999, 1'000},
      {"bytes=-5000", RangeWish::Part, 0, 1'000},
      {"bytes=0-99999999999999999999999999", RangeWish::Part, 0, 1'000},
      {"bytes=0000000000000000000000000000000005-6", RangeWish::Part, 5, 7},
      {"bytes=1000-", RangeWish::Unsatisfiable},
      {"bytes=99999999999999999999-", RangeWish::Unsatisfiable},
      {"bytes=-0", RangeWish::Unsatisfiable},
      {"", RangeWish::Whole},
      {"bytes=", RangeWish::Whole},
      {"bytes=-", RangeWish::Whole},
      {"bytes=5-4", RangeWish::Whole},
      {"bytes=0-1,5-6", RangeWish::Whole},
      {"bytes=a-b", RangeWish::Whole},
      {"bytes=+1-2", RangeWish::Whole},
      {"bytes=--2", RangeWish::Whole},
      {"items=0-1", RangeWish::Whole},
  };
  for (const RangeCase& c : cases) {
    const RangeAnswer answer = read_range(c.header, 1'000);
    EXPECT_EQ(answer.wish, c.wish) << c.header;
    EXPECT_EQ(answer.range.first, c.first) << c.header;
    EXPECT_EQ(answer.range.end, c.end) << c.header;
  }
  EXPECT_EQ(read_range("bytes=0-", 0).wish, RangeWish::Unsatisfiable);
  EXPECT_EQ(read_range("bytes=-1", 0).wish, RangeWish::Unsatisfiable);
}

TEST(ContentDispositionTest, ShowsOnlyWhatCannotDoHarm) {
  EXPECT_EQ(content_disposition("image/png", ""), "inline");
  EXPECT_EQ(content_disposition("IMAGE/PNG; charset=x", ""), "inline");
  for (const char* type :
       {"text/html", "image/svg+xml", "application/pdf", "", "image/png2", "text/plain2"}) {
    EXPECT_EQ(content_disposition(type, ""), "attachment") << type;
  }
}

TEST(ContentDispositionTest, NamesTheFileForOldAndNewClients) {
  EXPECT_EQ(content_disposition("image/png", "cat.png"), R"(inline; filename="cat.png")");
  EXPECT_EQ(content_disposition("text/html", "报告 最终.html"),
            "attachment; filename=\"__ __.html\"; "
            "filename*=utf-8''%E6%8A%A5%E5%91%8A%20%E6%9C%80%E7%BB%88.html");
  EXPECT_EQ(content_disposition("text/plain", "a\"b\\c.txt"), R"(inline; filename="c.txt")");
  EXPECT_EQ(content_disposition("text/plain", "say \"hi\".txt"),
            R"(inline; filename="say _hi_.txt"; filename*=utf-8''say%20%22hi%22.txt)");
  EXPECT_EQ(content_disposition("text/plain", "../../etc/passwd"), R"(inline; filename="passwd")");
  EXPECT_EQ(content_disposition("text/plain", "a\r\nSet-Cookie: x"), R"(inline; filename="aSet-Cookie: x")");
  EXPECT_EQ(content_disposition("text/plain", ".."), "inline");
}

TEST(ContentDispositionTest, ATypeThatIsNoneIsUnknown) {
  EXPECT_EQ(safe_content_type("text/plain; charset=utf-8"), "text/plain; charset=utf-8");
  for (const char* type : {"", "text", "/x", "x/", "a/b\r\nX: y", "text/\xE3\x81\x82"}) {
    EXPECT_EQ(safe_content_type(type), "application/octet-stream") << type;
  }
  EXPECT_EQ(safe_content_type("a/" + std::string(300, 'b')), "application/octet-stream");
}

}  // namespace
}  // namespace kuramori::api::client
