// Thumbnails: made once, on the first request, sealed as files are, gone with their original.
#include "base/text.hpp"
#include "media/library_rows.hpp"

namespace kuramori::media {
namespace {

struct ThumbnailColumn {
  enum : std::uint8_t { kSource, kVariant, kBlob, kContentType, kBytes };
};

Error no_thumbnails() {
  return Error(ErrorCode::Unsupported, "M_UNKNOWN", "This server makes no thumbnails; download the file.");
}

// A failure that the file causes comes again; others may pass.
bool is_of_the_file(const Error& error) {
  return error.code() == ErrorCode::Unsupported || error.code() == ErrorCode::TooLarge;
}

// "image/jpeg" → "thumbnail.jpeg"
std::string name_of(std::string_view content_type) {
  return "thumbnail." + std::string(content_type.substr(content_type.find('/') + 1));
}

// The whole of a file, piece by piece.
PieceFeed feed_of(SealedReader reader) {
  return [held = std::make_unique<SealedReader>(std::move(reader)),
          at = std::uint64_t{0}]() mutable -> Result<ByteView> {
    if (at == held->bytes()) return ByteView();
    KURAMORI_TRY(piece, held->read(at, held->bytes()));
    at += piece.size();
    return piece;
  };
}

}  // namespace

runtime::Task<Result<std::shared_ptr<OpenFile>>> Library::thumbnail(gate::Permit permit, MediaId id,
                                                                    ThumbnailWish wish, Milliseconds wait) {
  permit.require(gate::Operation::MediaDownload);
  auto row = co_await find_released(id, wait);
  if (!row) co_return std::move(row).error();
  if (ports_.thumbnailer == nullptr) co_return no_thumbnails();
  const std::string key = row->blob + " " + variant_name(wish);
  auto found = co_await find_thumbnail(row->blob, wish);
  if (!found) co_return std::move(found).error();
  std::optional<detail::Thumbnail> thumbnail = *std::move(found);
  if (!thumbnail) {
    if (auto known = making_.failure_of(key, ports_.clock.steady_now())) co_return *std::move(known);
    auto other = making_.join(key);
    Result<detail::Thumbnail> made = no_thumbnails();
    if (other) {
      made = co_await *other;
    } else {
      detail::Maker maker(making_, key);
      made = co_await make_thumbnail(permit, id, *row, wish);
      maker.set(made);
      if (!made && is_of_the_file(made.error()))
        making_.remember_failure(key, made.error(), ports_.clock.steady_now());
    }
    if (!made) co_return std::move(made).error();
    thumbnail = *std::move(made);
  }
  auto recorded = co_await ports_.gate.record(std::move(permit), {.detail = id.to_uri()});
  if (!recorded) co_return std::move(recorded).error();
  auto opened = co_await open_thumbnail(std::move(id), *std::move(row), *std::move(thumbnail));
  co_return opened;
}

runtime::Task<Result<std::optional<detail::Thumbnail>>> Library::find_thumbnail(std::string source,
                                                                                ThumbnailWish wish) {
  auto query = [source, variant = variant_name(wish)](storage::Snapshot& snapshot) {
    return snapshot.get(kMediaThumbnails, {source, variant});
  };
  auto row = co_await ports_.store.read(std::move(query));
  if (!row) co_return std::move(row).error();
  if (!*row) co_return std::optional<detail::Thumbnail>();
  const storage::Row& r = **row;
  co_return std::optional<detail::Thumbnail>(
      {.blob = storage::text(r[ThumbnailColumn::kBlob]),
       .content_type = storage::text(r[ThumbnailColumn::kContentType]),
       .bytes = static_cast<std::uint64_t>(storage::integer(r[ThumbnailColumn::kBytes]))});
}

runtime::Task<Result<detail::Thumbnail>> Library::make_thumbnail(const gate::Permit& asker, MediaId id,
                                                                 Row row, ThumbnailWish wish) {
  // Another may have ended between the first look and ours.
  auto again = co_await find_thumbnail(row.blob, wish);
  if (!again) co_return std::move(again).error();
  if (*again) co_return **std::move(again);
  auto key = co_await ports_.keys.get(crypto::KeyScope::File, row.blob);
  if (!key) co_return std::move(key).error();
  auto open = [this, k = *key, blob = row.blob, bytes = row.bytes] {
    return SealedReader::open({.blobs = ports_.blobs, .key = k, .blob = blob, .bytes = bytes});
  };
  auto reader = co_await ports_.workers.run(std::move(open));
  if (!reader) co_return std::move(reader).error();
  auto made = co_await ports_.thumbnailer->make(wish, feed_of(*std::move(reader)));
  if (!made) co_return std::move(made).error();
  thumbnails_made_.add();
  gate::Action action{
      .subject = asker.subject(), .operation = gate::Operation::MediaDownload, .resource = asker.resource()};
  auto admission = co_await ports_.gate.admit(std::move(action));
  auto* permit = std::get_if<gate::Permit>(&admission);
  if (permit == nullptr) co_return forbidden("The file may not be given out any more.");
  auto kept =
      co_await keep_thumbnail(std::move(*permit), std::move(id), std::move(row), wish, *std::move(made));
  co_return kept;
}

runtime::Task<Result<detail::Thumbnail>> Library::keep_thumbnail(gate::Permit permit, MediaId id, Row row,
                                                                 ThumbnailWish wish, Thumbnailer::Made made) {
  detail::Thumbnail thumbnail{
      .blob = row.blob, .content_type = std::move(made.content_type), .bytes = row.bytes};
  storage::UnitOfWork work;
  const bool is_new = !made.picture.empty();
  if (is_new) {
    thumbnail.blob = detail::new_blob_name(ports_.random);
    thumbnail.bytes = made.picture.size();
    auto key = ports_.keys.create_in(work, crypto::KeyScope::File, thumbnail.blob);
    auto seal = [this, key, &thumbnail, &row, &made] {
      return seal_whole({.blobs = ports_.blobs, .key = key, .blob = thumbnail.blob, .original = row.blob},
                        made.picture);
    };
    auto sealed = co_await ports_.workers.run(std::move(seal));
    if (!sealed) co_return std::move(sealed).error();
    work.insert(kMediaBlobs, {thumbnail.blob, row.uploader.str(), storage::Null{},
                              static_cast<std::int64_t>(thumbnail.bytes), ports_.clock.now_ms()});
  }
  // In the lane of who may remove it: what is removed takes all its thumbnails along.
  auto lane = co_await lanes_.of(row.uploader).enter();
  std::optional<Error> failure;
  if (!lane) {
    failure = std::move(lane).error();
  } else {
    work.expect(kMediaBlobs, {row.blob}, true);
    work.insert(kMediaThumbnails, {row.blob, variant_name(wish), thumbnail.blob, thumbnail.content_type,
                                   static_cast<std::int64_t>(thumbnail.bytes)});
    auto receipt = co_await ports_.gate.commit(
        std::move(permit), std::move(work), {.detail = "made " + variant_name(wish) + " of " + id.to_uri()});
    if (!receipt) failure = std::move(receipt).error();
  }
  if (!failure) co_return thumbnail;
  if (is_new) co_await discard(thumbnail.blob);
  if (failure->code() == ErrorCode::Conflict) co_return detail::no_such_file();  // removed meanwhile
  co_return *std::move(failure);
}

runtime::Task<Result<std::shared_ptr<OpenFile>>> Library::open_thumbnail(MediaId id, Row row,
                                                                         detail::Thumbnail thumbnail) {
  auto key = co_await ports_.keys.get(crypto::KeyScope::File, thumbnail.blob);
  if (!key) co_return std::move(key).error();
  const std::string original = thumbnail.blob == row.blob ? std::string() : row.blob;
  auto work = [this, key = *key, &thumbnail, &original] {
    return SealedReader::open({.blobs = ports_.blobs,
                               .key = key,
                               .blob = thumbnail.blob,
                               .bytes = thumbnail.bytes,
                               .original = original});
  };
  auto reader = co_await ports_.workers.run(std::move(work));
  if (!reader) co_return std::move(reader).error();
  thumbnails_opened_.add();
  FileInfo info{.id = std::move(id),
                .content_type = thumbnail.content_type,
                .name = name_of(thumbnail.content_type),
                .bytes = thumbnail.bytes};
  co_return std::make_shared<OpenFile>(std::move(info), *std::move(reader), ports_.workers);
}

}  // namespace kuramori::media
