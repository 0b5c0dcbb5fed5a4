#include "app/backup_restore.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "app/backup_plan.hpp"
#include "app/media_node.hpp"
#include "app/migrations.hpp"
#include "backup/archive_file.hpp"
#include "backup/restoring.hpp"
#include "crypto/key_file.hpp"

namespace kuramori::app {
namespace {

namespace fs = std::filesystem;

constexpr double kCheckShare = 0.3;  // of a restore
constexpr std::uint64_t kNewsEvery = 8'388'608;
constexpr const char* kStaging = "restoring";

Error data_dir_problem(const std::string& sentence) {
  return {ErrorCode::Conflict, "KURAMORI_DATA_DIR", sentence};
}

Error cannot_place(const fs::path& path, const std::string& why) {
  return unavailable("'" + path.string() + "' cannot be made: " + why + ".", "restoring a backup");
}

// Tells how far the file was read, between two fractions.
class WatchedSource final : public backup::Source {
 public:
  WatchedSource(backup::ArchiveInput& input, const BackupProgress& progress, double from, double to)
      : input_(input), progress_(progress), from_(from), to_(to) {}

  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    auto got = input_.read(into);
    if (input_.read_so_far() >= told_ + kNewsEvery) {
      told_ = input_.read_so_far();
      progress_(from_ + (to_ - from_) * static_cast<double>(told_) / static_cast<double>(input_.octets()));
    }
    return got;
  }

 private:
  backup::ArchiveInput& input_;
  const BackupProgress& progress_;
  const double from_;
  const double to_;
  std::uint64_t told_ = 0;
};

Result<backup::Summary> check_file(const fs::path& file, const crypto::SecretKey& root,
                                   const BackupProgress& progress, double share) {
  KURAMORI_TRY(input, backup::ArchiveInput::open(file));
  WatchedSource source(input, progress, 0, share);
  return backup::check_archive(source, root);
}

Result<crypto::SecretKey> root_key_for(const Config& config) {
  const fs::path path = config.root_key_path();
  if (!fs::exists(fs::symlink_status(path)))
    return Error(ErrorCode::NotFound, "KURAMORI_KEY_FILE",
                 "The root key file '" + path.string() +
                     "' is missing. A backup does not hold it: put the one of the organisation there, from "
                     "where it is kept (mode 0600).");
  return crypto::read_key_file(path);
}

bool is_same(const fs::path& one, const fs::path& other) {
  std::error_code error;
  return fs::equivalent(one, other, error) && !error;
}

Result<void> check_is_empty(const Config& config) {
  const fs::path& directory = config.server.data_dir;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    const bool is_record = path.filename() == config.checkpoint_path().parent_path().filename();
    if (is_record || path.filename() == "lost+found" || is_same(path, config.root_key_path())) continue;
    return data_dir_problem("The data directory '" + directory.string() + "' is not empty: there is '" +
                            path.filename().string() +
                            "' in it. Stop the server and restore into an empty directory; only the root key "
                            "and the folder of the record may be there.");
  }
  if (error && error != std::errc::no_such_file_or_directory) return cannot_place(directory, error.message());
  if (fs::exists(config.database_path()))
    return data_dir_problem("There is a database '" + config.database_path().string() +
                            "' already. Restore where none is.");
  return {};
}

Result<void> make_private_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) fs::permissions(path, fs::perms::owner_all, error);
  if (error) return cannot_place(path, error.message());
  return {};
}

Result<void> flush_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool is_flushed = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!is_flushed) return cannot_place(folder, std::strerror(error));
  return {};
}

class Restoration {
 public:
  Restoration(const Config& config, const Environment& environment)
      : config_(config),
        environment_(environment),
        staging_(config.database_path().parent_path() / kStaging),
        had_directory_(fs::exists(config.server.data_dir)) {}

  ~Restoration() {
    std::error_code ignored;
    fs::remove_all(staging_, ignored);
    if (is_done_) return;
    if (blobs_) {
      for (const std::string& name : written_) static_cast<void>(blobs_->remove(name).has_value());
    }
    blobs_.reset();
    // It was empty when this began.
    if (config_.media.store != "s3") fs::remove_all(config_.server.data_dir / "media", ignored);
    if (!had_directory_) fs::remove(config_.server.data_dir, ignored);
  }
  Restoration(const Restoration&) = delete;
  Restoration& operator=(const Restoration&) = delete;

  Result<backup::Summary> run(const fs::path& file, const crypto::SecretKey& root,
                              const BackupProgress& progress) {
    if (!had_directory_) KURAMORI_CHECK(make_private_folder(config_.server.data_dir));
    KURAMORI_CHECK(make_private_folder(staging_));
    KURAMORI_TRY(blobs, MediaNode::open_blobs(config_, environment_));
    blobs_ = std::move(blobs);
    KURAMORI_TRY(input, backup::ArchiveInput::open(file));
    WatchedSource source(input, progress, kCheckShare, 1);
    KURAMORI_TRY(summary, fill(source, root));
    KURAMORI_CHECK(name_database());
    is_done_ = true;
    return summary;
  }

 private:
  fs::path staged() const { return staging_ / config_.database_path().filename(); }

  // The store is closed when this returns: one file that is whole.
  Result<backup::Summary> fill(backup::Source& source, const crypto::SecretKey& root) {
    KURAMORI_TRY(store, storage::sqlite::SqliteStore::open(
                            {.path = staged(),
                             .page_cache_bytes = static_cast<std::size_t>(config_.database.cache_bytes)},
                            environment_.clock, environment_.metrics, environment_.log));
    KURAMORI_CHECK(store->migrate(migrations()));
    return backup::restore(source, root,
                           {.store = *store,
                            .blobs = *blobs_,
                            .clock = environment_.clock,
                            .tables = backup_plan().tables,
                            .server = config_.server.name,
                            .migration = migrations().back().number,
                            .written = written_});
  }

  Result<void> name_database() {
    const fs::path place = config_.database_path();
    if (::rename(staged().c_str(), place.c_str()) != 0) return cannot_place(place, std::strerror(errno));
    return flush_folder(place.parent_path());
  }

  const Config& config_;
  const Environment& environment_;
  const fs::path staging_;
  const bool had_directory_;
  std::unique_ptr<storage::BlobStore> blobs_;
  std::vector<std::string> written_;
  bool is_done_ = false;
};

}  // namespace

Result<backup::Summary> check_backup(const Config& config, const fs::path& file,
                                     const BackupProgress& progress) {
  KURAMORI_TRY(root, root_key_for(config));
  auto checked = check_file(file, root, progress, 1);
  progress(1);
  return checked;
}

Result<Restored> restore_backup(const Config& config, const Environment& environment, const fs::path& file,
                                const BackupProgress& progress) {
  KURAMORI_TRY(root, root_key_for(config));
  KURAMORI_CHECK(check_is_empty(config));
  KURAMORI_CHECK(check_file(file, root, progress, kCheckShare));
  Restored restored;
  {
    Restoration restoration(config, environment);
    KURAMORI_TRY(summary, restoration.run(file, root, progress));
    restored.summary = std::move(summary);
  }
  progress(1);
  // As the server will: whether it starts, or the record knows of entries that are lost.
  const auto opened = Organisation::open(config, environment);
  if (!opened) restored.attention = opened.error().to_log();
  return restored;
}

}  // namespace kuramori::app
