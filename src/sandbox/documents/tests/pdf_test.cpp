#include <gtest/gtest.h>

#include "sandbox/documents/tests/samples.hpp"

namespace kuramori::sandbox::documents {
namespace {

using samples::extracted;
using samples::pdf;
using samples::text_in;

TEST(Pdf, EachPageAndTheProperties) {
  const Extract extract = extracted(pdf({"The first page of the report", "Card 4111 1111 1111 1111"}));
  EXPECT_EQ(extract.media_type, "application/pdf");
  EXPECT_NE(text_in(extract).find("page 1: The first page of the report"), std::string::npos)
      << text_in(extract);
  EXPECT_NE(text_in(extract).find("page 2: Card 4111 1111 1111 1111"), std::string::npos);
  bool has_title = false;
  for (const MetadataEntry& entry : extract.metadata)
    has_title = has_title || (entry.name == "title" && entry.value == "Quarterly report");
  EXPECT_TRUE(has_title);
  EXPECT_TRUE(extract.is_complete());
}

TEST(Pdf, PagesWithoutTextAreGivenAsPictures) {
  const std::string file = pdf({"A page with enough text in it to be read", ""});
  const Extract extract = extracted(file, {.pictures = ExtractRequest::Pictures::Give});
  ASSERT_EQ(extract.pictures.size(), 1U);
  EXPECT_EQ(extract.pictures[0].place, "page 2");
  EXPECT_TRUE(as_text(extract.pictures[0].content).starts_with("P5\n"));
  EXPECT_TRUE(extracted(file).pictures.empty());
}

TEST(Pdf, PagesBeyondTheLimitAreLeftOut) {
  const Extract extract = extracted(pdf({"one", "two", "three"}), {.pages_max = 2});
  EXPECT_TRUE(samples::has_limit(extract, ExtractLimit::Pages));
  EXPECT_EQ(text_in(extract).find("three"), std::string::npos);
}

TEST(Pdf, WhatIsNoneIsDamaged) {
  const Extract extract = extracted("%PDF-1.7\n\x01\x02\x03\x04 nothing");
  EXPECT_TRUE(samples::has_unreadable(extract, "", Unreadable::Damaged));
}

}  // namespace
}  // namespace kuramori::sandbox::documents
