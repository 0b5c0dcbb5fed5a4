#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/clock.hpp"
#include "sandbox/ocr_job.hpp"
#include "sandbox/sandbox.hpp"

namespace kuramori::sandbox::recognition {
namespace {

std::string picture(const std::string& name) {
  std::ifstream in(std::filesystem::path(KURAMORI_PICTURES) / name, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  EXPECT_FALSE(out.str().empty()) << name;
  return out.str();
}

// Tesseract parts Han characters with blanks.
std::string without_blanks(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c != ' ' && c != '\n') result += c;
  }
  return result;
}

class Recognition : public ::testing::Test {
 protected:
  Outcome run(std::string_view file, const OcrRequest& request = {.time_ms_max = 100'000}) {
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
  Sandbox sandbox_{
      {.clock = clock_, .metrics = metrics_, .log = Logger::silent()},
      {.program = KURAMORI_OCR,
       .job = "ocr",
       .limits = {
           .cpu_seconds = 120, .wall_time = std::chrono::minutes(3), .start_time = std::chrono::minutes(3)}}};
};

TEST_F(Recognition, ReadsTheFourLanguages) {
  for (const auto& [name, expected] :
       std::vector<std::pair<std::string, std::string>>{{"english.png", "confidential"},
                                                        {"simplified.png", "机密"},
                                                        {"traditional.png", "機密"},
                                                        {"japanese.png", "社外秘"}}) {
    const Outcome outcome = run(picture(name));
    ASSERT_EQ(outcome.ending, Ending::Done) << name << ": " << to_string(outcome.ending);
    const auto summary = OcrSummary::decode(outcome.summary);
    ASSERT_TRUE(summary.has_value());
    EXPECT_NE(without_blanks(as_text(outcome.output)).find(expected), std::string::npos)
        << name << ": " << as_text(outcome.output);
  }
}

TEST_F(Recognition, RefusesWhatIsNoPictureOrTooLarge) {
  const Outcome text = run("no picture at all");
  ASSERT_EQ(text.ending, Ending::Refused);
  EXPECT_EQ(decode_ocr_refusal(text.summary), OcrRefusal::NoPicture);
  const Outcome large = run(picture("english.png"), {.pixels_max = 1'000});
  ASSERT_EQ(large.ending, Ending::Refused);
  EXPECT_EQ(decode_ocr_refusal(large.summary), OcrRefusal::TooLarge);
}

}  // namespace
}  // namespace kuramori::sandbox::recognition
