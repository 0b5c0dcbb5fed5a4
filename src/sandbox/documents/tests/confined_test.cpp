// The program as the server runs it: confined, one process for each file.
#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "sandbox/documents/tests/samples.hpp"
#include "sandbox/sandbox.hpp"

namespace kuramori::sandbox::documents {
namespace {

class Confined : public ::testing::Test {
 protected:
  Outcome run(std::string_view file,
              const ExtractRequest& request = {.pictures = ExtractRequest::Pictures::Give}) {
    bool is_given = false;
    Input input = [&]() -> Result<ByteView> {
      if (is_given) return ByteView();
      is_given = true;
      return as_bytes(file);
    };
    auto outcome = sandbox_.run_here(request.encode(), input);
    EXPECT_TRUE(outcome.has_value());
    return outcome ? *std::move(outcome) : Outcome{};
  }
  SystemClock clock_;
  MetricsRegistry metrics_;
  Sandbox sandbox_{{.clock = clock_, .metrics = metrics_, .log = Logger::silent()},
                   {.program = KURAMORI_DOCUMENTS,
                    .job = "extract",
                    .limits = {.wall_time = std::chrono::minutes(2), .start_time = std::chrono::minutes(2)}}};
};

TEST_F(Confined, EveryKindOfFileIsReadWithoutAForbiddenCall) {
  using samples::Format;
  std::string everything;
  const std::vector<samples::Member> members{
      {"a.docx", samples::docx(samples::paragraph("word text"))},
      {"b.pdf", samples::pdf({"a page with text enough to be read", ""})},
      {"c.txt", "\xBB\xFA\xC3\xDC\xCE\xC4\xBC\xFE\xB2\xBB\xB5\xC3\xCD\xE2\xB4\xAB"},
      {"d.eml",
       "From: a@b.c\nTo: d@e.f\nSubject: =?ISO-2022-JP?B?GyRCNSFMKRsoQg==?=\nDate: x\nContent-Type: "
       "text/plain; charset=IBM1047\n\nx\n"},
      {"e.rtf", "{\\rtf1 rich}"},
      {"f.html", "<html>page</html>"},
      {"g.7z", samples::archive(Format::SevenZip, {{"in.txt", "seven"}})},
      {"h.tar.gz", samples::archive(Format::TarGz, {{"in.txt", "tarred"}})},
      {"i.doc", samples::compound({{"EncryptedPackage", std::string(4'096, 'x')}})},
      {"j.bin", std::string("\x7F"
                            "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0>\0\x01\0\0\0",
                            24)},
      {"k.zip", samples::encrypted_zip({{"x", "y"}})}};
  const Outcome outcome = run(samples::archive(Format::Zip, members));
  ASSERT_EQ(outcome.ending, Ending::Done) << to_string(outcome.ending);
  const auto extract = Extract::decode(outcome.output);
  ASSERT_TRUE(extract.has_value());
  const std::string text = samples::text_in(*extract);
  for (const char* piece :
       {"word text", "text enough", "机密文件不得外传", "機密", "rich", "page", "seven", "tarred"})
    EXPECT_NE(text.find(piece), std::string::npos) << piece;
  EXPECT_EQ(extract->pictures.size(), 1U);
  EXPECT_TRUE(samples::has_unreadable(*extract, "i.doc", Unreadable::Encrypted));
}

TEST_F(Confined, ABombEndsByItself) {
  const Outcome outcome =
      run(samples::archive(samples::Format::Zip, {{"zeros", std::string(40 << 20, '\0')}}));
  ASSERT_EQ(outcome.ending, Ending::Done);
  EXPECT_TRUE(samples::has_limit(*Extract::decode(outcome.output), ExtractLimit::Ratio));
}

TEST_F(Confined, AnswersThatSayTooMuchAreNone) {
  Extract extract;
  extract.media_type = "text/plain";
  Bytes bytes = extract.encode();
  EXPECT_TRUE(Extract::decode(bytes).has_value());
  bytes.push_back(0);
  EXPECT_FALSE(Extract::decode(bytes).has_value());
  bytes.resize(bytes.size() - 2);
  EXPECT_FALSE(Extract::decode(bytes).has_value());
}

}  // namespace
}  // namespace kuramori::sandbox::documents
