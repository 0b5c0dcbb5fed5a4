// Whatever an archive holds: its octets as they are, and the same sealed as they should be, so that what
// reads the entries sees them, too. What is read holds what it says, and nothing beyond the input.
#include <cstdint>

#include "backup/archive_reader.hpp"
#include "backup/chunks.hpp"
#include "backup/tests/memory_octets.hpp"
#include "base/random.hpp"
#include "crypto/key_tree.hpp"

namespace {

using namespace kuramori;
using namespace kuramori::backup;

class Counting final : public Visitor {
 public:
  Result<void> begin(const Origin&) override { return {}; }
  Result<void> table(const TableShape& shape) override {
    shape_ = shape;
    return {};
  }
  Result<void> row(storage::Row row) override {
    if (row.size() != shape_.columns.size()) __builtin_trap();
    ++rows;
    return {};
  }
  Result<void> file(std::string_view, std::uint64_t octets) override {
    left_ = octets;
    return {};
  }
  Result<void> part(ByteView octets) override {
    if (octets.size() > left_) __builtin_trap();
    left_ -= octets.size();
    return {};
  }
  Result<void> file_end() override {
    if (left_ != 0) __builtin_trap();
    ++files;
    return {};
  }
  std::int64_t rows = 0;
  std::int64_t files = 0;

 private:
  TableShape shape_;
  std::uint64_t left_ = 0;
};

void read(ByteView octets, const crypto::SecretKey& root) {
  backup::testing::MemorySource source(octets);
  Counting counting;
  const auto summary = read_archive(source, root, counting);
  if (!summary) return;
  if (summary->rows() != counting.rows || summary->contents.files != counting.files) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const crypto::SecretKey root({1});
  static const crypto::SecretKey organisation({2});
  static const Head head = [] {
    SeededRandom random(1);
    return Head{.wrapped_key = crypto::wrap_key(root, organisation, crypto::KeyScope::Organisation,
                                                "organisation", random)};
  }();
  read({data, size}, root);
  backup::testing::MemorySink sink;
  sink.octets = write_head(head);
  ChunkWriter chunks(sink, key_of(head, organisation), place_of(head));
  if (!chunks.write({data, size}) || !chunks.finish()) __builtin_trap();
  read(sink.octets, root);
  return 0;
}
