// What an archive holds comes back as it was; what is not as it was is found and named.
#include <gmock/gmock.h>

#include "backup/archive_reader.hpp"
#include "backup/archive_writer.hpp"
#include "backup/tests/memory_octets.hpp"
#include "base/random.hpp"
#include "crypto/key_tree.hpp"

namespace kuramori::backup {
namespace {

using ::testing::HasSubstr;
using testing::MemorySink;
using testing::MemorySource;

const storage::Table kThings{.name = "things",
                             .columns = {{"number", storage::ColumnType::Integer},
                                         {"name", storage::ColumnType::Text, storage::Nullable::Yes},
                                         {"octets", storage::ColumnType::Blob}},
                             .key_columns = 1};

class BlobInMemory final : public storage::BlobReader {
 public:
  explicit BlobInMemory(Bytes octets) : octets_(std::move(octets)) {}
  std::uint64_t bytes() const override { return octets_.size(); }
  Result<void> read(std::uint64_t offset, std::span<std::uint8_t> into) override {
    std::copy_n(octets_.begin() + static_cast<std::ptrdiff_t>(offset), into.size(), into.begin());
    return {};
  }

 private:
  Bytes octets_;
};

// Keeps everything that it is told.
class Collected final : public Visitor {
 public:
  Result<void> begin(const Origin& from) override {
    origin = from;
    return {};
  }
  Result<void> table(const TableShape& shape) override {
    tables.push_back(shape.name);
    return {};
  }
  Result<void> row(storage::Row row) override {
    rows.push_back(std::move(row));
    return {};
  }
  Result<void> file(std::string_view name, std::uint64_t) override {
    files.emplace_back(std::string(name), Bytes());
    return {};
  }
  Result<void> part(ByteView octets) override {
    files.back().second.insert(files.back().second.end(), octets.begin(), octets.end());
    return {};
  }
  Result<void> file_end() override { return {}; }

  Origin origin;
  std::vector<std::string> tables;
  std::vector<storage::Row> rows;
  std::vector<std::pair<std::string, Bytes>> files;
};

class ArchiveTest : public ::testing::Test {
 protected:
  ArchiveTest() {
    random.fill(head.id);
    head.wrapped_key =
        crypto::wrap_key(root, organisation, crypto::KeyScope::Organisation, "organisation", random);
  }

