// The program that draws pages, confined as it is used.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/clock.hpp"
#include "sandbox/page_job.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/thumbnail_job.hpp"

namespace kuramori::sandbox::pages {
namespace {

using What = PageRequest::What;

std::string scan_named(const std::string& name) {
  std::ifstream in(std::filesystem::path(KURAMORI_PAGE_PICTURES) / name, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  EXPECT_FALSE(out.str().empty()) << name;
  return out.str();
}

// Two pages: lines that need no font, and words in a font that the file does not bring along.
std::string pdf_of_two_pages() {
  const std::string lines = "q 5 w 1 0 0 RG 20 20 m 180 280 l S Q";
  const std::string words = "BT /F1 20 Tf 20 200 Td (Quarterly plan) Tj ET";
  return "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
         "2 0 obj<</Type/Pages/Kids[3 0 R 5 0 R]/Count 2>>endobj\n"
         "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 300]/Contents 4 0 R>>endobj\n4 0 obj<</Length " +
         std::to_string(lines.size()) + ">>stream\n" + lines +
         "\nendstream endobj\n5 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 300]/Contents 6 0 R"
         "/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n6 0 "
         "obj<</Length " +
         std::to_string(words.size()) + ">>stream\n" + words + "\nendstream endobj\ntrailer<</Root 1 0 R>>\n";
}

class PagesTest : public ::testing::Test {
 protected:
  Outcome run(const PageRequest& request, std::string_view file) {
    Input input = [file, is_done = false]() mutable -> Result<ByteView> {
      return std::exchange(is_done, true) ? ByteView() : as_bytes(file);
    };
    auto outcome = sandbox.run_here(request.encode(), input);
    EXPECT_TRUE(outcome) << outcome.error().to_log();
    return outcome ? *std::move(outcome) : Outcome{};
  }
  PageSummary summary_of(const Outcome& outcome) {
    EXPECT_EQ(outcome.ending, Ending::Done) << to_string(outcome.ending);
    const auto summary = PageSummary::decode(outcome.summary);
    EXPECT_TRUE(summary);
    return summary.value_or(PageSummary{});
  }
  Bytes page(std::string_view file, std::uint32_t number, const std::string& who) {
    const PageRequest request{.what = What::Page, .page = number, .width = 600, .mark = {who, "2026-11-29"}};
    Outcome outcome = run(request, file);
    const PageSummary summary = summary_of(outcome);
    EXPECT_EQ(picture_type_of(outcome.output), PictureType::Png);
    EXPECT_GT(summary.height, 0U);
    return std::move(outcome.output);
  }

  SystemClock clock;
  MetricsRegistry metrics;
  Sandbox sandbox{{.clock = clock, .metrics = metrics, .log = Logger::silent()},
                  {.program = KURAMORI_PAGES,
                   .job = "page",
                   .limits = {.wall_time = std::chrono::minutes(2), .start_time = std::chrono::minutes(2)}}};
};

TEST_F(PagesTest, EachKindHasPagesThatNameWhoLooks) {
  struct Case {
    const char* what;
    std::string file;
    PageKind kind;
    std::uint32_t pages;
  };
  std::string text;
  for (int i = 0; i < 100; ++i) text += "会议记录: an ordinary line, 第 " + std::to_string(i) + " 行\n";
  for (const Case& test :
       {Case{"a scan", scan_named("traditional.png"), PageKind::Picture, 1},
        Case{"a document", pdf_of_two_pages(), PageKind::Document, 2},
        Case{"a text", text, PageKind::Text, 3},
        Case{"a mail", "From: a@example.org\r\nTo: b@example.org\r\nSubject: plan\r\n\r\nhello\r\n",
             PageKind::Text, 1}}) {
    const PageSummary outline = summary_of(run({.what = What::Outline}, test.file));
    EXPECT_EQ(outline.kind, test.kind) << test.what;
    EXPECT_EQ(outline.pages, test.pages) << test.what;
    for (std::uint32_t number = 1; number <= test.pages; ++number) {
      const Bytes mine = page(test.file, number, "@aiko:example.org");
      EXPECT_NE(mine, page(test.file, number, "@bao:example.org")) << test.what << ", page " << number;
    }
    const Outcome beyond = run({.what = What::Page, .page = test.pages + 1}, test.file);
    EXPECT_EQ(decode_page_refusal(beyond.summary), PageRefusal::NoSuchPage) << test.what;
  }
}

// Helvetica is not in the file: the page is written out, not shown without its words.
TEST_F(PagesTest, APageWithoutItsFontsIsWrittenOut) {
  const auto dark_in = [&](std::uint32_t number) {
    const PageRequest request{.what = What::Page, .page = number, .width = 600, .mark = {}};
    return run(request, pdf_of_two_pages()).output.size();
  };
  std::string empty = pdf_of_two_pages();
  empty.replace(empty.find("Quarterly plan"), 14, "              ");
  const PageRequest request{.what = What::Page, .page = 2, .width = 600, .mark = {}};
  EXPECT_GT(dark_in(2), run(request, empty).output.size() + 200) << "there are letters on it";
}

TEST_F(PagesTest, WhatCannotBeShownIsSaid) {
  const auto refusal_of = [&](std::string_view file) {
    return decode_page_refusal(run({.what = What::Outline}, file).summary);
  };
  EXPECT_EQ(refusal_of(std::string("\x00\x01\x02\x03\xFF\xFE\x00\x10 no kind of file", 25)),
            PageRefusal::NothingToShow);
  EXPECT_EQ(refusal_of("\x89PNG\r\n\x1A\nbroken"), PageRefusal::Damaged);
  PageRequest few{.what = What::Outline, .pages_max = 1};
  EXPECT_EQ(summary_of(run(few, pdf_of_two_pages())).shown, PageSummary::Pages::First);
  PageRequest small{.what = What::Outline, .pixels_max = 100};
  EXPECT_EQ(decode_page_refusal(run(small, scan_named("traditional.png")).summary), PageRefusal::TooLarge);
}

TEST_F(PagesTest, AThumbnailIsMarkedInItsSize) {
  const std::string scan = scan_named("traditional.png");
  const Outcome marked = run({.what = What::Mark, .mark = {"@aiko:example.org"}}, scan);
  const PageSummary summary = summary_of(marked);
  EXPECT_EQ(summary.kind, PageKind::Picture);
  EXPECT_NE(marked.output, Bytes(as_bytes(scan).begin(), as_bytes(scan).end()));
  EXPECT_EQ(decode_page_refusal(run({.what = What::Mark}, "a text").summary), PageRefusal::NothingToShow);
}

}  // namespace
}  // namespace kuramori::sandbox::pages
