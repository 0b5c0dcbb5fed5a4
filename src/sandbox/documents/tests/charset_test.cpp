#include "sandbox/documents/charset.hpp"

#include <gtest/gtest.h>
#include <unicode/ucnv.h>
#include <unicode/unistr.h>

#include "sandbox/documents/tests/samples.hpp"

namespace kuramori::sandbox::documents {
namespace {

std::string encoded(std::string_view utf8, const char* charset) {
  const icu::UnicodeString text =
      icu::UnicodeString::fromUTF8({utf8.data(), static_cast<std::int32_t>(utf8.size())});
  std::string octets(utf8.size() * 4 + 16, '\0');
  const std::int32_t length =
      text.extract(0, text.length(), octets.data(), static_cast<std::uint32_t>(octets.size()), charset);
  octets.resize(static_cast<std::size_t>(length));
  return octets;
}

constexpr std::string_view kSimplified =
    "本文件为机密资料，未经许可不得外传。客户的身份证号码是 110101199003078515。\n请各部门负责人签字确认。";
constexpr std::string_view kTraditional =
    "本文件為機密資料，未經許可不得外傳。客戶的身分證號碼是 A123456789。\n請各部門負責人簽字確認。";
constexpr std::string_view kJapanese =
    "この文書は社外秘です。許可なく持ち出してはいけません。\n電話番号は 03-1234-5678 です。";

struct Case {
  const char* charset;
  std::string_view text;
  const char* guessed;
};

TEST(Charset, FindsOutTheEncoding) {
  for (const Case& test :
       {Case{"UTF-8", kSimplified, "UTF-8"}, Case{"UTF-8", kJapanese, "UTF-8"},
        Case{"GB18030", kSimplified, "GB18030"}, Case{"gb2312", kSimplified, "GB18030"},
        Case{"Big5", kTraditional, "Big5"}, Case{"Shift_JIS", kJapanese, "Shift_JIS"},
        Case{"EUC-JP", kJapanese, "EUC-JP"}, Case{"ISO-2022-JP", kJapanese, "ISO-2022-JP"},
        Case{"UTF-16LE", kSimplified, "UTF-16LE"}, Case{"UTF-16BE", kTraditional, "UTF-16BE"},
        Case{"UTF-16LE", "Plain English, twice as long.", "UTF-16LE"},
        Case{"UTF-32LE", kJapanese, "UTF-32LE"}, Case{"UTF-32BE", kSimplified, "UTF-32BE"},
        Case{"windows-1252", "Le caf\xC3\xA9 d'\xC3\xA9t\xC3\xA9 \xC3\xA0 Paris", "windows-1252"}}) {
    const std::string octets = encoded(test.text, test.charset);
    EXPECT_TRUE(looks_like_text(as_bytes(octets))) << test.charset;
    EXPECT_EQ(guess_charset(as_bytes(octets)), test.guessed) << test.charset;
    EXPECT_EQ(decode_text(as_bytes(octets)).text, test.text) << test.charset;
  }
}

TEST(Charset, MarksAreBelievedAndLeftOut) {
  EXPECT_EQ(decode_text(as_bytes("\xEF\xBB\xBF"
                                 "abc"))
                .text,
            "abc");
  EXPECT_EQ(decode_text(as_bytes(std::string_view("\xFF\xFE"
                                                  "a\0b\0",
                                                  6)))
                .text,
            "ab");
  EXPECT_EQ(decode_text(as_bytes(std::string_view("\xFE\xFF\0a\0b", 6))).text, "ab");
}

TEST(Charset, WhatIsDeclaredCountsWhereItFits) {
  const std::string octets = encoded("短い", "Shift_JIS");
  EXPECT_EQ(decode_text(as_bytes(octets), "shift_jis").text, "短い");
  // It claims to be Latin, and is UTF-8.
  EXPECT_EQ(decode_text(as_bytes("機密"), "iso-8859-1").text, "機密");
  EXPECT_EQ(decode_as(as_bytes("\xFF\xFF"), "gb18030"), std::nullopt);
  EXPECT_EQ(decode_as(as_bytes("abc"), "no-such-charset"), std::nullopt);
}

TEST(Charset, OctetsThatAreNoTextAreNotTakenForText) {
  EXPECT_FALSE(
      looks_like_text(as_bytes(std::string_view("\x7F"
                                                "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0\x01",
                                                21))));
  EXPECT_FALSE(looks_like_text(as_bytes(std::string_view("\x01\x02\x03\x04\x05\x06", 6))));
  EXPECT_TRUE(looks_like_text(as_bytes("one\r\ntwo\tthree\n")));
}

TEST(Charset, AFileInGb18030IsReadByTheJob) {
  const Extract extract = samples::extracted(encoded(kSimplified, "GB18030"));
  ASSERT_EQ(extract.texts.size(), 1U);
  EXPECT_EQ(extract.texts[0].text, kSimplified);
  EXPECT_EQ(extract.media_type, "text/plain");
  EXPECT_TRUE(extract.is_complete());
}

}  // namespace
}  // namespace kuramori::sandbox::documents
