#include "previews/charset.hpp"

#include <gtest/gtest.h>

namespace kuramori::previews {
namespace {

// The same greeting, 你好 or 日本, in the encodings of its time.
TEST(Charset, EastAsianEncodings) {
  EXPECT_EQ(to_utf8("\xC4\xE3\xBA\xC3", "text/html; charset=gb2312"), "你好");
  EXPECT_EQ(to_utf8("\x95\x32\x82\x36", "text/html; charset=GB18030"), "𠀀");
  EXPECT_EQ(to_utf8("\xA7\x41\xA6\x6E", "text/html; charset=Big5"), "你好");
  EXPECT_EQ(to_utf8("\x93\xFA\x96\x7B", "text/html;charset=\"Shift_JIS\""), "日本");
  EXPECT_EQ(to_utf8("\x87\x40", "text/html; charset=shift_jis"), "①");
  EXPECT_EQ(to_utf8("\xC6\xFC\xCB\xDC", "text/html; charset=EUC-JP"), "日本");
  EXPECT_EQ(to_utf8("\xB0\xA1", "text/html; charset=euc-kr"), "가");
}

TEST(Charset, ThePageMaySay) {
  EXPECT_EQ(to_utf8("<meta charset=gbk>\xC4\xE3", "text/html"), "<meta charset=gbk>你");
  EXPECT_EQ(to_utf8("<meta http-equiv='Content-Type' content='text/html; charset=euc-jp'>\xC6\xFC", ""),
            "<meta http-equiv='Content-Type' content='text/html; charset=euc-jp'>日");
  EXPECT_EQ(to_utf8("<meta charset=gbk>é", "text/html; charset=utf-8"), "<meta charset=gbk>é")
      << "the header counts";
  EXPECT_EQ(to_utf8("\xEF\xBB\xBF<meta charset=gbk>é", "text/html; charset=gbk"), "<meta charset=gbk>é");
  EXPECT_EQ(to_utf8(std::string_view("\xFF\xFEh\0i\0", 6), ""), "hi");
}

TEST(Charset, WithoutAWordOfIt) {
  EXPECT_EQ(to_utf8("日本", "text/html"), "日本");
  EXPECT_EQ(to_utf8("caf\xE9 \x80", "text/html"), "café €");
  EXPECT_EQ(to_utf8("caf\xE9", "text/html; charset=iso-8859-1"), "café");
  EXPECT_EQ(to_utf8("x", "text/html; charset=no-such-thing"), "x");
  EXPECT_EQ(to_utf8("", ""), "");
  EXPECT_EQ(to_utf8("a\xFF", "text/html; charset=utf-8"), "a\xEF\xBF\xBD");
}

}  // namespace
}  // namespace kuramori::previews
