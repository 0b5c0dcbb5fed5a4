#include "backup/omitted_files.hpp"

#include <algorithm>

#include "media/content_uri.hpp"
#include "media/tables.hpp"
#include "provenance/content_book.hpp"
#include "provenance/tables.hpp"
#include "rooms/tables.hpp"

namespace kuramori::backup {
namespace {

constexpr std::size_t kThumbnailBlobColumn = 2;

std::string uri_of(std::string_view origin, std::string_view media_id) {
  return media::MediaId{.origin = ServerName(origin), .id = std::string(media_id)}.to_uri();
}

std::string uri_of(const storage::Row& media) {
  return uri_of(storage::text(media[0]), storage::text(media[1]));
}

storage::Value value_of(const provenance::Mark& mark) {
  return Bytes(mark.begin(), mark.end());
}

}  // namespace

bool OmittedFiles::is_left_out(std::string_view origin, std::string_view media_id) const {
  return !files_.empty() && files_.contains(uri_of(origin, media_id));
}

// The label that it was given when it was inspected, unless somebody decided another for it.
Result<bool> OmittedFiles::has_label_of_its_own(const provenance::Mark& mark) {
  KURAMORI_TRY(row, snapshot_.get(provenance::kSightings, {value_of(mark), std::int64_t{0}}));
  if (!row) return false;
  KURAMORI_TRY(decided, snapshot_.get(provenance::kMarkLabels, {value_of(mark)}));
  const std::string label =
      decided ? provenance::relabelled_of(*decided).label : provenance::sighting_of(*row).label;
  return !label.empty() && omissions_.keeps_out(label);
}

// A message that is there, and is in the backup, names the file.
Result<bool> OmittedFiles::is_needed(const provenance::Mark& mark) {
  static const std::size_t kRedactedBy = rooms::kEvents.column("redacted_by");
  if (omissions_.named_by_recent().contains(mark)) return true;
  bool is_needed = false;
  std::optional<Error> failure;
  const storage::Scan scan{
      .table = &provenance::kSightings, .prefix = {value_of(mark)}, .from = storage::Value(std::int64_t{1})};
  KURAMORI_CHECK(snapshot_.for_each(scan, [&](storage::Row&& row) {
    const std::int64_t position = provenance::sighting_of(row).position.value;
    if (omissions_.is_left_out(position)) return true;
    const auto event = snapshot_.get(rooms::kEvents, {position});
    if (!event) failure = event.error();
    is_needed = event && *event && storage::is_null((**event)[kRedactedBy]);
    return !failure && !is_needed;
  }));
  if (failure) return *std::move(failure);
  return is_needed;
}

Result<bool> OmittedFiles::decide(const storage::Row& media) {
  const provenance::Mark mark = marks_.of_file(uri_of(media));
  KURAMORI_TRY(has_label, has_label_of_its_own(mark));
  if (has_label) return true;
  if (!omissions_.named_by_left_out().contains(mark)) return false;
  KURAMORI_TRY(needed, is_needed(mark));
  return !needed;
}

Result<void> OmittedFiles::leave_out(const storage::Row& media) {
  static const std::size_t kUploader = media::kMedia.column("uploader");
  static const std::size_t kBlob = media::kMedia.column("blob");
  static const std::size_t kBytes = media::kMedia.column("bytes");
  files_.insert(uri_of(media));
  if (storage::is_null(media[kBlob])) return {};
  const std::string& blob = storage::text(media[kBlob]);
  KURAMORI_TRY(sharing, snapshot_.scan({.table = &media::kMedia,
                                        .index = &media::kMedia.index("media_of_blob"),
                                        .prefix = {blob},
                                        .limit = SIZE_MAX}));
  for (const storage::Row& other : sharing) {
    KURAMORI_TRY(is_out, decide(other));
    if (!is_out) return {};
  }
  if (!blobs_.insert(blob).second) return {};
  Usage& usage = usage_[storage::text(media[kUploader])];
  usage.bytes += storage::is_null(media[kBytes]) ? 0 : storage::integer(media[kBytes]);
  ++usage.files;
  KURAMORI_TRY(thumbnails,
               snapshot_.scan({.table = &media::kMediaThumbnails, .prefix = {blob}, .limit = SIZE_MAX}));
  for (const storage::Row& thumbnail : thumbnails)
    blobs_.insert(storage::text(thumbnail[kThumbnailBlobColumn]));
  return {};
}

Result<void> OmittedFiles::find() {
  if (!omissions_.has_labels()) return {};
  std::optional<Error> failure;
  KURAMORI_CHECK(snapshot_.for_each({.table = &media::kMedia}, [&](storage::Row&& row) {
    const auto is_out = decide(row);
    if (!is_out) failure = is_out.error();
    if (!failure && *is_out) {
      if (auto done = leave_out(row); !done) failure = std::move(done).error();
    }
    return !failure;
  }));
  if (failure) return *std::move(failure);
  return {};
}

storage::Row OmittedFiles::usage(storage::Row row) const {
  const auto less = usage_.find(storage::text(row[0]));
  if (less == usage_.end()) return row;
  const auto reduce = [&row](std::size_t column, std::int64_t by) {
    row[column] = std::max<std::int64_t>(0, storage::integer(row[column]) - by);
  };
  reduce(media::kUsageBytes, less->second.bytes);
  reduce(media::kUsageFiles, less->second.files);
  return row;
}

}  // namespace kuramori::backup
