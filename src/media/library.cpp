#include "media/library.hpp"

#include "media/library_rows.hpp"

namespace kuramori::media {
namespace {

struct MediaColumn {
  enum : std::uint8_t { kOrigin, kId, kUploader, kBlob, kInfo, kBytes, kCreated, kExpires, kHeld };
};

std::optional<std::int64_t> optional_integer(const storage::Value& value) {
  if (storage::is_null(value)) return std::nullopt;
  return storage::integer(value);
}

storage::Value to_value(const std::optional<std::int64_t>& number) {
  if (!number) return storage::Null{};
  return *number;
}

}  // namespace

Library::Row Library::Row::read(const storage::Row& row) {
  Row result;
  result.uploader = UserId(storage::text(row[MediaColumn::kUploader]));
  if (!storage::is_null(row[MediaColumn::kBlob])) {
    result.blob = storage::text(row[MediaColumn::kBlob]);
    result.sealed_info = storage::blob(row[MediaColumn::kInfo]);
    result.bytes = static_cast<std::uint64_t>(storage::integer(row[MediaColumn::kBytes]));
  }
  result.created_ms = storage::integer(row[MediaColumn::kCreated]);
  result.expires_ms = optional_integer(row[MediaColumn::kExpires]);
  result.held_ms = optional_integer(row[MediaColumn::kHeld]);
  return result;
}

storage::Row Library::Row::write(const MediaId& id) const {
  storage::Row row{id.origin.str(), id.id,      uploader.str(),       storage::Null{},  storage::Null{},
                   storage::Null{}, created_ms, to_value(expires_ms), to_value(held_ms)};
  if (!blob.empty()) {
    row[MediaColumn::kBlob] = blob;
    row[MediaColumn::kInfo] = sealed_info;
    row[MediaColumn::kBytes] = static_cast<std::int64_t>(bytes);
  }
  return row;
}

Library::Library(Ports ports, Options options)
    : ports_(std::move(ports)),
      options_(std::move(options)),
      digest_key_(crypto::derive_key(ports_.keys.organisation_key(), "media digest")),
      uploaded_bytes_(
          ports_.metrics.counter("kuramori_media_uploaded_bytes_total", "Octets of uploaded files.")),
      downloaded_files_(
          ports_.metrics.counter("kuramori_media_opened_files_total", "Files opened to be read.")),
      thumbnails_made_(ports_.metrics.counter("kuramori_media_thumbnails_made_total",
                                              "Thumbnails made, or found to need none.")),
      thumbnails_opened_(
          ports_.metrics.counter("kuramori_media_thumbnails_opened_total", "Thumbnails opened to be read.")) {
  const auto listed = ports_.blobs.list([this](std::string_view name) {
    found_at_start_.emplace_back(name);
    return true;
  });
  if (!listed) ports_.log.error("media_files_not_listed", {{"error", listed.error().to_log()}});
}

Library::~Library() = default;

runtime::Task<Result<std::optional<Library::Row>>> Library::find(MediaId id) {
  auto query = [id](storage::Snapshot& snapshot) { return snapshot.get(kMedia, detail::key_of(id)); };
  auto found = co_await ports_.store.read(std::move(query));
  if (!found) co_return std::move(found).error();
  if (!*found) co_return std::optional<Row>();
  co_return std::optional<Row>(Row::read(**found));
}

runtime::Task<Result<std::shared_ptr<OpenFile>>> Library::open(gate::Permit permit, MediaId id,
                                                               Milliseconds wait) {
  permit.require(gate::Operation::MediaDownload);
  auto row = co_await find_released(id, wait);
  if (!row) co_return std::move(row).error();
  auto recorded = co_await ports_.gate.record(std::move(permit), {.detail = id.to_uri()});
  if (!recorded) co_return std::move(recorded).error();
  auto opened = co_await open_row(std::move(id), *std::move(row));
  co_return opened;
}

runtime::Task<Result<std::shared_ptr<OpenFile>>> Library::open_to_show(gate::Permit permit, MediaId id,
                                                                       Shown shown, std::string part) {
  permit.require(gate::Operation::MediaView);
  auto finding = find(id);
  auto row = co_await std::move(finding);
  if (!row) co_return std::move(row).error();
  if (!*row || (*row)->blob.empty()) co_return detail::no_such_file();
  if ((*row)->held_ms && shown == Shown::Released)
    co_return Error(ErrorCode::DeadlineExceeded, "M_NOT_YET_UPLOADED",
                    "The file is not there yet; try again later.");
  gate::Outcome outcome{.detail = id.to_uri() + " " + part};
  auto recording = ports_.gate.record(std::move(permit), std::move(outcome));
  const auto recorded = co_await std::move(recording);
  if (!recorded) co_return recorded.error();
  auto opening = open_row(std::move(id), **std::move(row));
  auto opened = co_await std::move(opening);
  co_return opened;
}

// Waits for a file that is announced or held.
runtime::Task<Result<Library::Row>> Library::find_released(MediaId id, Milliseconds wait) {
  detail::Arrivals::Place place(arrivals_, id.id);  // before the first look, so that nothing is missed
  const SteadyTime deadline =
      ports_.clock.steady_now() + std::clamp(wait, Milliseconds(0), options_.wait_max);
  for (;;) {
    auto found = co_await find(id);
    if (!found) co_return std::move(found).error();
    if (!*found) co_return detail::no_such_file();
    Row& row = **found;
    if (!row.blob.empty() && !row.held_ms) co_return std::move(row);
    if (row.blob.empty() && row.expires_ms.value_or(0) <= ports_.clock.now_ms())
      co_return detail::no_such_file();
    bool is_notified = false;
    if (place.wakeup() != nullptr && !draining_ && ports_.clock.steady_now() < deadline) {
      is_notified = co_await place.wakeup()->wait_until(deadline);
    }
    if (!is_notified) {
      co_return Error(ErrorCode::DeadlineExceeded, "M_NOT_YET_UPLOADED",
                      "The file is not there yet; try again later.");
    }
  }
}

runtime::Task<Result<std::shared_ptr<OpenFile>>> Library::open_row(MediaId id, Row row) {
  auto key = co_await ports_.keys.get(crypto::KeyScope::File, row.blob);
  if (!key) co_return std::move(key).error();
  const std::string place = detail::place_of(id);
  KURAMORI_CO_TRY(opened, crypto::open(*key, row.sealed_info, as_bytes(place)));
  KURAMORI_CO_TRY(fields, json::parse_object(as_text(opened)));
  FileInfo info{.id = std::move(id),
                .content_type = std::string(json::string_or(fields, "content_type", "")),
                .name = std::string(json::string_or(fields, "name", "")),
                .bytes = row.bytes};
  auto work = [this, key = *key, blob = row.blob, bytes = row.bytes] {
    return SealedReader::open({.blobs = ports_.blobs, .key = key, .blob = blob, .bytes = bytes});
  };
  auto reader = co_await ports_.workers.run(std::move(work));
  if (!reader) co_return std::move(reader).error();
  downloaded_files_.add();
  co_return std::make_shared<OpenFile>(std::move(info), *std::move(reader), ports_.workers);
}

void Library::drain() {
  draining_ = true;
  arrivals_.notify_all();
}

Bytes Library::digest_of(const UserId& owner, const crypto::Sha256& plain) const {
  Bytes text(plain.begin(), plain.end());
  const ByteView name = as_bytes(owner.view());
  text.insert(text.end(), name.begin(), name.end());
  const crypto::Sha256 keyed = crypto::hmac_sha256(digest_key_.view(), text);
  return {keyed.begin(), keyed.end()};
}

Bytes Library::seal_info(const crypto::SecretKey& key, const MediaId& id, const UploadedFile& file) const {
  json::Object fields;
  fields["content_type"] = file.content_type;
  if (!file.name.empty()) fields["name"] = file.name;
  const std::string text = json::serialize(fields);
  const std::string place = detail::place_of(id);
  return crypto::seal(key, as_bytes(text), as_bytes(place), ports_.random);
}

}  // namespace kuramori::media
