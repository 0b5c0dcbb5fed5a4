#include "sandbox/pictures/apng.hpp"

#include <gtest/gtest.h>

namespace kuramori::sandbox::pictures {
namespace {

TEST(ApngTest, LaysOneFrameOverAnother) {
  const Apng apng{.size = {2, 1}, .loops = 0, .head = {}, .shared = {}, .frames = {}};
  Bytes canvas{10, 20, 30, 255, 0, 0, 0, 0};
  ApngFrame frame{.size = {2, 1}, .blend = ApngFrame::Blend::Over};
  draw(canvas, apng, frame, Bytes{200, 100, 0, 128, 9, 8, 7, 100});
  EXPECT_NEAR(canvas[0], 105, 1);
  EXPECT_NEAR(canvas[1], 60, 1);
  EXPECT_EQ(canvas[3], 255);
  // Over nothing, it is what it is.
  EXPECT_EQ(canvas[4], 9);
  EXPECT_EQ(canvas[7], 100);
  draw(canvas, apng, frame, Bytes{1, 1, 1, 0, 1, 1, 1, 0});
  EXPECT_EQ(canvas[4], 9);
  frame.blend = ApngFrame::Blend::Source;
  draw(canvas, apng, frame, Bytes{1, 2, 3, 0, 5, 6, 7, 8});
  EXPECT_EQ(canvas, (Bytes{1, 2, 3, 0, 5, 6, 7, 8}));
  frame.size = {1, 1};
  frame.x = 1;
  draw(canvas, apng, frame, Bytes{9, 9, 9, 9});
  EXPECT_EQ(canvas, (Bytes{1, 2, 3, 0, 9, 9, 9, 9}));
}

TEST(ApngTest, OnlyPngFilesThatSayTheyMoveDo) {
  EXPECT_FALSE(apng_frames({}));
  EXPECT_FALSE(apng_frames(as_bytes("\x89PNG\r\n\x1A\n")));
  EXPECT_FALSE(read_apng({}));
}

}  // namespace
}  // namespace kuramori::sandbox::pictures
