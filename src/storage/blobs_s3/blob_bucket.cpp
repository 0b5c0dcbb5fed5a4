#include "storage/blobs_s3/blob_bucket.hpp"

#include <algorithm>
#include <set>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "storage/blobs_s3/answers.hpp"
#include "storage/blobs_s3/bucket.hpp"

namespace kuramori::storage::blobs_s3 {
namespace {

constexpr std::size_t kPartsMax = 10'000;                  // S3's own limit
constexpr std::size_t kAheadBytes = std::size_t{2} << 20;  // fetched at once by who reads on and on
constexpr std::size_t kPagesMax = 1'000'000;

constexpr long kOk = 200;
constexpr long kNoContent = 204;
constexpr long kPartial = 206;
constexpr long kNotFound = 404;
constexpr long kNotAllowed = 405;
constexpr long kNotImplemented = 501;

// A HEAD, 404 as nothing.
Result<std::optional<std::uint64_t>> length_of(Bucket& bucket, const std::string& name) {
  KURAMORI_TRY(answer, bucket.call({.method = "HEAD", .key = name}));
  if (answer.response.status == kNotFound) return std::optional<std::uint64_t>();
  if (answer.response.status != kOk) return Bucket::refused(answer.response);
  return std::optional(answer.response.content_length);
}

Result<void> remove_object(Bucket& bucket, const std::string& name) {
  KURAMORI_TRY(answer, bucket.call({.method = "DELETE", .key = name}));
  const long status = answer.response.status;
  if (status == kOk || status == kNoContent || status == kNotFound) return {};
  return Bucket::refused(answer.response);
}

Result<void> abort_upload(Bucket& bucket, const std::string& name, const std::string& id) {
  KURAMORI_TRY(answer, bucket.call({.method = "DELETE", .key = name, .query = {{"uploadId", id}}}));
  const long status = answer.response.status;
  if (status == kOk || status == kNoContent || status == kNotFound) return {};
  return Bucket::refused(answer.response);
}

// The names that this process writes at the moment.
class Incoming {
 public:
  bool add(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    return names_.insert(name).second;
  }
  void remove(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    names_.erase(name);
  }

 private:
  std::mutex mutex_;
  std::set<std::string> names_;
};

// One PUT for what fits into a part; parts otherwise.
class Writer final : public BlobWriter {
 public:
  Writer(Bucket& bucket, Incoming& incoming, std::string name)
      : bucket_(bucket), incoming_(incoming), name_(std::move(name)) {}

  ~Writer() override {
    if (!is_finished_ && !upload_.empty()) note("aborting an upload", abort_upload(bucket_, name_, upload_));
    // The last request may have had its effect, though we did not hear of it.
    if (!is_finished_ && is_named_) note("removing a file", remove_object(bucket_, name_));
    incoming_.remove(name_);
  }

  Result<void> append(ByteView data) override {
    const std::size_t part_bytes = bucket_.options().part_bytes;
    while (!data.empty()) {
      if (part_.size() == part_bytes) KURAMORI_CHECK(send_part());
      const ByteView taken = data.first(std::min(data.size(), part_bytes - part_.size()));
      part_.insert(part_.end(), taken.begin(), taken.end());
      data = data.subspan(taken.size());
    }
    return {};
  }

  Result<void> finish() override {
    if (tags_.empty()) {
      KURAMORI_CHECK(put_whole());
    } else {
      KURAMORI_CHECK(send_part());
      KURAMORI_CHECK(complete());
    }
    is_finished_ = true;
    return {};
  }

 private:
  void note(std::string_view what, const Result<void>& done) const {
    if (done) return;
    bucket_.log().warning("s3_leftover", {{"what", what}, {"error", done.error().to_log()}});
  }

  Result<void> put_whole() {
    is_named_ = true;
    KURAMORI_TRY(answer, bucket_.call({.method = "PUT", .key = name_, .body = part_}));
    if (answer.response.status != kOk) return Bucket::refused(answer.response);
    return {};
  }

  Result<void> begin() {
    KURAMORI_TRY(answer, bucket_.call({.method = "POST", .key = name_, .query = {{"uploads", ""}}}));
    auto id = element(answer.response.body, "UploadId");
    if (answer.response.status != kOk || !id || id->empty()) return Bucket::refused(answer.response);
    upload_ = *std::move(id);
    return {};
  }

