#include "sandbox/frames.hpp"

#include <gtest/gtest.h>

#include "sandbox/thumbnail_job.hpp"
#include "sandbox/wire.hpp"

namespace kuramori::sandbox {
namespace {

Bytes request(std::string_view parameters, std::initializer_list<std::string_view> parts) {
  WireWriter writer;
  writer.text(parameters);
  for (const std::string_view part : parts) writer.text(part);
  return writer.take();
}

template <class Reader>
Reading feed_by(Reader& reader, const Bytes& bytes, std::size_t step) {
  Reading reading = Reading::More;
  for (ByteView rest = bytes; !rest.empty(); rest = rest.subspan(std::min(step, rest.size())))
    reading = reader.feed(rest.first(std::min(step, rest.size())));
  return reading;
}

TEST(RequestReaderTest, ReadsPartsHoweverTheyArrive) {
  const Bytes bytes = request("scale", {"abc", "d", ""});
  for (const std::size_t step : {1u, 2u, 3u, 5u, 100u}) {
    RequestReader reader(4);
    EXPECT_EQ(feed_by(reader, bytes, step), Reading::Complete);
    EXPECT_EQ(as_text(reader.parameters()), "scale");
    EXPECT_EQ(as_text(reader.input()), "abcd");
  }
}

TEST(RequestReaderTest, TakesNoMoreThanWasAgreed) {
  RequestReader exact(3);
  EXPECT_EQ(exact.feed(request("", {"abc", ""})), Reading::Complete);
  RequestReader more(2);
  EXPECT_EQ(more.feed(request("", {"abc", ""})), Reading::Malformed);
  RequestReader in_two(2);
  EXPECT_EQ(in_two.feed(request("", {"ab", "c", ""})), Reading::Malformed);
  RequestReader parameters(2);
  EXPECT_EQ(parameters.feed(WireWriter().u32(kParametersBytesMax + 1).take()), Reading::Malformed);
  RequestReader part(std::size_t{1} << 40);
  EXPECT_EQ(part.feed(WireWriter().u32(0).u32(kPartBytesMax + 1).take()), Reading::Malformed);
}

TEST(RequestReaderTest, NothingFollowsTheEnd) {
  RequestReader reader(10);
  EXPECT_EQ(reader.feed(request("", {""})), Reading::Complete);
  EXPECT_EQ(reader.feed(as_bytes("x")), Reading::Malformed);
  EXPECT_EQ(reader.feed(as_bytes("x")), Reading::Malformed);
}

TEST(AnswerReaderTest, ReadsAnAnswerHoweverItArrives) {
  Bytes bytes = answer_head(Verdict::Refused, as_bytes("why"), 2);
  bytes.insert(bytes.end(), {'h', 'i'});
  for (const std::size_t step : {1u, 2u, 7u, 100u}) {
    AnswerReader reader(2);
    EXPECT_EQ(feed_by(reader, bytes, step), Reading::Complete);
    const Answer answer = std::move(reader).take();
    EXPECT_EQ(answer.verdict, Verdict::Refused);
    EXPECT_EQ(as_text(answer.summary), "why");
    EXPECT_EQ(as_text(answer.output), "hi");
  }
}

TEST(AnswerReaderTest, TrustsNothing) {
  const Bytes cases[] = {
      {2},
      WireWriter().u8(0).u32(kSummaryBytesMax + 1).take(),
      WireWriter().u8(0).u32(0).u64(11).take(),
      WireWriter().u8(0).u32(0).u64(~std::uint64_t{0}).take(),
      WireWriter().u8(0).u32(0).u64(0).u8(1).take(),
  };
  for (const Bytes& bytes : cases) {
    AnswerReader reader(10);
    EXPECT_EQ(reader.feed(bytes), Reading::Malformed) << bytes.size();
  }
}

TEST(ThumbnailJobTest, SurvivesTheWayAndRefusesWhatIsNone) {
  const ThumbnailRequest request{.method = ThumbnailRequest::Method::Crop,
                                 .movement = ThumbnailRequest::Movement::Keep,
                                 .width = 96,
                                 .height = 32,
                                 .pixels_max = 7};
  const auto read = ThumbnailRequest::decode(request.encode());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->method, request.method);
  EXPECT_EQ(read->movement, request.movement);
  EXPECT_EQ(read->width, 96u);
  EXPECT_EQ(read->height, 32u);
  EXPECT_EQ(read->pixels_max, 7u);
  Bytes bytes = request.encode();
  bytes.push_back(0);
  EXPECT_FALSE(ThumbnailRequest::decode(bytes));
  EXPECT_FALSE(ThumbnailRequest::decode({}));
  bytes = request.encode();
  bytes[0] = 3;
  EXPECT_FALSE(ThumbnailRequest::decode(bytes));

  const ThumbnailSummary summary{
      .kind = ThumbnailSummary::Kind::AsItIs, .type = PictureType::Gif, .width = 3, .height = 4};
  const auto read_summary = ThumbnailSummary::decode(summary.encode());
  ASSERT_TRUE(read_summary);
  EXPECT_EQ(read_summary->type, PictureType::Gif);
  EXPECT_EQ(read_summary->height, 4u);
  bytes = summary.encode();
  bytes[1] = 5;
  EXPECT_FALSE(ThumbnailSummary::decode(bytes));
  EXPECT_EQ(decode_refusal(encode(PictureRefusal::TooLarge)), PictureRefusal::TooLarge);
  EXPECT_FALSE(decode_refusal(Bytes{3}));
  EXPECT_FALSE(decode_refusal({}));
}

TEST(PictureTypeTest, KnowsPicturesByTheirBeginning) {
  using namespace std::string_view_literals;
  EXPECT_EQ(picture_type_of(as_bytes("\xFF\xD8\xFF\xE0"sv)), PictureType::Jpeg);
  EXPECT_EQ(picture_type_of(as_bytes("\x89PNG\r\n\x1A\n...."sv)), PictureType::Png);
  EXPECT_EQ(picture_type_of(as_bytes("GIF89a"sv)), PictureType::Gif);
  EXPECT_EQ(picture_type_of(as_bytes("RIFF\0\0\0\0WEBPVP8 "sv)), PictureType::Webp);
  for (const std::string_view other :
       {""sv, "GIF88a"sv, "RIFF\0\0\0\0WAVE"sv, "RIFF"sv, "<svg"sv, "%PDF-"sv, "II*\0"sv}) {
    EXPECT_FALSE(picture_type_of(as_bytes(other))) << other;
  }
}

}  // namespace
}  // namespace kuramori::sandbox
