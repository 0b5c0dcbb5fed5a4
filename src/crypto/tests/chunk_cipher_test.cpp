#include "crypto/chunk_cipher.hpp"

#include <gtest/gtest.h>

#include "crypto/hash.hpp"

namespace kuramori::crypto {
namespace {

class ChunkCipherTest : public ::testing::Test {
 protected:
  Bytes seal(ChunkPosition position, std::string_view text, std::string_view place = "file 1") {
    Bytes sealed(text.size() + kChunkOverheadBytes);
    ChunkSealer sealer(key, place);
    sealer.seal(position, as_bytes(text), sealed);
    return sealed;
  }
  Result<std::string> open(ChunkPosition position, const Bytes& sealed, std::string_view place = "file 1") {
    Bytes text(sealed.size() - kChunkOverheadBytes);
    ChunkOpener opener(key, place);
    KURAMORI_CHECK(opener.open(position, sealed, text));
    return std::string(as_text(text));
  }
  SeededRandom random{5};
  SecretKey key = SecretKey::generate(random);
};

TEST_F(ChunkCipherTest, OpensWhatItSealed) {
  for (const std::string& text : {std::string(), std::string("x"), std::string(65'536, 'y')}) {
    const Bytes sealed = seal({3, false}, text);
    EXPECT_EQ(*open({3, false}, sealed), text);
  }
}

TEST_F(ChunkCipherTest, OpensNothingThatWasMovedCutOrAltered) {
  const Bytes sealed = seal({3, false}, "the annual report");
  EXPECT_FALSE(open({4, false}, sealed));
  EXPECT_FALSE(open({3, true}, sealed));
  EXPECT_FALSE(open({3 + (std::uint64_t{1} << 40), false}, sealed));
  EXPECT_FALSE(open({3, false}, sealed, "file 2"));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes altered = sealed;
    altered[i] ^= 1;
    EXPECT_FALSE(open({3, false}, altered)) << i;
  }
  const Bytes cut(sealed.begin(), sealed.end() - 1);
  EXPECT_FALSE(open({3, false}, cut));
}

TEST_F(ChunkCipherTest, WorksInPlaceAndForManyChunks) {
  ChunkSealer sealer(key, "file");
  ChunkOpener opener(key, "file");
  for (std::uint64_t index = 0; index < 5; ++index) {
    Bytes buffer(100 + kChunkOverheadBytes, static_cast<std::uint8_t>(index));
    sealer.seal({index, index == 4}, ByteView(buffer).first(100), buffer);
    ASSERT_TRUE(opener.open({index, index == 4}, buffer, std::span(buffer).first(100)));
    EXPECT_EQ(buffer[0], index);
    EXPECT_EQ(buffer[99], index);
  }
}

TEST(Sha256StreamTest, IsTheHashOfTheParts) {
  Sha256Stream stream;
  for (const std::string_view part : {"abc", "", "defgh"}) stream.add(as_bytes(part));
  EXPECT_EQ(stream.finish(), sha256("abcdefgh"));
}

}  // namespace
}  // namespace kuramori::crypto
