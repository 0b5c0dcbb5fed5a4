// From a client's octets to a durable file that has a name.
#include "base/text.hpp"
#include "media/library_rows.hpp"

namespace kuramori::media {
namespace {

constexpr std::size_t kMediaIdCharacters = 24;

Error too_large(std::uint64_t bytes_max) {
  return Error(
      ErrorCode::TooLarge, "M_TOO_LARGE",
      "The file is larger than " + std::to_string(bytes_max) + " bytes, the most that is accepted here.");
}

// Client-server API, "Security considerations" of the content repository: 403 M_FORBIDDEN.
Error no_room(const UserId& owner, std::uint64_t quota) {
  if (owner.empty()) {
    return Error(ErrorCode::Exhausted, "M_LIMIT_EXCEEDED",
                 "The server keeps as many files of its own as it may; try again later.")
        .with_retry_after_ms(60'000);
  }
  return forbidden("This upload would go beyond the " + std::to_string(quota) +
                   " bytes of files that each person may keep here.");
}

Error cannot_overwrite() {
  return Error(ErrorCode::Conflict, "M_CANNOT_OVERWRITE_MEDIA",
               "A file was uploaded to this address already.");
}

}  // namespace

// Counts a transfer for as long as it lives.
class Library::Transfer {
 public:
  explicit Transfer(Library& library) : library_(library) {
    is_admitted_ = library_.transfers_.fetch_add(1) < library_.options_.transfers_max;
  }
  ~Transfer() { library_.transfers_.fetch_sub(1); }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  Result<void> admitted() const {
    if (is_admitted_) return {};
    return Error(ErrorCode::Exhausted, "M_LIMIT_EXCEEDED",
                 "Too many files are being uploaded; try again shortly.")
        .with_retry_after_ms(2'000);
  }

 private:
  Library& library_;
  bool is_admitted_ = false;
};

runtime::Task<Result<MediaId>> Library::upload(gate::Permit permit, UploadedFile file) {
  permit.require(gate::Operation::MediaUpload);
  const Transfer transfer(*this);
  KURAMORI_CO_CHECK(transfer.admitted());
  auto stored = co_await receive(permit.subject().user, file);
  if (!stored) co_return std::move(stored).error();
  MediaId id{options_.server, ports_.random.alphanumeric(kMediaIdCharacters)};
  Destination destination{id, Target::Fresh};
  auto committed = co_await commit(std::move(permit), std::move(destination), file, *std::move(stored));
  if (!committed) co_return std::move(committed).error();
  co_return id;
}

runtime::Task<Result<Reservation>> Library::reserve(gate::Permit permit) {
  permit.require(gate::Operation::MediaUpload);
  const UserId owner = permit.subject().user;
  KURAMORI_CO_TRY(lane, co_await lanes_.of(owner).enter());
  const std::int64_t now_ms = ports_.clock.now_ms();
  auto query = [owner, now_ms](storage::Snapshot& snapshot) {
    return snapshot.count({.table = &kMedia,
                           .index = &kMedia.index("media_of_uploader"),
                           .prefix = {owner.str()},
                           .from = storage::Value(now_ms),
                           .below = std::nullopt});
  };
  auto unused = co_await ports_.store.read(std::move(query));
  if (!unused) co_return std::move(unused).error();
  if (static_cast<std::size_t>(*unused) >= options_.unused_per_user_max) {
    co_return Error(ErrorCode::Exhausted, "M_LIMIT_EXCEEDED",
                    "Too many uploads were announced and not begun; upload to one of them first.")
        .with_retry_after_ms(60'000);
  }
  Reservation reservation{.id = {options_.server, ports_.random.alphanumeric(kMediaIdCharacters)},
                          .unused_expires = ports_.clock.now() + options_.unused_expiry};
  Row row;
  row.uploader = owner;
  row.created_ms = now_ms;
  row.expires_ms = to_unix_ms(reservation.unused_expires);
  storage::UnitOfWork work;
  work.insert(kMedia, row.write(reservation.id));
  auto receipt = co_await ports_.gate.commit(std::move(permit), std::move(work),
                                             {.detail = "announced " + reservation.id.to_uri()});
  if (!receipt) co_return std::move(receipt).error();
  co_return reservation;
}

runtime::Task<Result<void>> Library::fill(gate::Permit permit, MediaId id, UploadedFile file) {
  permit.require(gate::Operation::MediaUpload);
  const UserId owner = permit.subject().user;
  auto found = co_await find(id);
  if (!found) co_return std::move(found).error();
  if (!*found) co_return detail::no_such_file();
  if ((*found)->uploader != owner) co_return forbidden("This address was given to somebody else.");
  if (!(*found)->blob.empty()) co_return cannot_overwrite();
  if ((*found)->expires_ms.value_or(0) <= ports_.clock.now_ms()) {
    co_return not_found("The time to upload to this address is over.");
  }
  const Transfer transfer(*this);
  KURAMORI_CO_CHECK(transfer.admitted());
  // One upload at a time to each address: the second would overwrite the first.
  struct Filling {
    Library& library;
    std::string id;
    bool is_first;
    ~Filling() {
      if (!is_first) return;
      const std::scoped_lock lock(library.filling_mutex_);
      library.filling_.erase(id);
    }
  };
  Filling filling{*this, id.id, false};
  {
    const std::scoped_lock lock(filling_mutex_);
    filling.is_first = filling_.insert(id.id).second;
  }
  if (!filling.is_first) co_return cannot_overwrite();
  auto again = co_await find(id);  // somebody may have ended between the first look and ours
  if (!again) co_return std::move(again).error();
  if (!*again || !(*again)->blob.empty()) co_return cannot_overwrite();
  auto stored = co_await receive(owner, file);
  if (!stored) co_return std::move(stored).error();
  Destination destination{std::move(id), Target::Reserved};
  auto committed = co_await commit(std::move(permit), std::move(destination), file, *std::move(stored));
  co_return committed;
}

runtime::Task<Result<void>> Library::check_room(const UserId& owner, std::uint64_t bytes) {
  if (bytes > options_.upload_bytes_max) co_return too_large(options_.upload_bytes_max);
  const std::uint64_t bytes_max = bytes_max_of(owner);
  if (bytes_max == 0) co_return Result<void>();
  auto query = [owner](storage::Snapshot& snapshot) { return snapshot.get(kMediaUsage, {owner.str()}); };
  auto row = co_await ports_.store.read(std::move(query));
  if (!row) co_return std::move(row).error();
  const std::uint64_t used = *row ? static_cast<std::uint64_t>(storage::integer((**row)[kUsageBytes])) : 0;
  if (used + bytes > bytes_max) co_return no_room(owner, bytes_max);
  co_return Result<void>();
}

// Within the owner's lane.
runtime::Task<Result<void>> Library::charge(const UserId& owner, std::uint64_t bytes,
                                            storage::UnitOfWork& work) {
  auto query = [owner](storage::Snapshot& snapshot) { return snapshot.get(kMediaUsage, {owner.str()}); };
  auto row = co_await ports_.store.read(std::move(query));
  if (!row) co_return std::move(row).error();
  const std::int64_t used = *row ? storage::integer((**row)[kUsageBytes]) : 0;
  const std::int64_t files = *row ? storage::integer((**row)[kUsageFiles]) : 0;
  const std::int64_t after = used + static_cast<std::int64_t>(bytes);
  const std::uint64_t bytes_max = bytes_max_of(owner);
  if (bytes_max != 0 && static_cast<std::uint64_t>(after) > bytes_max) co_return no_room(owner, bytes_max);
  work.upsert(kMediaUsage, {owner.str(), after, files + 1});
  co_return Result<void>();
}

// Seals the file as it arrives. When this returns it is durable, but nothing refers to it.
runtime::Task<Result<Library::Stored>> Library::receive(UserId owner, UploadedFile& file) {
  auto room = co_await check_room(owner, file.declared_bytes.value_or(0));
  if (!room) co_return std::move(room).error();
  Stored stored;
  stored.blob = detail::new_blob_name(ports_.random);
  stored.key = ports_.keys.create_in(stored.work, crypto::KeyScope::File, stored.blob);
  auto create = [this, &stored] {
    return SealedWriter::create({.blobs = ports_.blobs, .key = stored.key, .blob = stored.blob});
  };
  auto writer = co_await ports_.workers.run(std::move(create));
  if (!writer) co_return std::move(writer).error();
  auto received = co_await receive_parts(file, *writer);
  if (!received) {
    co_await abandon(*std::move(writer));
    co_return std::move(received).error();
  }
  stored.bytes = writer->bytes();
  stored.digest = writer->digest();
  uploaded_bytes_.add(stored.bytes);
  // What is there already need not be made durable again.
  auto reused = co_await reuse(owner, stored);
  if (!reused || *reused) {
    co_await abandon(*std::move(writer));
    if (!reused) co_return std::move(reused).error();
    co_return stored;
  }
  auto finish = [&writer] { return writer->finish(); };
  auto finished = co_await ports_.workers.run(std::move(finish));
  if (!finished) co_return std::move(finished).error();
  co_return stored;
}

runtime::Task<Result<void>> Library::receive_parts(UploadedFile& file, SealedWriter& writer) {
  const std::uint64_t expected = file.declared_bytes.value_or(kPieceBytes);
  Buffer first(static_cast<std::size_t>(std::clamp<std::uint64_t>(expected, 1, kPieceBytes)));
  std::optional<Buffer> second;
  Buffer* current = &first;
  std::size_t filled = 0;
  for (;;) {
    while (filled < current->size()) {
      auto got = co_await file.source.read(current->span().subspan(filled));
      if (!got) co_return std::move(got).error();
      if (*got == 0) break;
      filled += *got;
    }
    const std::uint64_t so_far = writer.bytes() + filled;
    if (so_far > options_.upload_bytes_max) co_return too_large(options_.upload_bytes_max);
    // Which part is the last is sealed with it, so what follows must be seen first.
    std::size_t of_next = 0;
    Buffer* next = current;
    const bool may_go_on =
        filled == current->size() && (!file.declared_bytes || so_far < *file.declared_bytes);
    if (may_go_on) {
      if (!second) second.emplace(kPieceBytes);
      next = current == &first ? &*second : &first;
      auto got = co_await file.source.read(next->span());
      if (!got) co_return std::move(got).error();
      of_next = *got;
    }
    const Part part = of_next == 0 ? Part::Last : Part::Middle;
    auto work = [&writer, piece = ByteView(current->span()).first(filled), part] {
      return writer.append(piece, part);
    };
    auto written = co_await ports_.workers.run(std::move(work));
    if (!written) co_return std::move(written).error();
    if (part == Part::Last) co_return Result<void>();
    current = next;
    filled = of_next;
  }
}

// What was written of a file that is not wanted goes on a worker: removing may take a while.
runtime::Task<void> Library::abandon(SealedWriter writer) {
  auto work = [held = std::make_unique<SealedWriter>(std::move(writer))]() mutable -> Result<void> {
    held.reset();
    return {};
  };
  const auto done = co_await ports_.workers.run(std::move(work));
  if (!done) ports_.log.warning("media_file_removed_on_the_spot", {});
}

// True when the owner has this very file: `stored` then is that one.
runtime::Task<Result<bool>> Library::reuse(const UserId& owner, Stored& stored) {
  auto query = [owner, digest = digest_of(owner, stored.digest)](
                   storage::Snapshot& snapshot) -> Result<std::optional<std::string>> {
    KURAMORI_TRY(rows, snapshot.scan({.table = &kMediaBlobs,
                                      .index = &kMediaBlobs.index("media_blobs_of_owner"),
                                      .prefix = {owner.str(), digest},
                                      .from = std::nullopt,
                                      .below = std::nullopt,
                                      .limit = 1}));
    if (rows.empty()) return std::optional<std::string>();
    return std::optional<std::string>(storage::text(rows.front().front()));
  };
  auto blob = co_await ports_.store.read(std::move(query));
  if (!blob) co_return std::move(blob).error();
  if (!*blob) co_return false;
  auto key = co_await ports_.keys.get(crypto::KeyScope::File, **blob);
  if (!key) co_return false;  // it is being removed
  stored.blob = **blob;
  stored.key = *key;
  stored.work = storage::UnitOfWork();
  stored.is_new = false;
  co_return true;
}

runtime::Task<void> Library::discard(std::string blob) {
  auto work = [this, &blob] { return ports_.blobs.remove(blob); };
  auto removed = co_await ports_.workers.run(std::move(work));
  if (!removed) ports_.log.warning("media_file_not_removed", {{"error", removed.error().to_log()}});
}

runtime::Task<Result<void>> Library::commit(gate::Permit permit, Destination destination,
                                            const UploadedFile& file, Stored stored) {
  const MediaId& id = destination.id;
  const UserId owner = permit.subject().user;
  const std::string blob_of_ours = stored.is_new ? stored.blob : std::string();
  auto entered = co_await lanes_.of(owner).enter();
  if (!entered) {
    if (!blob_of_ours.empty()) co_await discard(blob_of_ours);
    co_return std::move(entered).error();
  }
  // Again, in the lane: the same file may have arrived twice at once, or have been removed.
  const std::string planned = stored.blob;
  auto reused = co_await reuse(owner, stored);
  std::optional<Error> failure;
  if (!reused) {
    failure = std::move(reused).error();
  } else if (!*reused && !stored.is_new) {
    failure =
        unavailable("The upload met a removal of the same file; try again.", "deduplicated blob " + planned);
  }
  if (!failure && stored.is_new) {
    auto charged = co_await charge(owner, stored.bytes, stored.work);
    if (!charged) failure = std::move(charged).error();
  }
  if (!failure) {
    const std::int64_t now_ms = ports_.clock.now_ms();
    if (stored.is_new) {
      stored.work.insert(kMediaBlobs, {stored.blob, owner.str(), digest_of(owner, stored.digest),
                                       static_cast<std::int64_t>(stored.bytes), now_ms});
    }
    Row row;
    row.uploader = owner;
    row.blob = stored.blob;
    row.sealed_info = seal_info(stored.key, id, file);
    row.bytes = stored.bytes;
    row.created_ms = now_ms;
    if (file.lifetime) row.expires_ms = now_ms + file.lifetime->count();
    if (ports_.inspector != nullptr) row.held_ms = now_ms;
    // A reservation may have expired meanwhile.
    stored.work.expect(kMedia, detail::key_of(id), destination.target == Target::Reserved);
    stored.work.upsert(kMedia, row.write(id));
    gate::Outcome outcome{.detail = id.to_uri() + " " + std::to_string(stored.bytes) + " bytes"};
    outcome.personal["sha256"] = text::to_hex(stored.digest);
    outcome.personal["content_type"] = file.content_type;
    auto receipt = co_await ports_.gate.commit(std::move(permit), std::move(stored.work), std::move(outcome));
    if (!receipt) failure = std::move(receipt).error();
  }
  const bool is_kept = !failure && stored.is_new;
  if (!blob_of_ours.empty() && !is_kept) co_await discard(blob_of_ours);
  if (failure) co_return *std::move(failure);
  if (ports_.inspector != nullptr) {
    work_to_do_.notify();
  } else {
    arrivals_.notify(id.id);
  }
  co_return Result<void>();
}

}  // namespace kuramori::media
