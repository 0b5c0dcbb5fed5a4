#include <gtest/gtest.h>

#include "sandbox/documents/html.hpp"
#include "sandbox/documents/rtf.hpp"
#include "sandbox/documents/tests/samples.hpp"

namespace kuramori::sandbox::documents {
namespace {

TEST(Html, TextWithoutTagsAndWithWhatTheyHide) {
  for (const auto& [html, text] :
       std::vector<std::pair<std::string, std::string>>{{"a<b>b</b>c", "abc"},
                                                        {"4111&#x31;&#49;&amp;&copy;", "411111&&copy;"},
                                                        {"one<br>two", "one\ntwo"},
                                                        {"x<script>var a = '<p>';</script>y", "xy"},
                                                        {"1 < 2 &", "1 < 2 &"},
                                                        {"a<!-- hidden -->b", "a  hidden  b"},
                                                        {"<td>a</td><td>b</td>", "\ta\t\tb\t"},
                                                        {"<img alt=\"a &amp; b\">", " a & b "},
                                                        {"<p title='x>y'>z", " x>y \nz"},
                                                        {"&#xD800;&#0;&#x110000;ok", "ok"},
                                                        {"<", "<"}}) {
    EXPECT_EQ(text_of_html(html), text) << html;
  }
}

TEST(Html, TheEncodingThatAPageSays) {
  EXPECT_EQ(charset_of_html("<meta charset=\"Shift_JIS\">"), "shift_jis");
  EXPECT_EQ(charset_of_html("<meta content='text/html; charset=gb2312'>"), "gb2312");
  EXPECT_EQ(charset_of_html("<?xml version='1.0' encoding='big5'?>"), "big5");
  EXPECT_EQ(charset_of_html("<p>"), "");
  const Extract extract =
      samples::extracted("<html><meta charset=gb2312><body>\xBB\xFA\xC3\xDC</body></html>");
  EXPECT_EQ(extract.media_type, "text/html");
  EXPECT_NE(samples::text_in(extract).find("机密"), std::string::npos);
}

TEST(Rtf, TextInTheEncodingsOfItsFonts) {
  for (const auto& [rtf, text] : std::vector<std::pair<std::string, std::string>>{
           {"{\\rtf1\\ansi plain\\par next\\tab x}", "plain\nnext\tx"},
           {"{\\rtf1 A\\'e9B}", "AéB"},
           {"{\\rtf1{\\fonttbl{\\f0\\fcharset134 SimSun;}{\\f1\\fcharset128 "
            "MS;}}\\f0\\'bb\\'fa\\'c3\\'dc\\f1\\'8b\\'40}",
            "机密機"},
           {"{\\rtf1\\ansicpg936 \\'bb\\'fa}", "机"},
           {"{\\rtf1\\uc1 \\u26426?\\u23494?}", "机密"},
           {"{\\rtf1\\uc1\\u-10179?\\u-8704?}", "😀"},
           {"{\\rtf1{\\*\\unknown hidden}{\\pict 00ff}seen\\{\\}}", "seen{}"},
           {"{\\rtf1{\\*\\annotation a remark}}", "a remark"},
           {"{\\rtf1\\bin5 ab}cd e}", " e"}}) {
    const RtfContent content = read_rtf(rtf);
    EXPECT_EQ(content.text, text) << rtf;
    EXPECT_TRUE(content.is_whole) << rtf;
  }
}

TEST(Rtf, PropertiesAndEmbeddedObjects) {
  const RtfContent content =
      read_rtf("{\\rtf1{\\info{\\title The plan}{\\author Aiko}}{\\object{\\*\\objdata 50 4B0304\n}}body}");
  ASSERT_EQ(content.properties.size(), 2U);
  EXPECT_EQ(content.properties[0], (std::pair<std::string, std::string>("title", "The plan")));
  ASSERT_EQ(content.objects.size(), 1U);
  EXPECT_EQ(as_text(content.objects[0]), "PK\x03\x04");
  EXPECT_EQ(content.text, "body");
  EXPECT_FALSE(read_rtf("{\\rtf1 open").is_whole);
}

}  // namespace
}  // namespace kuramori::sandbox::documents
