// How texts are cut and which queries they answer.
#include "search/terms.hpp"

#include <gmock/gmock.h>

#include "search/tokens.hpp"

namespace kuramori::search {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

struct Cut {
  const char* text;
  std::vector<std::string> words;
  std::vector<std::string> runs;
  std::vector<std::string> symbols;
};

class Cutting : public ::testing::TestWithParam<Cut> {};

TEST_P(Cutting, TermsOf) {
  const Terms terms = terms_of(GetParam().text);
  EXPECT_THAT(terms.words, ElementsAreArray(GetParam().words)) << GetParam().text;
  EXPECT_THAT(terms.runs, ElementsAreArray(GetParam().runs)) << GetParam().text;
  EXPECT_THAT(terms.symbols, ElementsAreArray(GetParam().symbols)) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Texts, Cutting,
    ::testing::Values(
        Cut{"", {}, {}, {}}, Cut{"Hello, World!", {"hello", "world"}, {}, {}},
        Cut{"snake_case kebab-case a.b", {"snake", "case", "kebab", "case", "a", "b"}, {}, {}},
        Cut{"don't DON’T dont", {"dont", "dont", "dont"}, {}, {}},
        Cut{"Straße ΣΊΣΥΦΟΣ", {"strasse", "σίσυφοσ"}, {}, {}},
        Cut{"cafe\u0301 café", {"café", "café"}, {}, {}},
        Cut{"v2 x86_64 2024", {"v2", "x86", "64", "2024"}, {}, {}},
        Cut{"Привет, мир", {"привет", "мир"}, {}, {}},
        // Chinese, simplified and traditional
        Cut{"我们明天开会。", {}, {"我们明天开会"}, {}},
        Cut{"請確認合約，謝謝", {}, {"請確認合約", "謝謝"}, {}},
        Cut{"2024年3月", {"2024", "3"}, {"年", "月"}, {}}, Cut{"用Git提交", {"git"}, {"用", "提交"}, {}},
        // Japanese: kana and ideographs are one run; the long mark and the iteration mark belong to it
        Cut{"サーバーを再起動する", {}, {"サーバーを再起動する"}, {}},
        Cut{"時々、人々", {}, {"時々", "人々"}, {}},
        // width: full-width Latin, half-width kana
        Cut{"ＡＢＣ　１２３", {"abc", "123"}, {}, {}}, Cut{"ｻｰﾊﾞｰ", {}, {"サーバー"}, {}},
        Cut{"한국어 회의", {}, {"한국어", "회의"}, {}}, Cut{"ประชุม", {}, {"ประชุม"}, {}},
        Cut{"nice 👍🏽 ok", {"nice", "ok"}, {}, {"👍"}}, Cut{"🎉🎉", {}, {}, {"🎉", "🎉"}},
        Cut{"bad \xFF\xFE octets", {"bad", "octets"}, {}, {}}, Cut{"𠮷野家", {}, {"𠮷野家"}, {}}));

struct Asked {
  const char* text;
  const char* query;
  bool is_found;
};

class Asking : public ::testing::TestWithParam<Asked> {};

TEST_P(Asking, ContainsAll) {
  const Asked& a = GetParam();
  EXPECT_EQ(contains_all(terms_of(a.text), terms_of(a.query)), a.is_found) << a.text << " / " << a.query;
}

INSTANTIATE_TEST_SUITE_P(
    Queries, Asking,
    ::testing::Values(
        Asked{"The meeting is at noon", "MEETING", true}, Asked{"The meeting is at noon", "mee", true},
        Asked{"The meeting is at noon", "me", false}, Asked{"The meeting is at noon", "eeting", false},
        Asked{"The meeting is at noon", "noon meeting", true},
        Asked{"The meeting is at noon", "noon dinner", false}, Asked{"at", "at", true},
        Asked{"attack", "at", false}, Asked{"我们明天开会", "开会", true}, Asked{"我们明天开会", "会", true},
        Asked{"我们明天开会", "天我", false}, Asked{"我们明天开会", "明天 我们", true},
        Asked{"東京都に住む", "京都", true}, Asked{"サーバー", "ｻｰﾊﾞ", true}, Asked{"ＡＢＣ", "abc", true},
        Asked{"done 👍🏿", "👍", true}, Asked{"done", "👍", false}, Asked{"一二", "一 二", true},
        Asked{"一、二", "一二", false}));

// Whatever is in a text is among what the index is asked for; what is asked for a query lies among the tokens
// of every text that answers it.
TEST_P(Asking, TokensAgree) {
  const Asked& a = GetParam();
  const Tokens tokens{crypto::SecretKey({9})};
  const std::vector<Token> all = tokens.all(terms_of(a.text));
  const bool may_be_found =
      std::ranges::all_of(tokens.wanted(terms_of(a.query)), [&](const TokenRange& wanted) {
        return std::ranges::any_of(all, [&](Token t) { return wanted.first <= t && t <= wanted.last; });
      });
  if (a.is_found) {
    EXPECT_TRUE(may_be_found) << a.text << " / " << a.query;
  }
}

TEST(Tokens, AreOthersInAnotherRoom) {
  const Tokens one{crypto::SecretKey({1})};
  const Tokens other{crypto::SecretKey({2})};
  EXPECT_NE(one.word("salary"), other.word("salary"));
  EXPECT_NE(one.pair("薪水"), other.pair("薪水"));
  EXPECT_EQ(one.word("salary"), one.word("salary"));
}

TEST(Tokens, WordsOfOneBeginningAreNeighbours) {
  const Tokens tokens{crypto::SecretKey({1})};
  const TokenRange range = tokens.words_like("meet");
  const auto holds = [&](std::string_view word) {
    return range.first <= tokens.word(word) && tokens.word(word) <= range.last;
  };
  EXPECT_TRUE(holds("meeting") && holds("meet") && holds("meets"));
  EXPECT_FALSE(holds("mat"));
}

// The more of a word is asked for, the narrower: a rare word is not looked for among all that begin like it.
TEST(Tokens, LongerBeginningsLieInNarrowerRanges) {
  const Tokens tokens{crypto::SecretKey({1})};
  constexpr std::string_view kWord = "interfaultsystem";
  TokenRange wider = tokens.words_like(kWord.substr(0, 3));
  for (std::size_t length = 4; length <= 8; ++length) {
    const TokenRange range = tokens.words_like(kWord.substr(0, length));
    EXPECT_LE(wider.first, range.first);
    EXPECT_GE(wider.last, range.last);
    EXPECT_LT(range.last - range.first, wider.last - wider.first) << length;
    EXPECT_TRUE(range.first <= tokens.word(kWord) && tokens.word(kWord) <= range.last);
    wider = range;
  }
}

// In any room: the bits that tell a word from what it begins with are never the same by chance.
TEST(Tokens, AWordIsNeverAmongThoseThatAreLonger) {
  for (std::uint8_t room = 0; room < 200; ++room) {
    const Tokens tokens{crypto::SecretKey({room})};
    for (const auto& [word, longer] :
         {std::pair("the", "they"), {"they", "theyr"}, {"inter", "interf"}, {"interf", "interfau"}}) {
      const TokenRange range = tokens.words_like(longer);
      EXPECT_FALSE(range.first <= tokens.word(word) && tokens.word(word) <= range.last) << word;
    }
  }
}

TEST(Terms, PairsOfARun) {
  EXPECT_THAT(pairs_of("再起動"), ElementsAre("再起", "起動", "動"));
  EXPECT_THAT(pairs_of("会"), ElementsAre("会"));
  EXPECT_THAT(pairs_of(""), ElementsAre());
}

TEST(Terms, HighlightsAreTheWordsOfTheText) {
  std::vector<std::string> highlights;
  EXPECT_TRUE(contains_all(terms_of("Meetings about meeting"), terms_of("meet"), &highlights));
  EXPECT_THAT(highlights, ElementsAre("meetings", "meeting"));
}

TEST(Terms, LongWordsAreCut) {
  const std::string text(10'000, 'x');
  EXPECT_EQ(terms_of(text).words, std::vector<std::string>{std::string(kWordCharactersMax, 'x')});
  EXPECT_TRUE(contains_all(terms_of(text), terms_of(text)));
}

}  // namespace
}  // namespace kuramori::search
