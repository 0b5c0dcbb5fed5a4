// What goes on behind: held files are examined, what nobody refers to is removed.
#include "base/text.hpp"
#include "media/library_rows.hpp"

namespace kuramori::media {
namespace {

constexpr Milliseconds kRound = std::chrono::minutes(1);
constexpr std::size_t kPerRead = 500;
constexpr std::size_t kThumbnailBlob = 2;
// `held_ms` of files that were examined and wait for somebody's decision: later than any moment.
constexpr std::int64_t kDecidedLater = std::int64_t{1} << 60;

Result<std::vector<storage::Row>> rows_of(storage::Snapshot& snapshot, const storage::Table& table,
                                          std::string_view index, storage::Key prefix) {
  return snapshot.scan({.table = &table,
                        .index = index.empty() ? nullptr : &table.index(index),
                        .prefix = std::move(prefix),
                        .from = std::nullopt,
                        .below = std::nullopt});
}

// The files whose column of this index lies below a moment.
Result<std::vector<MediaId>> ids_before(storage::Snapshot& snapshot, std::string_view index,
                                        std::int64_t below_ms) {
  KURAMORI_TRY(rows, snapshot.scan({.table = &kMedia,
                                    .index = &kMedia.index(index),
                                    .prefix = {},
                                    .from = std::nullopt,
                                    .below = storage::Value(below_ms),
                                    .limit = kPerRead}));
  std::vector<MediaId> ids;
  ids.reserve(rows.size());
  for (const storage::Row& row : rows)
    ids.push_back({ServerName(storage::text(row[0])), storage::text(row[1])});
  return ids;
}

// Some of a person's files; none when none is left.
Result<std::vector<MediaId>> ids_of(storage::Snapshot& snapshot, const UserId& owner) {
  KURAMORI_TRY(rows, snapshot.scan({.table = &kMedia,
                                    .index = &kMedia.index("media_of_uploader"),
                                    .prefix = {owner.str()},
                                    .from = std::nullopt,
                                    .below = std::nullopt,
                                    .limit = kPerRead}));
  std::vector<MediaId> ids;
  ids.reserve(rows.size());
  for (const storage::Row& row : rows)
    ids.push_back({ServerName(storage::text(row[0])), storage::text(row[1])});
  return ids;
}

}  // namespace

runtime::Task<Result<gate::Permit>> Library::removal_permit(gate::Subject by) {
  gate::Action action{.subject = std::move(by), .operation = gate::Operation::MediaRemove, .resource = {}};
  auto admission = co_await ports_.gate.admit(std::move(action));
  if (auto* permit = std::get_if<gate::Permit>(&admission)) co_return std::move(*permit);
  if (auto* error = std::get_if<Error>(&admission)) co_return std::move(*error);
  co_return forbidden("The policy does not permit that files are removed.");
}

runtime::Task<void> Library::run(std::stop_token stop) {
  const std::stop_callback on_stop(stop, [this] { work_to_do_.notify(); });
  while (!stop.stop_requested()) {
    auto done = co_await maintain();
    if (!done) ports_.log.error("media_maintenance_failed", {{"error", done.error().to_log()}});
    const SteadyTime deadline = ports_.clock.steady_now() + kRound;
    co_await work_to_do_.wait_until(deadline);
  }
}

runtime::Task<Result<void>> Library::maintain() {
  auto orphans = co_await remove_orphans();
  if (!orphans) co_return std::move(orphans).error();
  auto expired = co_await remove_expired();
  if (!expired) co_return std::move(expired).error();
  if (ports_.inspector == nullptr) co_return Result<void>();
  auto examined = co_await examine_held();
  co_return examined;
}

// What an earlier process made durable and did not come to acknowledge. Names are never used again, so that
// nothing of this process is among those that were there at the start.
runtime::Task<Result<void>> Library::remove_orphans() {
  while (!found_at_start_.empty()) {
    const std::size_t count = std::min(found_at_start_.size(), kPerRead);
    std::vector<std::string> names(found_at_start_.end() - static_cast<std::ptrdiff_t>(count),
                                   found_at_start_.end());
    auto query = [names](storage::Snapshot& snapshot) -> Result<std::vector<std::string>> {
      std::vector<std::string> unknown;
      for (const std::string& name : names) {
        KURAMORI_TRY(row, snapshot.get(kMediaBlobs, {name}));
        if (!row) unknown.push_back(name);
      }
      return unknown;
    };
    auto unknown = co_await ports_.store.read(std::move(query));
    if (!unknown) co_return std::move(unknown).error();
    for (const std::string& name : *unknown) co_await discard(name);
    if (!unknown->empty()) ports_.log.info("media_leftovers_removed", {{"files", unknown->size()}});
    found_at_start_.resize(found_at_start_.size() - count);
  }
  co_return Result<void>();
}

runtime::Task<Result<void>> Library::remove_expired() {
  const std::int64_t now_ms = ports_.clock.now_ms();
  auto query = [now_ms](storage::Snapshot& snapshot) {
    return ids_before(snapshot, "media_by_expiry", now_ms);
  };
  auto ids = co_await ports_.store.read(std::move(query));
  if (!ids) co_return std::move(ids).error();
  for (const MediaId& id : *ids) {
    auto permit = co_await removal_permit(gate::Subject::system());
    if (!permit) co_return std::move(permit).error();
    auto removed = co_await remove(*std::move(permit), id);
    if (!removed && removed.error().code() != ErrorCode::NotFound) co_return std::move(removed).error();
  }
  co_return Result<void>();
}

runtime::Task<Result<void>> Library::examine_held() {
  auto query = [](storage::Snapshot& snapshot) { return ids_before(snapshot, "media_held", kDecidedLater); };
  auto ids = co_await ports_.store.read(std::move(query));
  if (!ids) co_return std::move(ids).error();
  for (const MediaId& id : *ids) {
    auto row = co_await find(id);
    if (!row) co_return std::move(row).error();
    if (!*row || !(*row)->held_ms) continue;
    const UserId uploader = (*row)->uploader;
    auto file = co_await open_row(id, **std::move(row));
    if (!file) co_return std::move(file).error();
    auto verdict = co_await ports_.inspector->examine(id, uploader, *std::move(file));
    if (!verdict) {
      ports_.log.warning("media_file_not_examined", {{"error", verdict.error().to_log()}});
      continue;
    }
    auto outcome = co_await act_on(id, *verdict);
    if (!outcome && outcome.error().code() != ErrorCode::NotFound) co_return std::move(outcome).error();
  }
  co_return Result<void>();
}

runtime::Task<Result<void>> Library::act_on(MediaId id, Inspector::Verdict verdict) {
  auto permit = co_await removal_permit(gate::Subject::system());
  if (!permit) co_return std::move(permit).error();
  switch (verdict) {
    case Inspector::Verdict::Release: {
      auto released = co_await set_held(*std::move(permit), std::move(id), Held::No);
      co_return released;
    }
    case Inspector::Verdict::Remove: {
      auto removed = co_await remove(*std::move(permit), std::move(id));
      co_return removed;
    }
    case Inspector::Verdict::Hold:
      break;
  }
  auto held = co_await set_held(*std::move(permit), std::move(id), Held::UntilDecided);
  co_return held;
}

runtime::Task<Result<void>> Library::release(gate::Permit permit, MediaId id) {
  permit.require_any({gate::Operation::MediaRemove, gate::Operation::AdminQuarantineDecide,
                      gate::Operation::InspectionRelease});
  if (permit.operation() == gate::Operation::InspectionRelease) {
    auto looking = standing(id);
    const auto now = co_await std::move(looking);
    if (!now) co_return now.error();
    if (now->held == Held::No) co_return Result<void>();
  }
  auto done = co_await set_held(std::move(permit), std::move(id), Held::No);
  co_return done;
}

runtime::Task<Result<Library::Standing>> Library::standing(MediaId id) {
  auto finding = find(std::move(id));
  const auto row = co_await std::move(finding);
  if (!row) co_return row.error();
  if (!*row || (*row)->blob.empty()) co_return detail::no_such_file();
  Standing standing{.uploader = (*row)->uploader};
  if ((*row)->held_ms)
    standing.held = *(*row)->held_ms == kDecidedLater ? Held::UntilDecided : Held::UntilExamined;
  co_return standing;
}

runtime::Task<Result<void>> Library::examine_again(gate::Permit permit, MediaId id) {
  permit.require(gate::Operation::MediaRemove);
  auto done = co_await set_held(std::move(permit), std::move(id), Held::UntilExamined);
  if (done) work_to_do_.notify();
  co_return done;
}

runtime::Task<Result<void>> Library::set_held(gate::Permit permit, MediaId id, Held held) {
  auto row = co_await find(id);
  if (!row) co_return std::move(row).error();
  if (!*row || (*row)->blob.empty()) co_return detail::no_such_file();
  std::string_view what = "released ";
  (*row)->held_ms.reset();
  if (held == Held::UntilExamined) {
    what = "to be examined again ";
    (*row)->held_ms = ports_.clock.now_ms();
  } else if (held == Held::UntilDecided) {
    what = "held ";
    (*row)->held_ms = kDecidedLater;
  }
  storage::UnitOfWork work;
  work.expect(kMedia, detail::key_of(id), true);
  work.upsert(kMedia, (*row)->write(id));
  auto receipt = co_await ports_.gate.commit(std::move(permit), std::move(work),
                                             {.detail = std::string(what) + id.to_uri()});
  if (!receipt) co_return std::move(receipt).error();
  arrivals_.notify(id.id);
  co_return Result<void>();
}

runtime::Task<Result<std::size_t>> Library::remove_files_of(gate::Subject by, UserId owner) {
  std::size_t removed_count = 0;
  for (;;) {
    auto query = [owner](storage::Snapshot& snapshot) { return ids_of(snapshot, owner); };
    auto ids = co_await ports_.store.read(std::move(query));
    if (!ids) co_return std::move(ids).error();
    if (ids->empty()) co_return removed_count;
    for (const MediaId& id : *ids) {
      auto permit = co_await removal_permit(by);
      if (!permit) co_return std::move(permit).error();
      auto removed = co_await remove(*std::move(permit), id);
      if (!removed && removed.error().code() != ErrorCode::NotFound) co_return std::move(removed).error();
      ++removed_count;
    }
  }
}

// The blobs of a file and of what was made from it, when nothing else refers to it.
Result<std::vector<std::string>> Library::unlink(storage::Snapshot& snapshot, const Row& row,
                                                 storage::UnitOfWork& work) const {
  std::vector<std::string> gone;
  if (row.blob.empty()) return gone;
  KURAMORI_TRY(users, snapshot.count({.table = &kMedia,
                                      .index = &kMedia.index("media_of_blob"),
                                      .prefix = {row.blob},
                                      .from = std::nullopt,
                                      .below = std::nullopt}));
  if (users > 1) return gone;
  gone.push_back(row.blob);
  KURAMORI_TRY(thumbnails, rows_of(snapshot, kMediaThumbnails, "", {row.blob}));
  for (const storage::Row& thumbnail : thumbnails) {
    const std::string blob = storage::text(thumbnail[kThumbnailBlob]);
    if (blob != row.blob) gone.push_back(blob);  // else the original serves as it is
  }
  work.erase(kMediaThumbnails, {row.blob});
  for (const std::string& blob : gone) {
    work.erase(kMediaBlobs, {blob});
    ports_.keys.destroy_in(work, crypto::KeyScope::File, blob);
  }
  KURAMORI_TRY(usage, snapshot.get(kMediaUsage, {row.uploader.str()}));
  if (usage) {
    const std::int64_t bytes = storage::integer((*usage)[kUsageBytes]) - static_cast<std::int64_t>(row.bytes);
    work.upsert(kMediaUsage, {row.uploader.str(), std::max<std::int64_t>(0, bytes),
                              std::max<std::int64_t>(0, storage::integer((*usage)[kUsageFiles]) - 1)});
  }
  return gone;
}

runtime::Task<Result<void>> Library::remove(gate::Permit permit, MediaId id) {
  permit.require_any({gate::Operation::MediaRemove, gate::Operation::AdminQuarantineDecide});
  auto found = co_await find(id);
  if (!found) co_return std::move(found).error();
  if (!*found) co_return detail::no_such_file();
  KURAMORI_CO_TRY(lane, co_await lanes_.of((*found)->uploader).enter());
  auto again = co_await find(id);
  if (!again) co_return std::move(again).error();
  if (!*again) co_return detail::no_such_file();
  storage::UnitOfWork work;
  work.expect(kMedia, detail::key_of(id), true);
  work.erase(kMedia, detail::key_of(id));
  auto query = [this, &row = **again, &work](storage::Snapshot& snapshot) {
    return unlink(snapshot, row, work);
  };
  auto gone = co_await ports_.store.read(std::move(query));
  if (!gone) co_return std::move(gone).error();
  auto receipt =
      co_await ports_.gate.commit(std::move(permit), std::move(work), {.detail = "removed " + id.to_uri()});
  if (!receipt) co_return std::move(receipt).error();
  for (const std::string& blob : *gone) {
    ports_.keys.forget(crypto::KeyScope::File, blob);
    co_await discard(blob);
  }
  arrivals_.notify(id.id);
  co_return Result<void>();
}

}  // namespace kuramori::media
