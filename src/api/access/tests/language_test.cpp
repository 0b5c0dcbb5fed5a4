#include "api/access/language.hpp"

#include <gtest/gtest.h>

namespace kuramori::api {
namespace {

TEST(Language, TheBestMatchWins) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "en"},
      {"en-GB", "en"},
      {"zh", "zh-Hans"},
      {"zh-CN", "zh-Hans"},
      {"zh-SG", "zh-Hans"},
      {"zh-TW", "zh-Hant"},
      {"zh-HK", "zh-Hant"},
      {"zh-MO", "zh-Hant"},
      {"zh-Hant-CN", "zh-Hant"},
      {"zh-Hans-HK", "zh-Hans"},
      {"yue", "zh-Hant"},
      {"ja-JP", "ja"},
      {"JA", "ja"},
      {"fr", "en"},
      {"fr, ja;q=0.5", "ja"},
      {"en;q=0.3, ja;q=0.8, zh-TW;q=0.9", "zh-Hant"},
      {"ja;q=0, en;q=0.1", "en"},
      {"ja;q=0", "en"},
      {"*, ja;q=0.5", "en"},
      {"zh-TW , zh;q=0.9", "zh-Hant"},
      {"ja;q=nonsense, zh;q=0.001", "zh-Hans"},
      {";;;,,,q=1", "en"},
      {"ja;q=1.000", "ja"},
  };
  for (const auto& [header, language] : cases) EXPECT_EQ(best_language(header), language) << header;
}

}  // namespace
}  // namespace kuramori::api
