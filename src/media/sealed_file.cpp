#include "media/sealed_file.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace kuramori::media {
namespace {

constexpr std::size_t kSealedChunkBytes = kChunkBytes + crypto::kChunkOverheadBytes;

std::uint64_t chunks_of(std::uint64_t bytes) {
  return std::max<std::uint64_t>(1, (bytes + kChunkBytes - 1) / kChunkBytes);
}

std::string bound_to(std::string_view blob, std::string_view original) {
  if (original.empty()) return "media file " + std::string(blob);
  return "media thumbnail " + std::string(blob) + " of " + std::string(original);
}

std::size_t piece_chunks(std::uint64_t bytes) {
  return static_cast<std::size_t>(std::min<std::uint64_t>(kPieceChunks, chunks_of(bytes)));
}

}  // namespace

std::uint64_t sealed_bytes(std::uint64_t bytes) {
  return bytes + chunks_of(bytes) * crypto::kChunkOverheadBytes;
}

SealedWriter::SealedWriter(std::unique_ptr<storage::BlobWriter> blob, const Place& place)
    : blob_(std::move(blob)),
      sealer_(place.key, bound_to(place.blob, place.original)),
      sealed_(kPieceChunks * kSealedChunkBytes) {}

Result<SealedWriter> SealedWriter::create(const Place& place) {
  KURAMORI_TRY(blob, place.blobs.create(place.blob));
  return SealedWriter(std::move(blob), place);
}

Result<void> SealedWriter::append(ByteView piece, Part part) {
  ensure(piece.size() <= kPieceBytes, "a piece is no larger than the buffers for it");
  ensure(part == Part::Last || (!piece.empty() && piece.size() % kChunkBytes == 0),
         "only the last part of a file is not whole chunks");
  hash_.add(piece);
  bytes_ += piece.size();
  std::span<std::uint8_t> room = sealed_.span();
  std::size_t total = 0;
  do {
    const ByteView chunk = piece.first(std::min(piece.size(), kChunkBytes));
    piece = piece.subspan(chunk.size());
    const std::size_t sealed = chunk.size() + crypto::kChunkOverheadBytes;
    sealer_.seal({chunks_++, part == Part::Last && piece.empty()}, chunk, room.subspan(total, sealed));
    total += sealed;
  } while (!piece.empty());
  return blob_->append(room.first(total));
}

Result<void> seal_whole(const SealedWriter::Place& place, ByteView file) {
  KURAMORI_TRY(writer, SealedWriter::create(place));
  do {
    const ByteView piece = file.first(std::min(file.size(), kPieceBytes));
    file = file.subspan(piece.size());
    KURAMORI_CHECK(writer.append(piece, file.empty() ? Part::Last : Part::Middle));
  } while (!file.empty());
  return writer.finish();
}

SealedReader::SealedReader(std::unique_ptr<storage::BlobReader> blob, const Place& place)
    : blob_(std::move(blob)),
      opener_(place.key, bound_to(place.blob, place.original)),
      sealed_(piece_chunks(place.bytes) * kSealedChunkBytes),
      opened_(piece_chunks(place.bytes) * kChunkBytes),
      bytes_(place.bytes) {}

Result<SealedReader> SealedReader::open(const Place& place) {
  KURAMORI_TRY(blob, place.blobs.open(place.blob));
  if (blob->bytes() != sealed_bytes(place.bytes))
    return corrupt("a stored file has another length than it had");
  return SealedReader(std::move(blob), place);
}

Result<ByteView> SealedReader::read(std::uint64_t from, std::uint64_t end) {
  ensure(from < end && end <= bytes_, "a range lies within its file");
  const std::uint64_t last_chunk = chunks_of(bytes_) - 1;
  const std::uint64_t first = from / kChunkBytes;
  const std::uint64_t count =
      std::min<std::uint64_t>(sealed_.size() / kSealedChunkBytes, (end - 1) / kChunkBytes - first + 1);
  const std::uint64_t begins = first * kSealedChunkBytes;
  const std::uint64_t ends = std::min((first + count) * kSealedChunkBytes, sealed_bytes(bytes_));
  std::span<std::uint8_t> sealed = sealed_.span().first(static_cast<std::size_t>(ends - begins));
  KURAMORI_CHECK(blob_->read(begins, sealed));
  std::size_t opened = 0;
  for (std::uint64_t i = first; i < first + count; ++i) {
    const auto chunk = sealed.first(std::min(sealed.size(), kSealedChunkBytes));
    sealed = sealed.subspan(chunk.size());
    const std::size_t text = chunk.size() - crypto::kChunkOverheadBytes;
    KURAMORI_CHECK(opener_.open({i, i == last_chunk}, chunk, opened_.span().subspan(opened, text)));
    opened += text;
  }
  const auto skipped = static_cast<std::size_t>(from - first * kChunkBytes);
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(opened - skipped, end - from));
  return ByteView(opened_.span()).subspan(skipped, wanted);
}

}  // namespace kuramori::media
