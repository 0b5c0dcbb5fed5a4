// The files of an organisation: uploaded once, sealed each under a key of its own, given out in any range.
//
//   auto uri = co_await library.upload(std::move(permit), file);             // durable when it returns
//   auto file = co_await library.open(std::move(permit), id, waiting);
//   auto part = co_await (*file)->read(0, (*file)->info().bytes);
//
// Lives as long as the server; run() in a task scope. Bounded by Options; a transfer holds about two pieces
// of a file in memory, however large the file is. Thread-safe.
#pragma once
#include <atomic>
#include <memory>
#include <unordered_set>
#include <vector>

#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "gate/gate.hpp"
#include "identity/user_lanes.hpp"
#include "media/arrivals.hpp"
#include "media/open_file.hpp"
#include "media/ports.hpp"
#include "media/tables.hpp"
#include "media/thumbnail_making.hpp"
#include "storage/blob_store.hpp"
#include "storage/key_ring.hpp"

namespace kuramori::media {

struct UploadedFile {
  ByteSource& source;
  std::optional<std::uint64_t> declared_bytes;
  std::string content_type;
  std::string name;
  std::optional<Milliseconds> lifetime = {};  // removed after this time; without: kept
};

struct Reservation {
  MediaId id;
  Timestamp unused_expires;
};

class Library {
 public:
  struct Ports {
    storage::Store& store;
    storage::KeyRing& keys;
    gate::Gate& gate;
    storage::BlobStore& blobs;
    runtime::WorkerPool& workers;
    const Clock& clock;
    Random& random;
    MetricsRegistry& metrics;
    Logger log;
    Inspector* inspector = nullptr;
    Thumbnailer* thumbnailer = nullptr;
  };
  struct Options {
    ServerName server;
    std::uint64_t upload_bytes_max = 100'000'000;
    std::uint64_t quota_bytes_per_user = 0;                   // 0: none
    std::uint64_t server_bytes_max = std::uint64_t{1} << 30;  // of files that are the server's own
    Milliseconds unused_expiry = std::chrono::hours(24);
    std::size_t unused_per_user_max = 20;
    std::size_t transfers_max = 256;
    Milliseconds wait_max = std::chrono::seconds(60);
  };
  // Lists what is in the blob store, blocking: for start-up.
  Library(Ports ports, Options options);
  ~Library();

  const Options& options() const { return options_; }

  // MediaUpload. The file of one owner is stored once, however often it is uploaded. What the system uploads
  // is the server's own and counts towards nobody's quota.
  runtime::Task<Result<MediaId>> upload(gate::Permit permit, UploadedFile file);
  // MediaUpload: a name for a file that is uploaded later.
  runtime::Task<Result<Reservation>> reserve(gate::Permit permit);
  // MediaUpload. M_FORBIDDEN when it is another's, M_CANNOT_OVERWRITE_MEDIA when it is there, NotFound when
  // it expired.
  runtime::Task<Result<void>> fill(gate::Permit permit, MediaId id, UploadedFile file);

  // MediaDownload. Waits for a file that is announced or held: M_NOT_YET_UPLOADED when it is not there in
  // time.
  runtime::Task<Result<std::shared_ptr<OpenFile>>> open(gate::Permit permit, MediaId id, Milliseconds wait);

  // MediaDownload. Of a picture, in one of the sizes of made_size(); its info says what it is. Made by the
  // first who asks. Unsupported when it is no picture, M_TOO_LARGE when it is too large a one.
  runtime::Task<Result<std::shared_ptr<OpenFile>>> thumbnail(gate::Permit permit, MediaId id,
                                                             ThumbnailWish wish, Milliseconds wait);

  // MediaRemove, AdminQuarantineDecide. The blob goes with the last that names it, and its key is destroyed.
  runtime::Task<Result<void>> remove(gate::Permit permit, MediaId id);

  // Erasure: removes all files of a person, as `by`; their keys are destroyed. How many there were.
  runtime::Task<Result<std::size_t>> remove_files_of(gate::Subject by, UserId owner);

  enum class Held : std::uint8_t { No, UntilExamined, UntilDecided };
  struct Standing {
    UserId uploader = {};
    Held held = Held::No;
  };
  // NotFound when there is no such file, or none any more.
  runtime::Task<Result<Standing>> standing(MediaId id);

  // MediaView. For who shows it page by page, with the part that is shown for the record. M_NOT_YET_UPLOADED
  // for what is held, unless it is for one who decides about it.
  enum class Shown : bool { Released, HeldToo };
  runtime::Task<Result<std::shared_ptr<OpenFile>>> open_to_show(gate::Permit permit, MediaId id, Shown shown,
                                                                std::string part);