  // Three chunks and a bit.
  Bytes written() {
    MemorySink sink;
    EXPECT_TRUE(write(sink));
    return sink.octets;
  }
  Result<Summary> write(MemorySink& sink) {
    ArchiveWriter writer(sink, head, organisation);
    KURAMORI_CHECK(writer.begin(origin));
    KURAMORI_CHECK(writer.table(kThings));
    for (const storage::Row& row : rows) KURAMORI_CHECK(writer.row(row));
    BlobInMemory blob(file);
    KURAMORI_CHECK(writer.file("q7q7q7", blob, {}));
    return writer.end({.messages = 3, .files = 2, .waiting = 1, .gone = 4});
  }
  Result<Summary> read(ByteView octets) {
    MemorySource source(octets);
    return check_archive(source, root);
  }
  std::string refusal(ByteView octets) {
    const auto summary = read(octets);
    return summary ? "read" : summary.error().to_log();
  }
  // Where each chunk begins, with its frame; and where the last ends.
  std::vector<std::size_t> chunks_of(const Bytes& archive) const {
    std::vector<std::size_t> at{write_head(head).size()};
    while (at.back() < archive.size()) {
      const std::uint64_t length =
          number_from(ByteView(archive).subspan(at.back(), 4)) & std::uint64_t{0x7FFF'FFFF};
      at.push_back(at.back() + 4 + length);
    }
    return at;
  }

  SeededRandom random{11};
  const crypto::SecretKey root = crypto::SecretKey({1});
  const crypto::SecretKey organisation = crypto::SecretKey({2});
  const Origin origin{.server = "example.org",
                      .version = "1",
                      .created_ms = 5,
                      .migration = 20,
                      .stream_position = 7,
                      .record_entry = -1};
  const std::vector<storage::Row> rows{{std::int64_t{-5}, std::string("fünf"), Bytes{1, 2, 3}},
                                       {std::int64_t{6}, storage::Null{}, Bytes{}},
                                       {INT64_MIN, std::string(), Bytes(kPlainBytes + 17, 9)}};
  const Bytes file = Bytes(kPlainBytes + 5, 77);
  Head head;
};

TEST_F(ArchiveTest, WhatIsWrittenIsRead) {
  const Bytes archive = written();
  MemorySource source(archive);
  Collected collected;
  const auto summary = read_archive(source, root, collected);
  ASSERT_TRUE(summary) << summary.error().to_log();
  EXPECT_EQ(collected.origin, origin);
  EXPECT_THAT(collected.tables, ::testing::ElementsAre("things"));
  EXPECT_EQ(collected.rows, rows);
  ASSERT_EQ(collected.files.size(), 1U);
  EXPECT_EQ(collected.files[0].first, "q7q7q7");
  EXPECT_EQ(collected.files[0].second, file);
  EXPECT_EQ(summary->rows(), 3);
  EXPECT_EQ(summary->contents.files, 1);
  EXPECT_EQ(summary->contents.file_octets, static_cast<std::int64_t>(file.size()));
  EXPECT_EQ(summary->left_out, (LeftOut{.messages = 3, .files = 2, .waiting = 1, .gone = 4}));
}

TEST_F(ArchiveTest, EveryAlteredOctetIsFound) {
  const Bytes archive = written();
  for (std::size_t at = 0; at < archive.size(); at += at < 200 ? 1 : 9'973) {
    Bytes altered = archive;
    altered[at] ^= 0x10;
    EXPECT_FALSE(read(altered)) << "octet " << at;
  }
  Bytes altered = archive;
  altered[chunks_of(archive)[1] + 100] ^= 1;
  EXPECT_THAT(refusal(altered), HasSubstr("chunk 2 was altered"));
}

TEST_F(ArchiveTest, ChunksThatAreMovedLeftOutOrAddedAreFound) {
  const Bytes archive = written();
  const std::vector<std::size_t> at = chunks_of(archive);
  ASSERT_GE(at.size(), 4U) << "three chunks at least";
  const auto piece = [&](std::size_t chunk) {
    return Bytes(archive.begin() + static_cast<std::ptrdiff_t>(at[chunk]),
                 archive.begin() + static_cast<std::ptrdiff_t>(at[chunk + 1]));
  };
  const auto put_together = [&](const std::vector<std::size_t>& order) {
    Bytes whole(archive.begin(), archive.begin() + static_cast<std::ptrdiff_t>(at[0]));
    for (const std::size_t chunk : order) {
      const Bytes one = piece(chunk);
      whole.insert(whole.end(), one.begin(), one.end());
    }
    return whole;
  };
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i + 1 < at.size(); ++i) all.push_back(i);
  EXPECT_EQ(refusal(put_together(all)), "read");
  std::vector<std::size_t> order = all;
  std::swap(order[0], order[1]);
  EXPECT_THAT(refusal(put_together(order)), HasSubstr("chunk 1 was altered"));
  order = all;
  order.erase(order.begin() + 1);
  EXPECT_THAT(refusal(put_together(order)), HasSubstr("chunk 2 was altered"));
  order = all;
  order.push_back(all.back());
  EXPECT_THAT(refusal(put_together(order)), HasSubstr("something follows its last chunk"));
}

TEST_F(ArchiveTest, WhatIsCutOffIsFoundWhereverItEnds) {
  const Bytes archive = written();
  const std::vector<std::size_t> at = chunks_of(archive);
  for (std::size_t octets = 0; octets < archive.size(); octets += octets < 200 ? 1 : 7'919)
    EXPECT_FALSE(read(ByteView(archive).first(octets))) << octets << " octets";
  EXPECT_THAT(refusal(ByteView(archive).first(at[1])), HasSubstr("cut off before chunk 2"));
  EXPECT_THAT(refusal(ByteView(archive).first(at[1] + 50)), HasSubstr("cut off in chunk 2"));
  Bytes longer = archive;
  longer.push_back(0);
  EXPECT_THAT(refusal(longer), HasSubstr("something follows its last chunk"));
}

TEST_F(ArchiveTest, AnotherRootKeyOpensNothing) {
  const Bytes archive = written();
  MemorySource source(archive);
  const auto summary = check_archive(source, crypto::SecretKey({3}));
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().reason(), "KURAMORI_WRONG_ROOT_KEY");
}

TEST_F(ArchiveTest, AnArchiveThatSaysMoreThanItHoldsIsRefused) {
  MemorySink sink;
  const Bytes begin = write_head(head);
  sink.octets = begin;
  ChunkWriter chunks(sink, key_of(head, organisation), place_of(head));
  const auto entry = [&](EntryKind kind, std::string_view payload) {
    Bytes octets{static_cast<std::uint8_t>(kind)};
    append_number(octets, payload.size(), 8);
    EXPECT_TRUE(chunks.write(octets));
    EXPECT_TRUE(chunks.write(as_bytes(payload)));
  };
  entry(EntryKind::Start, to_text(origin));
  entry(EntryKind::Table, to_text(shape_of(kThings)));
  entry(EntryKind::End, R"({"rows":{"things":1},"files":0,"file_octets":0,"left_out":{}})");
  ASSERT_TRUE(chunks.finish());
  EXPECT_THAT(refusal(sink.octets), HasSubstr("there is not in it what it says"));
}

TEST_F(ArchiveTest, AFullDiskIsAnError) {
  MemorySink sink;
  sink.room = kPlainBytes;
  const auto summary = write(sink);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code(), ErrorCode::Unavailable);
}

TEST_F(ArchiveTest, RowsThatDoNotFitTheirTableAreRefused) {
  Bytes octets;
  append_row(octets, {std::string("no number"), storage::Null{}, Bytes{}});
  EXPECT_FALSE(row_from(octets, shape_of(kThings)));
  octets.clear();
  append_row(octets, {std::int64_t{1}, storage::Null{}, storage::Null{}});
  EXPECT_FALSE(row_from(octets, shape_of(kThings))) << "the last column may not be null";
  octets.clear();
  append_row(octets, {std::int64_t{1}, storage::Null{}, Bytes{}, std::int64_t{2}});
  EXPECT_FALSE(row_from(octets, shape_of(kThings))) << "a column more";
}

}  // namespace
}  // namespace kuramori::backup
