#include "storage/sqlite/database_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.hpp"

namespace kuramori::storage::sqlite {
namespace {

namespace fs = std::filesystem;

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

Error cannot(const std::string& doing, const fs::path& path, int error) {
  return unavailable("Cannot " + doing + " " + path.string() + ": " + std::strerror(error) + ".",
                     "database file, errno " + std::to_string(error));
}

Error unsafe(const fs::path& path, const std::string& why_and_what_to_do) {
  return Error(ErrorCode::Forbidden, "KURAMORI_UNSAFE_FILE", path.string() + " " + why_and_what_to_do);
}

Result<void> check_file(const fs::path& path, const struct stat& status) {
  if (S_ISLNK(status.st_mode))
    return unsafe(path, "is a symbolic link. Put the file itself there, or configure its real path.");
  if (!S_ISREG(status.st_mode)) return unsafe(path, "is not a file. Configure another path.");
  if (status.st_uid != geteuid()) {
    return unsafe(path,
                  "belongs to another user. Run the server as its owner, or change its owner with chown.");
  }
  if ((status.st_mode & 077U) != 0)
    return unsafe(path, "is open to other users. Close it with: chmod 600 " + path.string());
  return {};
}

Result<void> check_if_there(const fs::path& path) {
  struct stat status{};
  if (lstat(path.c_str(), &status) == 0) return check_file(path, status);
  if (errno == ENOENT) return {};
  return cannot("look at", path, errno);
}

Result<void> flush_folder(const fs::path& folder) {
  const Descriptor descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() < 0 || fsync(descriptor.get()) != 0) return cannot("flush", folder, errno);
  return {};
}

fs::path beside(const fs::path& path, std::string_view suffix) {
  return path.string() + std::string(suffix);
}

std::string holder_of(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t length = pread(descriptor, text.data(), text.size(), 0);
  if (length <= 0) return "another process";
  const auto number = text::to_integer(text::trim({text.data(), static_cast<std::size_t>(length)}));
  return number ? "process " + std::to_string(*number) : "another process";
}

Result<void> write_holder(int descriptor, const fs::path& path) {
  const std::string text = std::to_string(getpid()) + "\n";
  const bool written = ftruncate(descriptor, 0) == 0 &&
                       pwrite(descriptor, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  if (!written) return cannot("write", path, errno);
  return {};
}

}  // namespace

DatabaseLock::DatabaseLock(DatabaseLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

DatabaseLock::~DatabaseLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<DatabaseLock> DatabaseLock::take(const fs::path& database) {
  const fs::path path = beside(database, ".lock");
  KURAMORI_CHECK(check_if_there(path));
  Descriptor descriptor(open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (descriptor.get() < 0) return cannot("open", path, errno);
  if (flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return cannot("lock", path, errno);
    return Error(ErrorCode::Unavailable, "KURAMORI_DATABASE_IN_USE",
                 "The database " + database.string() + " is being served by " + holder_of(descriptor.get()) +
                     ". Stop it first, or ask it through its administration socket.");
  }
  KURAMORI_CHECK(write_holder(descriptor.get(), path));
  return DatabaseLock(descriptor.release());
}

Result<fs::path> resolve_database_path(const fs::path& path) {
  std::error_code error;
  if (!path.has_filename())
    return invalid_argument("The path of the database names no file: " + path.string());
  const fs::path folder = fs::canonical(path.has_parent_path() ? path.parent_path() : fs::path("."), error);
  if (error) return cannot("find the folder of", path, error.value());
  return folder / path.filename();
}

Result<void> prepare_database_file(const fs::path& path) {
  // The log and the shared memory take their mode from the database.
  for (const std::string_view suffix : {"", "-wal", "-shm", "-journal"})
    KURAMORI_CHECK(check_if_there(beside(path, suffix)));
  const Descriptor created(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (created.get() < 0 && errno == EEXIST) {
    if (access(path.c_str(), R_OK | W_OK) != 0) return cannot("write", path, errno);
    return {};
  }
  if (created.get() < 0) return cannot("create", path, errno);
  if (fsync(created.get()) != 0) return cannot("flush", path, errno);
  return flush_folder(path.parent_path());
}

}  // namespace kuramori::storage::sqlite