  Result<void> send_part() {
    if (upload_.empty()) KURAMORI_CHECK(begin());
    if (tags_.size() == kPartsMax) {
      return Error(ErrorCode::TooLarge, "M_TOO_LARGE",
                   "The file is too large for the server's store of files.");
    }
    const std::string number = std::to_string(tags_.size() + 1);
    KURAMORI_TRY(answer, bucket_.call({.method = "PUT",
                                       .key = name_,
                                       .query = {{"partNumber", number}, {"uploadId", upload_}},
                                       .body = part_}));
    if (answer.response.status != kOk || answer.response.entity_tag.empty()) {
      return Bucket::refused(answer.response);
    }
    tags_.push_back(answer.response.entity_tag);
    bytes_ += part_.size();
    part_.clear();
    return {};
  }

  Result<void> complete() {
    std::string list = "<CompleteMultipartUpload>";
    for (std::size_t i = 0; i < tags_.size(); ++i) {
      list +=
          "<Part><PartNumber>" + std::to_string(i + 1) + "</PartNumber><ETag>" + tags_[i] + "</ETag></Part>";
    }
    list += "</CompleteMultipartUpload>";
    is_named_ = true;
    KURAMORI_TRY(answer, bucket_.call({.method = "POST",
                                       .key = name_,
                                       .query = {{"uploadId", upload_}},
                                       .headers = {{"content-type", "application/xml"}},
                                       .body = as_bytes(list)}));
    // S3 may begin its answer with 200 and end it with an error.
    const bool is_done = answer.response.status == kOk &&
                         !elements(answer.response.body, "CompleteMultipartUploadResult").empty();
    if (is_done) return {};
    // An attempt before this one may have done it, and the upload is gone with that.
    if (answer.is_repeated && answer.response.status == kNotFound) {
      KURAMORI_TRY(length, length_of(bucket_, name_));
      if (length == bytes_) return {};
    }
    return Bucket::refused(answer.response);
  }

  Bucket& bucket_;
  Incoming& incoming_;
  const std::string name_;
  Bytes part_;
  std::string upload_;
  std::vector<std::string> tags_;
  std::uint64_t bytes_ = 0;
  bool is_named_ = false;
  bool is_finished_ = false;
};

class Reader final : public BlobReader {
 public:
  Reader(Bucket& bucket, std::string name, std::uint64_t bytes)
      : bucket_(bucket), name_(std::move(name)), bytes_(bytes) {}

  std::uint64_t bytes() const override { return bytes_; }

  Result<void> read(std::uint64_t offset, std::span<std::uint8_t> into) override {
    if (into.empty()) return {};
    if (offset > bytes_ || into.size() > bytes_ - offset) {
      return corrupt("a stored file is shorter than it was");
    }
    // Who goes on where the last read ended gets ahead of itself: fewer, larger requests.
    const bool goes_on = offset == next_ && offset > 0;
    next_ = offset + into.size();
    while (!into.empty()) {
      if (const std::size_t taken = from_ahead(offset, into); taken > 0) {
        offset += taken;
        into = into.subspan(taken);
        continue;
      }
      if (!goes_on || into.size() >= kAheadBytes) return fetch(offset, into);
      ahead_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kAheadBytes, bytes_ - offset)));
      ahead_at_ = offset;
      auto fetched = fetch(offset, ahead_);
      if (!fetched) {
        ahead_.clear();
        return fetched;
      }
    }
    return {};
  }

 private:
  std::size_t from_ahead(std::uint64_t offset, std::span<std::uint8_t> into) const {
    if (offset < ahead_at_ || offset >= ahead_at_ + ahead_.size()) return 0;
    const auto skipped = static_cast<std::size_t>(offset - ahead_at_);
    const std::size_t taken = std::min(into.size(), ahead_.size() - skipped);
    std::copy_n(ahead_.begin() + static_cast<std::ptrdiff_t>(skipped), taken, into.begin());
    return taken;
  }

  Result<void> fetch(std::uint64_t offset, std::span<std::uint8_t> into) {
    const std::string range =
        "bytes=" + std::to_string(offset) + "-" + std::to_string(offset + into.size() - 1);
    KURAMORI_TRY(answer,
                 bucket_.call({.method = "GET", .key = name_, .headers = {{"range", range}}, .into = into}));
    const long status = answer.response.status;
    if (status == kNotFound) return not_found("There is no such file.");
    const bool is_all = into.size() == bytes_;  // some servers then answer 200
    if (status != kPartial && !(status == kOk && is_all)) return Bucket::refused(answer.response);
    if (answer.response.into_bytes != into.size()) return corrupt("a stored file is shorter than it was");
    return {};
  }

  Bucket& bucket_;
  const std::string name_;
  const std::uint64_t bytes_;
  std::uint64_t next_ = 0;
  std::uint64_t ahead_at_ = 0;
  Bytes ahead_;
};

