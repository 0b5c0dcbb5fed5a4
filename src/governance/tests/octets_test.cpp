// What looks at many octets at once says the same as what looks at one after the other.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "governance/characters.hpp"
#include "governance/octet_masks.hpp"
#include "governance/posting_table.hpp"
#include "governance/text_shape.hpp"

namespace kuramori::governance {
namespace {

template <class IsKind>
std::uint64_t one_by_one(std::string_view text, std::size_t at, IsKind is_kind) {
  std::uint64_t bits = 0;
  for (std::size_t i = at; i < std::min(text.size(), at + OctetBlock::kSize); ++i)
    bits |= std::uint64_t{is_kind(text[i])} << (i - at);
  return bits;
}

TEST(OctetBlock, TellsKindsApart) {
  std::string text;
  for (unsigned octet = 0; octet < 256; ++octet) text.push_back(static_cast<char>(octet));
  text += text.substr(3, 250);
  for (std::size_t at = 0; at < text.size(); at += 7) {
    const OctetBlock block(text, at);
    EXPECT_EQ(block.alphanumerics(), one_by_one(text, at, is_alphanumeric)) << at;
    EXPECT_EQ(block.between('0', '9'), one_by_one(text, at, is_digit)) << at;
    EXPECT_EQ(block.equal('@'), one_by_one(text, at, [](char c) { return c == '@'; })) << at;
    EXPECT_EQ(block.not_ascii(),
              one_by_one(text, at, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
        << at;
  }
}

// The longest row of octets of a kind.
template <class IsKind>
std::uint32_t longest_row(std::string_view text, IsKind is_kind) {
  std::uint32_t longest = 0;
  std::uint32_t row = 0;
  for (const char c : text) {
    row = is_kind(c) ? row + 1 : 0;
    longest = std::max(longest, row);
  }
  return longest;
}

TEST(TextShape, IsThatOfALookAtEachOctet) {
  std::mt19937 random(4);
  const std::vector<std::string> pieces{"a",
                                        "Z",
                                        "7",
                                        " ",
                                        "-",
                                        "@",
                                        "機",
                                        "\n",
                                        std::string(19, 'k'),
                                        std::string(61, '-'),
                                        std::string(70, '3'),
                                        "0x_=/+."};
  const auto is_token = [](char c) { return is_alphanumeric(c) || std::string_view("_-./+=").contains(c); };
  for (int round = 0; round < 2'000; ++round) {
    std::string text;
    for (std::size_t n = random() % 30; n > 0; --n) text += pieces[random() % pieces.size()];
    const TextShape shape = shape_of(text);
    const std::uint32_t token = longest_row(text, is_token);
    const std::uint32_t dashes = longest_row(text, [](char c) { return c == '-'; });
    EXPECT_EQ(shape.token, token >= kTokenOctets ? token : 0) << text;
    EXPECT_EQ(shape.dashes, dashes >= kKeyDashes ? dashes : 0) << text;
    EXPECT_EQ(shape.at_sign, text.contains('@'));
    EXPECT_EQ(shape.any_digit, std::ranges::any_of(text, is_digit));
    EXPECT_GE(shape.digits, longest_row(text, is_digit)) << text;
  }
}

TEST(TextShape, DigitsBelongTogetherOverFewSeparators) {
  EXPECT_EQ(shape_of("4111 1111-1111.1111").digits, 16u);
  EXPECT_EQ(shape_of("12 - 34").digits, 4u);
  EXPECT_EQ(shape_of("12 -- 34").digits, 2u);
  EXPECT_EQ(shape_of("12 apples and 345").digits, 3u);
  EXPECT_EQ(shape_of("O0l1").digits, 4u);
  EXPECT_EQ(shape_of("lllooo").digits, 0u);
}

TEST(PostingTable, FindsWhatLiesUnderAName) {
  PostingTable table;
  EXPECT_TRUE(table.find(1, "!room:x").empty());
  constexpr std::uint32_t kNames = 5'000;
  for (std::uint32_t i = 0; i < kNames; ++i) {
    table.put(1, "!room-" + std::to_string(i) + ":corp.example", {.needs = i, .place = i});
    if (i % 3 == 0)
      table.put(2, "!room-" + std::to_string(i) + ":corp.example", {.needs = 0, .place = kNames});
  }
  table.put(1, "!room-17:corp.example", {.needs = 0, .place = kNames});
  table.seal();
  for (std::uint32_t i = 0; i < kNames; ++i) {
    const std::string name = "!room-" + std::to_string(i) + ":corp.example";
    const auto found = table.find(1, name);
    ASSERT_EQ(found.size(), i == 17 ? 2u : 1u) << name;
    EXPECT_EQ(found[0].place, i);
    EXPECT_EQ(found[0].needs, i);
    EXPECT_EQ(table.find(2, name).size(), i % 3 == 0 ? 1u : 0u);
    EXPECT_EQ(table.find(1, "!ROOM-" + std::to_string(i) + ":Corp.Example").size(), found.size());
    EXPECT_TRUE(table.find(1, name + "x").empty());
    EXPECT_TRUE(table.find(3, name).empty());
  }
  EXPECT_TRUE(table.find(1, "").empty());
}

}  // namespace
}  // namespace kuramori::governance
