// Most of it in this process, as the job does it; the confined program is tried with one file of each kind,
// and with damaged ones.
#include <gtest/gtest.h>
#include <vips/vips.h>

#include <random>

#include "samples.hpp"
#include "sandbox/pictures/thumbnail.hpp"
#include "sandbox/pictures/warm.hpp"
#include "sandbox/sandbox.hpp"

namespace kuramori::sandbox::pictures::testing {
namespace {

using Method = ThumbnailRequest::Method;
using Movement = ThumbnailRequest::Movement;

class PicturesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(warm()); }

  struct Got {
    Ending ending = Ending::Crashed;
    std::optional<ThumbnailSummary> summary;
    std::optional<PictureRefusal> refusal;
    Bytes output;
  };
  static Got make(ByteView file, ThumbnailRequest request) {
    Answer answer = make_thumbnail(request.encode(), file);
    const Ending ending = answer.verdict == Verdict::Done ? Ending::Done : Ending::Refused;
    return to_got(
        {.ending = ending, .summary = std::move(answer.summary), .output = std::move(answer.output)});
  }
  Got make_confined(ByteView file, ThumbnailRequest request) {
    std::size_t at = 0;
    Input input = [file, at]() mutable -> Result<ByteView> {
      const ByteView part = file.subspan(at, std::min<std::size_t>(65'536, file.size() - at));
      at += part.size();
      return part;
    };
    auto outcome = sandbox.run_here(request.encode(), input);
    EXPECT_TRUE(outcome) << outcome.error().to_log();
    if (!outcome) return {};
    return to_got(*std::move(outcome));
  }
  static Got to_got(Outcome outcome) {
    Got got{.ending = outcome.ending, .summary = {}, .refusal = {}, .output = std::move(outcome.output)};
    if (got.ending == Ending::Done) got.summary = ThumbnailSummary::decode(outcome.summary);
    if (got.ending == Ending::Refused) got.refusal = decode_refusal(outcome.summary);
    return got;
  }
  static ThumbnailRequest scale(std::uint32_t width, std::uint32_t height,
                                Movement movement = Movement::Still) {
    return {.method = Method::Scale, .movement = movement, .width = width, .height = height};
  }
  static ThumbnailRequest crop(std::uint32_t width, std::uint32_t height,
                               Movement movement = Movement::Still) {
    return {.method = Method::Crop, .movement = movement, .width = width, .height = height};
  }
  void expect_made(ByteView file, ThumbnailRequest request, PictureType type, Size size,
                   const std::string& what) {
    const Got got = make(file, request);
    ASSERT_EQ(got.ending, Ending::Done) << what << ": " << to_string(got.ending);
    ASSERT_TRUE(got.summary) << what;
    EXPECT_EQ(got.summary->kind, ThumbnailSummary::Kind::Made) << what;
    EXPECT_EQ(media_type(got.summary->type), media_type(type)) << what;
    const Looks looks = look(got.output);
    EXPECT_EQ(looks.size.width, size.width) << what;
    EXPECT_EQ(looks.size.height, size.height) << what;
    EXPECT_EQ(got.summary->width, size.width) << what;
    EXPECT_EQ(got.summary->height, size.height) << what;
    EXPECT_FALSE(looks.has_comment) << what;
  }
  void expect_as_it_is(ByteView file, ThumbnailRequest request, PictureType type, const std::string& what) {
    const Got got = make(file, request);
    ASSERT_TRUE(got.summary) << what << ": " << to_string(got.ending);
    EXPECT_EQ(got.summary->kind, ThumbnailSummary::Kind::AsItIs) << what;
    EXPECT_EQ(media_type(got.summary->type), media_type(type)) << what;
    EXPECT_TRUE(got.output.empty()) << what;
  }

  const SystemClock clock;
  MetricsRegistry metrics;
  Sandbox sandbox{{.clock = clock, .metrics = metrics, .log = Logger::silent()},
                  {.program = KURAMORI_SANDBOX, .job = "thumbnail"}};
};

TEST_F(PicturesTest, EveryTypeInEverySize) {
  struct Case {
    const char* suffix;
    int bands;
    PictureType made;
  };
  const Case cases[] = {{".jpg", 3, PictureType::Jpeg},           {".jpg[interlace]", 3, PictureType::Jpeg},
                        {".jpg", 1, PictureType::Jpeg},           {".png", 3, PictureType::Jpeg},
                        {".png", 1, PictureType::Jpeg},           {".png", 4, PictureType::Png},
                        {".png[interlace]", 4, PictureType::Png}, {".png[palette]", 3, PictureType::Jpeg},
                        {".gif", 3, PictureType::Jpeg},           {".webp", 3, PictureType::Jpeg},
                        {".webp[lossless]", 4, PictureType::Png}};
  for (const Case& c : cases) {
    const std::string what = std::string(c.suffix) + " " + std::to_string(c.bands);
    const Bytes file = sample({1'200, 1'000}, c.suffix, c.bands);
    expect_made(file, crop(32, 32), c.made, {32, 32}, what);
    expect_made(file, scale(320, 240), c.made, {288, 240}, what);
    expect_made(file, scale(800, 600), c.made, {720, 600}, what);
  }
}

TEST_F(PicturesTest, NothingIsMadeLarger) {
  const Bytes small = sample({20, 10}, ".png");
  expect_as_it_is(small, crop(32, 32), PictureType::Png, "small crop");
  expect_as_it_is(small, scale(320, 240), PictureType::Png, "small scale");
  expect_as_it_is(sample({320, 240}, ".webp"), scale(320, 240), PictureType::Webp, "the very size");
  expect_as_it_is(sample({900, 10}, ".jpg"), {.method = Method::Original}, PictureType::Jpeg, "the original");
  // Narrow: what is there of the middle, and no more.
  expect_made(sample({1'000, 20}, ".jpg"), crop(96, 96), PictureType::Jpeg, {96, 20}, "narrow");
}

TEST_F(PicturesTest, TheMiddleIsCropped) {
  const Bytes file = sample({400, 100}, ".png");  // blue on the left, which is cut off
  const Got got = make(file, crop(96, 96));
  ASSERT_EQ(got.ending, Ending::Done);
  EXPECT_GT(pixel(got.output, 2, 2).red, 150);
  const Got whole = make(file, scale(96, 96));
  EXPECT_GT(pixel(whole.output, 2, 2).blue, 150);
}

TEST_F(PicturesTest, TurnedAsItIsMeantAndWithoutWhatElseItSays) {
  Picture picture = drawing({1'200, 800}, 3);
  turn(picture.get(), 6);  // the upper left corner is at the upper right when seen
  add_comment(picture.get(), "taken at home");
  VipsBlob* profile = nullptr;
  ASSERT_EQ(vips_profile_load("p3", &profile, nullptr), 0);
  std::size_t bytes = 0;
  const void* data = vips_blob_get(profile, &bytes);
  vips_image_set_blob_copy(picture.get(), VIPS_META_ICC_NAME, data, bytes);
  vips_area_unref(reinterpret_cast<VipsArea*>(profile));
  const Bytes file = encode(picture.get(), ".jpg[Q=95]");
  EXPECT_TRUE(look(file).has_comment);
  expect_made(file, scale(320, 240), PictureType::Jpeg, {160, 240}, "turned");
  const Got got = make(file, scale(320, 240));
  EXPECT_GT(pixel(got.output, 155, 5).blue, 150);
  EXPECT_GT(pixel(got.output, 5, 5).red, 150);
}

TEST_F(PicturesTest, ColoursOfPrint) {
  VipsImage* image = nullptr;
  const Picture picture = drawing({600, 600}, 3);
  ASSERT_EQ(vips_colourspace(picture.get(), &image, VIPS_INTERPRETATION_CMYK, nullptr), 0);
  const Picture cmyk(image);
  const Bytes file = encode(cmyk.get(), ".jpg[Q=95]");
  expect_made(file, crop(96, 96), PictureType::Jpeg, {96, 96}, "cmyk");
  EXPECT_GT(pixel(make(file, crop(96, 96)).output, 90, 90).red, 150);
  ASSERT_EQ(vips_colourspace(picture.get(), &image, VIPS_INTERPRETATION_RGB16, nullptr), 0);
  const Picture deep(image);
  expect_made(encode(deep.get(), ".png"), crop(96, 96), PictureType::Jpeg, {96, 96}, "16 bits");
}

TEST_F(PicturesTest, MovingPicturesMoveWhenAskedTo) {
  for (const char* suffix : {".gif", ".webp"}) {
    const Bytes file = sample({400, 200}, suffix, 3, 4);
    EXPECT_EQ(look(file).frames, 4) << suffix;
    for (const ThumbnailRequest& request : {scale(320, 240, Movement::Keep), crop(96, 96, Movement::Keep)}) {
      const Got got = make(file, request);
      ASSERT_EQ(got.ending, Ending::Done) << suffix << to_string(got.ending);
      EXPECT_EQ(got.summary->type, PictureType::Webp) << suffix;
      const Looks looks = look(got.output);
      EXPECT_EQ(looks.frames, 4) << suffix;
      EXPECT_EQ(looks.delays_ms, std::vector<int>(4, 120)) << suffix;
      EXPECT_EQ(looks.size.width, request.method == Method::Crop ? 96u : 320u) << suffix;
      EXPECT_EQ(looks.size.height, request.method == Method::Crop ? 96u : 160u) << suffix;
      EXPECT_GT(pixel(got.output, 90, 90, 3).red, 150) << suffix;
    }
    // Never unasked, not even when it is small enough to be served as it is.
    EXPECT_EQ(look(make(file, scale(320, 240)).output).frames, 1) << suffix;
    const Got still = make(file, scale(800, 600));
    EXPECT_EQ(still.summary->kind, ThumbnailSummary::Kind::Made) << suffix;
    EXPECT_EQ(look(still.output).frames, 1) << suffix;
    EXPECT_EQ(look(still.output).size.width, 400u) << suffix;
    EXPECT_EQ(make(file, scale(800, 600, Movement::Keep)).summary->kind, ThumbnailSummary::Kind::AsItIs)
        << suffix;
  }
  // What does not move is still, whatever was asked.
  EXPECT_EQ(make(sample({400, 200}, ".gif"), crop(96, 96, Movement::Keep)).summary->type, PictureType::Jpeg);
}

TEST_F(PicturesTest, MovingPngIsReadToo) {
  const std::vector<Placed> frames{
      {.png = sample({200, 200}, ".png", 4), .size = {200, 200}},
      {.png = sample({100, 100}, ".png", 4),
       .size = {100, 100},
       .x = 100,
       .y = 100,
       .dispose = 2,
       .blend = 1},
      {.png = sample({50, 50}, ".png", 4), .size = {50, 50}, .x = 150, .y = 0, .dispose = 1},
  };
  const Bytes file = apng(frames);
  const Got got = make(file, crop(96, 96, Movement::Keep));
  ASSERT_EQ(got.ending, Ending::Done) << to_string(got.ending);
  EXPECT_EQ(got.summary->type, PictureType::Webp);
  const Looks looks = look(got.output);
  EXPECT_EQ(looks.frames, 3);
  EXPECT_EQ(looks.size.width, 96u);
  EXPECT_EQ(looks.delays_ms, std::vector<int>(3, 70));
  EXPECT_GT(pixel(got.output, 52, 52, 1).blue, 150);  // the second frame's corner, in the middle
  EXPECT_GT(pixel(got.output, 52, 52, 2).red, 120);   // and gone again
  EXPECT_GT(pixel(got.output, 76, 4, 2).blue, 150);
  EXPECT_EQ(make(file, scale(320, 240, Movement::Keep)).summary->type, PictureType::Apng);
  const Got still = make(file, scale(320, 240));
  EXPECT_EQ(still.summary->type, PictureType::Png);
  EXPECT_EQ(still.summary->kind, ThumbnailSummary::Kind::Made);
}

TEST_F(PicturesTest, WhatIsNoPictureIsRefused) {
  for (const std::string_view text :
       {std::string_view(""), std::string_view("<svg xmlns='http://www.w3.org/2000/svg'/>"),
        std::string_view("%PDF-1.7"), std::string_view("II*\0\x08\0\0\0", 8),
        std::string_view("push graphic-context")}) {
    const Got got = make(as_bytes(text), crop(32, 32));
    EXPECT_EQ(got.ending, Ending::Refused) << text;
    EXPECT_EQ(got.refusal, PictureRefusal::NoPicture) << text;
  }
  for (const std::string_view text :
       {std::string_view("\xFF\xD8\xFF"), std::string_view("\x89PNG\r\n\x1A\n"), std::string_view("GIF89a"),
        std::string_view("RIFF\0\0\0\0WEBPVP8 ", 16)}) {
    const Got got = make(as_bytes(text), crop(32, 32));
    EXPECT_EQ(got.refusal, PictureRefusal::Damaged) << to_string(got.ending);
  }
}

TEST_F(PicturesTest, BombsAreSeenByTheirHead) {
  Bytes bomb = sample({64, 64}, ".png");
  const std::string head = big_endian(60'000) + big_endian(60'000) + std::string("\x08\x02\0\0\0", 5);
  const Bytes chunk = png_chunk("IHDR", as_bytes(head));
  std::ranges::copy(chunk, bomb.begin() + 8);
  EXPECT_EQ(make(bomb, crop(32, 32)).refusal, PictureRefusal::TooLarge);
  ThumbnailRequest request = crop(32, 32);
  request.pixels_max = 100;
  EXPECT_EQ(make(sample({64, 64}, ".jpg"), request).refusal, PictureRefusal::TooLarge);
  // Too much of a moving one: its first frame, then.
  request = crop(32, 32, Movement::Keep);
  request.pixels_max = 10'000;
  EXPECT_EQ(make(sample({64, 64}, ".gif", 3, 5), request).summary->type, PictureType::Jpeg);
}

Bytes moving_png() {
  return apng({{.png = sample({80, 80}, ".png", 4), .size = {80, 80}},
               {.png = sample({40, 40}, ".png", 4), .size = {40, 40}, .x = 20, .y = 20, .blend = 1}});
}

std::vector<Bytes> one_of_each_kind() {
  Picture turned = drawing({300, 200}, 3);
  turn(turned.get(), 6);
  add_comment(turned.get(), "taken at home");
  return {encode(turned.get(), ".jpg"), sample({300, 300}, ".png", 4), sample({200, 200}, ".gif", 3, 3),
          sample({200, 200}, ".webp", 4, 3), moving_png()};
}

// Cut off, and with some of its bits turned.
Bytes damage(Bytes file, int how, std::minstd_rand& random) {
  if (how % 2 == 0) file.resize(file.size() * static_cast<std::size_t>(how + 1) / 9);
  for (int n = 0; n < how * 3 && !file.empty(); ++n)
    file[random() % file.size()] ^= static_cast<std::uint8_t>(1U << (random() % 8));
  return file;
}

TEST_F(PicturesTest, DamagedFilesHarmNobody) {
  std::minstd_rand random(7);
  for (const Bytes& file : one_of_each_kind()) {
    for (int i = 0; i < 24; ++i) {
      const Bytes damaged = damage(file, i % 8, random);
      const Got got = make(damaged, i % 3 == 0 ? crop(32, 32, Movement::Keep) : scale(64, 64));
      EXPECT_TRUE(got.summary || got.refusal) << i;
    }
  }
}

// Nothing that a file may hold makes the program call the system for more than it was given.
TEST_F(PicturesTest, TheConfinedProgramDoesTheSame) {
  std::minstd_rand random(8);
  for (const Bytes& file : one_of_each_kind()) {
    const Got got = make_confined(file, crop(32, 32, Movement::Keep));
    EXPECT_EQ(got.ending, Ending::Done) << to_string(got.ending);
    EXPECT_EQ(got.output, make(file, crop(32, 32, Movement::Keep)).output);
    const Got damaged = make_confined(damage(file, 3, random), scale(64, 64));
    EXPECT_TRUE(damaged.summary || damaged.refusal) << to_string(damaged.ending);
  }
  EXPECT_EQ(make_confined(as_bytes("no picture"), crop(32, 32)).refusal, PictureRefusal::NoPicture);
}

}  // namespace
}  // namespace kuramori::sandbox::pictures::testing
