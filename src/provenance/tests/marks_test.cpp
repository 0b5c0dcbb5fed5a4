#include "provenance/marks.hpp"

#include <gtest/gtest.h>

namespace kuramori::provenance {
namespace {

const MarkKey& test_key() {
  static const MarkKey key(crypto::SecretKey({1, 2, 3}));
  return key;
}

json::Object object_of(std::string_view text) {
  auto parsed = json::parse_object(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *std::move(parsed) : json::Object();
}

const std::string kLong(100, 'a');

TEST(Marks, FilesAreKnownWhereverTheyAreNamed) {
  const Mark file = test_key().of_file("mxc://a.example/one");
  const char* contents[] = {
      R"({"msgtype":"m.file","url":"mxc://a.example/one","body":"x"})",
      R"({"msgtype":"m.file","file":{"url":"mxc://a.example/one"}})",
      R"({"info":{"thumbnail_url":"mxc://a.example/one"}})",
      R"({"info":{"thumbnail_file":{"url":"mxc://a.example/one"}}})",
  };
  for (const char* content : contents)
    EXPECT_EQ(marks_of(object_of(content), test_key()).files, std::vector<Mark>{file}) << content;
  const char* others[] = {R"({"url":"https://a.example/one"})", R"({"url":5})",
                          R"({"file":"mxc://a.example/one"})", R"({"body":"mxc://a.example/one"})"};
  for (const char* content : others)
    EXPECT_TRUE(marks_of(object_of(content), test_key()).files.empty()) << content;
}

TEST(Marks, WordsAreComparedAsTheyRead) {
  struct Case {
    const char* name;
    std::string content;
    std::string words;
  };
  const Case cases[] = {
      {"blanks", R"({"msgtype":"m.text","body":"  one\n\ttwo　three "})", "one two three"},
      {"notice", R"({"msgtype":"m.notice","body":"one"})", "one"},
      {"file name", R"({"msgtype":"m.file","body":"one"})", ""},
      {"edit", R"({"msgtype":"m.text","body":"* two","m.new_content":{"msgtype":"m.text","body":"two"}})",
       "two"},
      {"answer",
       R"({"msgtype":"m.text","body":"> <@a:b> one\n> more\n\ntwo","m.relates_to":{"m.in_reply_to":{"event_id":"$1"}}})",
       "two"},
      {"quotation that answers nothing", R"({"msgtype":"m.text","body":"> one\ntwo"})", "> one two"},
      {"only a quotation",
       R"({"msgtype":"m.text","body":"> one","m.relates_to":{"m.in_reply_to":{"event_id":"$1"}}})", ""},
      {"no text", R"({"msgtype":"m.text","body":7})", ""},
  };
  for (const Case& one : cases) EXPECT_EQ(words_of(object_of(one.content)), one.words) << one.name;
}

TEST(Marks, ShortWordsAreNobodys) {
  const auto of = [](const std::string& body) {
    return marks_of({{"msgtype", "m.text"}, {"body", body}}, test_key()).text;
  };
  EXPECT_FALSE(of("Good morning"));
  EXPECT_FALSE(of(std::string(kTextOctetsMin - 1, 'a')));
  EXPECT_FALSE(of("a" + std::string(kTextOctetsMin, ' ')));
  ASSERT_TRUE(of(kLong));
  EXPECT_EQ(of(kLong), of(" " + kLong + "\n"));
  EXPECT_NE(of(kLong), of(kLong + "b"));
}

TEST(Marks, NothingIsToldWithoutTheKey) {
  const MarkKey other(crypto::SecretKey({9}));
  EXPECT_NE(other.of_text(kLong), test_key().of_text(kLong));
  EXPECT_NE(test_key().of_text("mxc://a/b"), test_key().of_file("mxc://a/b"));
}

}  // namespace
}  // namespace kuramori::provenance
