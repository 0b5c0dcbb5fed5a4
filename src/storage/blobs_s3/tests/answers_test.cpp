#include "storage/blobs_s3/answers.hpp"

#include <gtest/gtest.h>

namespace kuramori::storage::blobs_s3 {
namespace {

TEST(Answers, FindsElementsAndTheirText) {
  constexpr std::string_view kList =
      "<?xml version=\"1.0\"?>\n<ListBucketResult "
      "xmlns=\"http://s3/\"><KeyCount>2</KeyCount><IsTruncated>true</IsTruncated>"
      "<Contents><Key>a&amp;b</Key></Contents><Contents>\n<Key>c&#100;&#x65;</Key></Contents></"
      "ListBucketResult>";
  EXPECT_EQ(element(kList, "IsTruncated"), "true");
  const auto contents = elements(kList, "Contents");
  ASSERT_EQ(contents.size(), 2u);
  EXPECT_EQ(element(contents[0], "Key"), "a&b");
  EXPECT_EQ(element(contents[1], "Key"), "cde");
  EXPECT_EQ(elements(kList, "ListBucketResult").size(), 1u);
  EXPECT_EQ(element(kList, "KeyCoun"), std::nullopt);
}

TEST(Answers, WhatIsMalformedIsNothing) {
  for (const char* bad :
       {"", "<Key>", "<Key>a", "<Key>&bad;</Key>", "<Key>&#xFFFFFFFF;</Key>", "<Key>&#0;</Key>",
        "<Key>&amp</Key>", "<Key><Other>x</Other></Key>", "<Key/>", "<Key", "</Key>"}) {
    EXPECT_EQ(element(bad, "Key"), std::nullopt) << bad;
  }
  EXPECT_TRUE(elements("<Part><Part><Part>", "Part").empty());
}

}  // namespace
}  // namespace kuramori::storage::blobs_s3