class Store final : public BlobStore {
 public:
  explicit Store(std::unique_ptr<Bucket> bucket) : bucket_(std::move(bucket)) {}

  Result<std::unique_ptr<BlobWriter>> create(std::string_view name) override {
    ensure(is_blob_name(name), "a blob has a proper name");
    const std::string key(name);
    const Error taken(ErrorCode::Conflict, "KURAMORI_BLOB_EXISTS", "There is a file of this name.");
    if (!incoming_.add(key)) return taken;
    std::unique_ptr<BlobWriter> writer(new Writer(*bucket_, incoming_, key));
    KURAMORI_TRY(length, length_of(*bucket_, key));
    if (length) return taken;
    return writer;
  }

  Result<std::unique_ptr<BlobReader>> open(std::string_view name) override {
    ensure(is_blob_name(name), "a blob has a proper name");
    const std::string key(name);
    KURAMORI_TRY(length, length_of(*bucket_, key));
    if (!length) return not_found("There is no such file.");
    return std::unique_ptr<BlobReader>(new Reader(*bucket_, key, *length));
  }

  Result<void> remove(std::string_view name) override {
    ensure(is_blob_name(name), "a blob has a proper name");
    return remove_object(*bucket_, std::string(name));
  }

  Result<void> list(const std::function<bool(std::string_view name)>& visit) override {
    const std::string& prefix = bucket_->options().prefix;
    Pairs query{{"list-type", "2"}, {"prefix", prefix}};
    for (std::size_t page = 0; page < kPagesMax; ++page) {
      KURAMORI_TRY(answer, bucket_->call({.method = "GET", .query = query}));
      const std::string& body = answer.response.body;
      if (answer.response.status != kOk) return Bucket::refused(answer.response);
      for (const std::string_view object : elements(body, "Contents")) {
        const auto key = element(object, "Key");
        if (!key || !key->starts_with(prefix)) continue;
        const std::string_view name = std::string_view(*key).substr(prefix.size());
        if (is_blob_name(name) && !visit(name)) return {};
      }
      if (element(body, "IsTruncated") != "true") return {};
      auto next = element(body, "NextContinuationToken");
      if (!next || next->empty()) return Bucket::refused(answer.response);
      query = {{"list-type", "2"}, {"prefix", prefix}, {"continuation-token", *std::move(next)}};
    }
    return unavailable("The server's store of files does not work at the moment.", "its list has no end");
  }

  // One page: what is left goes with the next start, or by a lifecycle rule of the bucket.
  Result<void> abort_leftovers() {
    const std::string& prefix = bucket_->options().prefix;
    KURAMORI_TRY(answer, bucket_->call({.method = "GET", .query = {{"uploads", ""}, {"prefix", prefix}}}));
    const PlainResponse& response = answer.response;
    if (response.status == kNotImplemented || response.status == kNotAllowed) {
      bucket_->log().info("s3_uploads_not_listed", {{"reason", "this store does not offer it"}});
      return {};
    }
    if (response.status != kOk) {
      return Error(
          ErrorCode::Forbidden, "KURAMORI_S3_REFUSED",
          "The store of files of [media.s3] refuses this server: " + Bucket::refused(response).detail() +
              ". Check bucket, region and the files of the keys.");
    }
    std::size_t aborted = 0;
    for (const std::string_view upload : elements(response.body, "Upload")) {
      const auto key = element(upload, "Key");
      const auto id = element(upload, "UploadId");
      if (!key || !id || !key->starts_with(prefix)) continue;
      KURAMORI_CHECK(abort_upload(*bucket_, key->substr(prefix.size()), *id));
      ++aborted;
    }
    if (aborted > 0) bucket_->log().info("s3_uploads_aborted", {{"uploads", aborted}});
    return {};
  }

 private:
  std::unique_ptr<Bucket> bucket_;
  Incoming incoming_;
};

}  // namespace

Result<std::unique_ptr<BlobStore>> open(Options options, Ports ports) {
  const Logger log = ports.log;
  KURAMORI_TRY(bucket, Bucket::make(std::move(options), std::move(ports)));
  auto store = std::make_unique<Store>(std::move(bucket));
  auto cleared = store->abort_leftovers();
  if (!cleared && cleared.error().code() == ErrorCode::Forbidden) return std::move(cleared).error();
  if (!cleared) log.warning("s3_not_reached", {{"error", cleared.error().to_log()}});
  return std::unique_ptr<BlobStore>(std::move(store));
}

}  // namespace kuramori::storage::blobs_s3