  // MediaRemove, AdminQuarantineDecide: who looks after held files. Gives a held one out; NotFound when there
  // is none. InspectionRelease: the same after an approval; what is given out already is left as it is.
  runtime::Task<Result<void>> release(gate::Permit permit, MediaId id);
  // MediaRemove. Held from now on, and examined again soon.
  runtime::Task<Result<void>> examine_again(gate::Permit permit, MediaId id);

  // Removes what nobody refers to, reservations that expired; has held files examined.
  runtime::Task<void> run(std::stop_token stop);
  // One round of it.
  runtime::Task<Result<void>> maintain();
  // Those who wait for a file are answered: the server stops.
  void drain();

 private:
  struct Row;
  struct Stored {
    std::string blob;
    std::uint64_t bytes = 0;
    crypto::Sha256 digest{};
    crypto::SecretKey key;
    storage::UnitOfWork work;  // with the key
    bool is_new = true;        // there is a blob of ours, to be removed when this fails
  };
  class Transfer;

  runtime::Task<Result<Stored>> receive(UserId owner, UploadedFile& file);
  runtime::Task<Result<void>> receive_parts(UploadedFile& file, SealedWriter& writer);
  enum class Target : std::uint8_t { Fresh, Reserved };
  struct Destination {
    MediaId id;
    Target target;
  };
  runtime::Task<Result<void>> commit(gate::Permit permit, Destination destination, const UploadedFile& file,
                                     Stored stored);
  runtime::Task<void> abandon(SealedWriter writer);
  runtime::Task<Result<bool>> reuse(const UserId& owner, Stored& stored);
  runtime::Task<Result<void>> charge(const UserId& owner, std::uint64_t bytes, storage::UnitOfWork& work);
  // The most that may be kept; 0: no bound.
  std::uint64_t bytes_max_of(const UserId& owner) const {
    return owner.empty() ? options_.server_bytes_max : options_.quota_bytes_per_user;
  }
  runtime::Task<Result<void>> check_room(const UserId& owner, std::uint64_t bytes);
  runtime::Task<void> discard(std::string blob);

  runtime::Task<Result<std::optional<Row>>> find(MediaId id);
  runtime::Task<Result<Row>> find_released(MediaId id, Milliseconds wait);
  runtime::Task<Result<std::shared_ptr<OpenFile>>> open_row(MediaId id, Row row);

  runtime::Task<Result<std::optional<detail::Thumbnail>>> find_thumbnail(std::string source,
                                                                         ThumbnailWish wish);
  runtime::Task<Result<detail::Thumbnail>> make_thumbnail(const gate::Permit& asker, MediaId id, Row row,
                                                          ThumbnailWish wish);
  runtime::Task<Result<detail::Thumbnail>> keep_thumbnail(gate::Permit permit, MediaId id, Row row,
                                                          ThumbnailWish wish, Thumbnailer::Made made);
  runtime::Task<Result<std::shared_ptr<OpenFile>>> open_thumbnail(MediaId id, Row row,
                                                                  detail::Thumbnail thumbnail);

  runtime::Task<Result<gate::Permit>> removal_permit(gate::Subject by);
  runtime::Task<Result<void>> remove_orphans();
  runtime::Task<Result<void>> remove_expired();
  runtime::Task<Result<void>> examine_held();
  runtime::Task<Result<void>> act_on(MediaId id, Inspector::Verdict verdict);
  runtime::Task<Result<void>> set_held(gate::Permit permit, MediaId id, Held held);
  Result<std::vector<std::string>> unlink(storage::Snapshot& snapshot, const Row& row,
                                          storage::UnitOfWork& work) const;

  Bytes digest_of(const UserId& owner, const crypto::Sha256& plain) const;
  Bytes seal_info(const crypto::SecretKey& key, const MediaId& id, const UploadedFile& file) const;

  Ports ports_;
  Options options_;
  crypto::SecretKey digest_key_;
  Counter& uploaded_bytes_;
  Counter& downloaded_files_;
  Counter& thumbnails_made_;
  Counter& thumbnails_opened_;
  detail::ThumbnailMaking making_;
  identity::UserLanes lanes_;
  detail::Arrivals arrivals_;
  std::atomic<bool> draining_{false};
  std::atomic<std::size_t> transfers_{0};
  std::mutex filling_mutex_;
  std::unordered_set<std::string> filling_;
  std::vector<std::string> found_at_start_;
  runtime::Wakeup work_to_do_;
};

}  // namespace kuramori::media
