#include "backup/archive_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

namespace kuramori::backup {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kArchiveMode = 0600;
constexpr std::size_t kSuffixCharacters = 10;

Error cannot_write(const fs::path& path, int error) {
  if (error == ENOSPC || error == EDQUOT || error == EFBIG)
    return unavailable("There is no room for the backup '" + path.string() +
                           "'. Free space, or choose another disk; nothing is left behind.",
                       std::strerror(error));
  return unavailable("The backup '" + path.string() + "' cannot be written: " + std::strerror(error) +
                         ". The server's user needs to be allowed to write there.",
                     "errno " + std::to_string(error));
}

Error exists_already(const fs::path& path) {
  return {ErrorCode::Conflict, "KURAMORI_BACKUP_EXISTS",
          "There is a file '" + path.string() + "' already; choose another name. Nothing is overwritten."};
}

bool is_there(const fs::path& path) {
  struct stat found{};
  return ::lstat(path.c_str(), &found) == 0;
}

Result<void> flush_folder_of(const fs::path& path) {
  const int folder = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool is_flushed = folder >= 0 && ::fsync(folder) == 0;
  const int error = errno;
  if (folder >= 0) ::close(folder);
  if (!is_flushed) return cannot_write(path, error);
  return {};
}

// File systems that cannot refuse to overwrite by themselves are asked first.
int give_name(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  if (is_there(to)) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

}  // namespace

Result<ArchiveFile> ArchiveFile::create(const fs::path& path, Random& random) {
  if (!path.is_absolute() || !path.has_filename())
    return invalid_argument("The backup needs an absolute path with a name.");
  if (is_there(path)) return exists_already(path);
  fs::path partial = path;
  partial.replace_filename("." + path.filename().string() + "." + random.alphanumeric(kSuffixCharacters));
  const int descriptor =
      ::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kArchiveMode);
  if (descriptor < 0) return cannot_write(path, errno);
  return ArchiveFile(descriptor, path, std::move(partial));
}

ArchiveFile::ArchiveFile(ArchiveFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      partial_(std::exchange(other.partial_, {})),
      octets_(other.octets_) {}

ArchiveFile::~ArchiveFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!partial_.empty()) ::unlink(partial_.c_str());
}

Result<void> ArchiveFile::append(ByteView octets) {
  while (!octets.empty()) {
    const ssize_t written = ::write(descriptor_, octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return cannot_write(path_, errno);
    octets = octets.subspan(static_cast<std::size_t>(written));
    octets_ += static_cast<std::uint64_t>(written);
  }
  return {};
}

Result<void> ArchiveFile::make_durable() {
  if (::fsync(descriptor_) != 0) return cannot_write(path_, errno);
  return {};
}

Result<void> ArchiveFile::publish() {
  KURAMORI_CHECK(make_durable());
  const int error = give_name(partial_, path_);
  if (error == EEXIST) return exists_already(path_);
  if (error != 0) return cannot_write(path_, error);
  partial_.clear();
  if (auto flushed = flush_folder_of(path_); !flushed) {
    ::unlink(path_.c_str());  // not acknowledged, so it is not to be there
    return flushed;
  }
  return {};
}

Result<ArchiveInput> ArchiveInput::open(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat found{};
  if (descriptor < 0 || ::fstat(descriptor, &found) != 0) {
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    return Error(ErrorCode::NotFound, "KURAMORI_BACKUP_FILE",
                 "The backup '" + path.string() + "' cannot be read: " + std::strerror(error) + ".");
  }
  return ArchiveInput(descriptor, static_cast<std::uint64_t>(found.st_size));
}

ArchiveInput::ArchiveInput(ArchiveInput&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      octets_(other.octets_),
      read_so_far_(other.read_so_far_) {}

ArchiveInput::~ArchiveInput() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::size_t> ArchiveInput::read(std::span<std::uint8_t> into) {
  std::size_t got = 0;
  while (got < into.size()) {
    const ssize_t count = ::read(descriptor_, into.data() + got, into.size() - got);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unavailable("The backup cannot be read.", std::strerror(errno));
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  read_so_far_ += got;
  return got;
}

}  // namespace kuramori::backup
