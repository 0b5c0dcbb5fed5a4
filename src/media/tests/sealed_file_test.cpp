#include "media/sealed_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "storage/blobs_directory/blob_directory.hpp"

namespace kuramori::media {
namespace {

namespace fs = std::filesystem;

class SealedFileTest : public ::testing::Test {
 protected:
  SealedFileTest() {
    std::string path = (fs::temp_directory_path() / "kuramori-sealed-XXXXXX").string();
    root = ::mkdtemp(path.data());
    auto opened = storage::blobs_directory::open(root / "media");
    blobs = *std::move(opened);
  }
  ~SealedFileTest() override { fs::remove_all(root); }

  Bytes text_of(std::size_t bytes) {
    Bytes text(bytes);
    random.fill(text);
    return text;
  }
  void put(std::string_view blob, const Bytes& text) {
    auto writer = SealedWriter::create({.blobs = *blobs, .key = key, .blob = blob});
    ASSERT_TRUE(writer);
    ByteView rest = text;
    do {
      const ByteView piece = rest.first(std::min(rest.size(), kPieceBytes));
      rest = rest.subspan(piece.size());
      ASSERT_TRUE(writer->append(piece, rest.empty() ? Part::Last : Part::Middle));
    } while (!rest.empty());
    EXPECT_EQ(writer->bytes(), text.size());
    EXPECT_EQ(writer->digest(), crypto::sha256(text));
    ASSERT_TRUE(writer->finish());
  }
  Result<Bytes> get(std::string_view blob, std::uint64_t bytes, std::uint64_t from, std::uint64_t end) {
    KURAMORI_TRY(reader, SealedReader::open({.blobs = *blobs, .key = key, .blob = blob, .bytes = bytes}));
    Bytes all;
    while (from < end) {
      KURAMORI_TRY(part, reader.read(from, end));
      all.insert(all.end(), part.begin(), part.end());
      from += part.size();
    }
    return all;
  }
  fs::path path_of(std::string_view blob) const { return root / "media" / blob.substr(0, 2) / blob; }

  SeededRandom random{7};
  crypto::SecretKey key = crypto::SecretKey::generate(random);
  fs::path root;
  std::unique_ptr<storage::BlobStore> blobs;
};

TEST_F(SealedFileTest, OpensWhatWasSealedAtEveryBoundary) {
  int number = 0;
  for (const std::size_t bytes :
       {std::size_t{0}, std::size_t{1}, kChunkBytes - 1, kChunkBytes, kChunkBytes + 1, kPieceBytes - 1,
        kPieceBytes, kPieceBytes + 1, 3 * kPieceBytes + 12'345}) {
    const std::string blob = "file" + std::to_string(number++);
    const Bytes text = text_of(bytes);
    put(blob, text);
    EXPECT_EQ(fs::file_size(path_of(blob)), sealed_bytes(bytes));
    EXPECT_EQ(*get(blob, bytes, 0, bytes), text) << bytes;
  }
}

TEST_F(SealedFileTest, OpensAnyRange) {
  const std::size_t bytes = 2 * kPieceBytes + 777;
  const Bytes text = text_of(bytes);
  put("ranges", text);
  for (int i = 0; i < 200; ++i) {
    const std::uint64_t from = random.below(bytes);
    const std::uint64_t end = from + 1 + random.below(bytes - from);
    const Bytes expected(text.begin() + static_cast<std::ptrdiff_t>(from),
                         text.begin() + static_cast<std::ptrdiff_t>(end));
    ASSERT_EQ(*get("ranges", bytes, from, end), expected) << from << ".." << end;
  }
}

TEST_F(SealedFileTest, FindsEveryAlteration) {
  const std::size_t bytes = 2 * kChunkBytes + 100;
  put("altered", text_of(bytes));
  for (const std::size_t at : {std::size_t{0}, kChunkBytes + 3, 2 * kChunkBytes + 50}) {
    {
      std::fstream file(path_of("altered"), std::ios::in | std::ios::out | std::ios::binary);
      file.seekg(static_cast<std::streamoff>(at));
      const char was = static_cast<char>(file.get());
      file.seekp(static_cast<std::streamoff>(at));
      file.put(static_cast<char>(was ^ 1));
    }
    EXPECT_FALSE(get("altered", bytes, 0, bytes)) << at;
  }
}

TEST_F(SealedFileTest, AFileThatWasCutIsNotTakenForAShorterOne) {
  put("cutcut", text_of(2 * kChunkBytes));
  fs::resize_file(path_of("cutcut"), sealed_bytes(kChunkBytes));
  EXPECT_FALSE(get("cutcut", 2 * kChunkBytes, 0, 2 * kChunkBytes));
  // Not even by whoever alters the length in the table: the last chunk says that it is the last.
  EXPECT_FALSE(get("cutcut", kChunkBytes, 0, kChunkBytes));
}

TEST_F(SealedFileTest, AFileUnderAnotherNameDoesNotOpen) {
  put("first1", text_of(1'000));
  fs::create_directories(path_of("second").parent_path());
  fs::copy_file(path_of("first1"), path_of("second"));
  EXPECT_TRUE(get("first1", 1'000, 0, 1'000));
  EXPECT_FALSE(get("second", 1'000, 0, 1'000));
}

}  // namespace
}  // namespace kuramori::media
