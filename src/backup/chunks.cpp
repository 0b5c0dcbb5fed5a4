#include "backup/chunks.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "backup/errors.hpp"
#include "base/assert.hpp"

namespace kuramori::backup {
namespace {

constexpr std::size_t kFrameHeadBytes = 4;
constexpr std::uint32_t kLastMark = 0x8000'0000;
constexpr std::size_t kSealedBytesMax = kPlainBytes + crypto::kChunkOverheadBytes;

void put_head(std::span<std::uint8_t> into, std::uint32_t head) {
  for (std::size_t i = 0; i < kFrameHeadBytes; ++i)
    into[i] = static_cast<std::uint8_t>(head >> (8 * (kFrameHeadBytes - 1 - i)));
}

std::uint32_t head_of(std::span<const std::uint8_t> from) {
  std::uint32_t head = 0;
  for (std::size_t i = 0; i < kFrameHeadBytes; ++i) head = head << 8U | from[i];
  return head;
}

std::string name_of(std::uint64_t chunk) {
  return "chunk " + std::to_string(chunk + 1);
}

}  // namespace

ChunkWriter::ChunkWriter(Sink& sink, const crypto::SecretKey& key, std::string_view place)
    : sink_(sink), sealer_(key, place) {
  plain_.reserve(kPlainBytes);
  framed_.reserve(kFrameHeadBytes + kSealedBytesMax);
}

Result<void> ChunkWriter::write(ByteView octets) {
  while (!octets.empty()) {
    // A full chunk waits until it is known whether it is the last.
    if (plain_.size() == kPlainBytes) KURAMORI_CHECK(seal(Which::Middle));
    const std::size_t count = std::min(octets.size(), kPlainBytes - plain_.size());
    plain_.insert(plain_.end(), octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(count));
    octets = octets.subspan(count);
  }
  return {};
}

Result<void> ChunkWriter::finish() {
  return seal(Which::Last);
}

Result<void> ChunkWriter::seal(Which which) {
  const std::size_t sealed = plain_.size() + crypto::kChunkOverheadBytes;
  framed_.resize(kFrameHeadBytes + sealed);
  const std::span<std::uint8_t> frame(framed_);
  put_head(frame, static_cast<std::uint32_t>(sealed) | (which == Which::Last ? kLastMark : 0));
  sealer_.seal({.index = chunks_++, .is_last = which == Which::Last}, plain_, frame.subspan(kFrameHeadBytes));
  plain_.clear();
  return sink_.append(framed_);
}

ChunkReader::ChunkReader(Source& source, const crypto::SecretKey& key, std::string_view place)
    : source_(source), opener_(key, place) {}

Result<void> ChunkReader::open_next() {
  if (is_last_) return not_understood("it ends in the middle of something");
  std::array<std::uint8_t, kFrameHeadBytes> raw{};
  KURAMORI_TRY(got, source_.read(raw));
  if (got < raw.size()) return damaged("it is cut off before " + name_of(chunks_));
  const std::uint32_t head = head_of(raw);
  const std::size_t sealed = head & ~kLastMark;
  if (sealed < crypto::kChunkOverheadBytes || sealed > kSealedBytesMax)
    return damaged(name_of(chunks_) + " has an impossible length");
  plain_.resize(sealed);
  KURAMORI_TRY(read, source_.read(plain_));
  if (read < sealed) return damaged("it is cut off in " + name_of(chunks_));
  is_last_ = (head & kLastMark) != 0;
  used_ = 0;
  const std::span<std::uint8_t> plain(plain_.data(), sealed - crypto::kChunkOverheadBytes);
  if (!opener_.open({.index = chunks_, .is_last = is_last_}, plain_, plain))
    return damaged(name_of(chunks_) + " was altered, or one was moved, left out or cut off");
  plain_.resize(plain.size());
  ++chunks_;
  return {};
}

Result<ByteView> ChunkReader::some(std::uint64_t octets_max) {
  ensure(octets_max > 0, "something is asked for");
  while (used_ == plain_.size()) KURAMORI_CHECK(open_next());
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(octets_max, plain_.size() - used_));
  const ByteView part = ByteView(plain_).subspan(used_, count);
  used_ += count;
  return part;
}

Result<void> ChunkReader::read(std::span<std::uint8_t> into) {
  while (!into.empty()) {
    KURAMORI_TRY(part, some(into.size()));
    std::ranges::copy(part, into.begin());
    into = into.subspan(part.size());
  }
  return {};
}

Result<void> ChunkReader::append_to(Bytes& into, std::uint64_t octets) {
  while (octets > 0) {
    KURAMORI_TRY(part, some(octets));
    into.insert(into.end(), part.begin(), part.end());
    octets -= part.size();
  }
  return {};
}

Result<void> ChunkReader::expect_end() {
  while (!is_last_ && used_ == plain_.size()) KURAMORI_CHECK(open_next());
  if (used_ != plain_.size()) return not_understood("something follows its end");
  std::uint8_t more = 0;
  KURAMORI_TRY(got, source_.read(std::span(&more, 1)));
  if (got > 0) return damaged("something follows its last chunk");
  return {};
}

}  // namespace kuramori::backup
