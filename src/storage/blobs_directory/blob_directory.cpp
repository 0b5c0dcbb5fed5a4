#include "storage/blobs_directory/blob_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include "base/assert.hpp"

namespace kuramori::storage::blobs_directory {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kFileMode = 0600;
constexpr mode_t kFolderMode = 0700;
constexpr const char* kIncoming = "incoming";

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_;
};

Error failed(std::string_view what, int error) {
  const bool is_full = error == ENOSPC || error == EDQUOT;
  return unavailable(is_full ? "There is no room left for files on the server."
                             : "The server's store of files does not work at the moment.",
                     std::string(what) + ": " + std::strerror(error));
}

std::string shard_of(std::string_view name) {
  return std::string(name.substr(0, 2));
}
std::string path_of(std::string_view name) {
  return shard_of(name) + "/" + std::string(name);
}
std::string incoming_of(std::string_view name) {
  return std::string(kIncoming) + "/" + std::string(name);
}

class Writer final : public BlobWriter {
 public:
  Writer(int root, std::string name, Descriptor file)
      : root_(root), name_(std::move(name)), file_(std::move(file)) {}
  ~Writer() override {
    if (!is_finished_) ::unlinkat(root_, incoming_of(name_).c_str(), 0);
  }

  Result<void> append(ByteView part) override {
    while (!part.empty()) {
      const ssize_t written = ::write(file_.get(), part.data(), part.size());
      if (written < 0) {
        if (errno == EINTR) continue;
        return failed("writing a file", errno);
      }
      part = part.subspan(static_cast<std::size_t>(written));
    }
    return {};
  }

  Result<void> finish() override {
    if (::fdatasync(file_.get()) != 0) return failed("making a file durable", errno);
    const std::string shard = shard_of(name_);
    const bool is_new_shard = ::mkdirat(root_, shard.c_str(), kFolderMode) == 0;
    if (!is_new_shard && errno != EEXIST) return failed("making a folder", errno);
    const std::string place = path_of(name_);
    if (::renameat2(root_, incoming_of(name_).c_str(), root_, place.c_str(), RENAME_NOREPLACE) != 0) {
      return failed("naming a file", errno);
    }
    is_finished_ = true;
    const Descriptor folder(::openat(root_, shard.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (!folder || ::fsync(folder.get()) != 0 || (is_new_shard && ::fsync(root_) != 0)) {
      const int error = errno;
      ::unlinkat(root_, place.c_str(), 0);  // not acknowledged, so it is not to be there
      return failed("making a name durable", error);
    }
    return {};
  }

 private:
  int root_;
  std::string name_;
  Descriptor file_;
  bool is_finished_ = false;
};

class Reader final : public BlobReader {
 public:
  Reader(Descriptor file, std::uint64_t bytes) : file_(std::move(file)), bytes_(bytes) {}

  std::uint64_t bytes() const override { return bytes_; }
  Result<void> read(std::uint64_t offset, std::span<std::uint8_t> into) override {
    while (!into.empty()) {
      const ssize_t got = ::pread(file_.get(), into.data(), into.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failed("reading a file", errno);
      if (got == 0) return corrupt("a stored file is shorter than it was");
      offset += static_cast<std::uint64_t>(got);
      into = into.subspan(static_cast<std::size_t>(got));
    }
    return {};
  }

 private:
  Descriptor file_;
  std::uint64_t bytes_;
};

class Directory final : public BlobStore {
 public:
  Directory(fs::path path, Descriptor root) : path_(std::move(path)), root_(std::move(root)) {}

  Result<std::unique_ptr<BlobWriter>> create(std::string_view name) override {
    ensure(is_blob_name(name), "a blob has a proper name");
    struct stat found{};
    if (::fstatat(root_.get(), path_of(name).c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0) {
      return Error(ErrorCode::Conflict, "KURAMORI_BLOB_EXISTS", "There is a file of this name.");
    }
    Descriptor file(::openat(root_.get(), incoming_of(name).c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kFileMode));
    if (!file && errno == EEXIST) {
      return Error(ErrorCode::Conflict, "KURAMORI_BLOB_EXISTS", "There is a file of this name.");
    }
    if (!file) return failed("making a file", errno);
    return std::unique_ptr<BlobWriter>(new Writer(root_.get(), std::string(name), std::move(file)));
  }

  Result<std::unique_ptr<BlobReader>> open(std::string_view name) override {
    ensure(is_blob_name(name), "a blob has a proper name");
    Descriptor file(::openat(root_.get(), path_of(name).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file && errno == ENOENT) return not_found("There is no such file.");
    if (!file) return failed("opening a file", errno);
    struct stat found{};
    if (::fstat(file.get(), &found) != 0) return failed("looking at a file", errno);
    return std::unique_ptr<BlobReader>(
        new Reader(std::move(file), static_cast<std::uint64_t>(found.st_size)));
  }

  Result<void> remove(std::string_view name) override {
    ensure(is_blob_name(name), "a blob has a proper name");
    if (::unlinkat(root_.get(), path_of(name).c_str(), 0) == 0 || errno == ENOENT) return {};
    return failed("removing a file", errno);
  }

  Result<void> list(const std::function<bool(std::string_view name)>& visit) override {
    std::error_code error;
    for (fs::directory_iterator shard(path_, error), end; !error && shard != end; shard.increment(error)) {
      if (!shard->is_directory() || shard->path().filename().native().size() != 2) continue;
      std::error_code inner;
      for (fs::directory_iterator file(shard->path(), inner); !inner && file != end; file.increment(inner)) {
        const std::string name = file->path().filename().native();
        if (is_blob_name(name) && !visit(name)) return {};
      }
      if (inner) error = inner;
    }
    if (error) return failed("listing files", error.value());
    return {};
  }

 private:
  fs::path path_;
  Descriptor root_;
};

Error cannot_make(const fs::path& path, int error) {
  return unavailable(
      "Cannot make the directory of files '" + path.string() + "'. Check its owner and permissions.",
      std::strerror(error));
}

Result<void> make_folder(const fs::path& path) {
  std::error_code ignored;
  fs::create_directories(path.parent_path(), ignored);
  if (::mkdir(path.c_str(), kFolderMode) != 0 && errno != EEXIST) return cannot_make(path, errno);
  return {};
}

}  // namespace

Result<std::unique_ptr<BlobStore>> open(const fs::path& directory) {
  KURAMORI_CHECK(make_folder(directory));
  KURAMORI_CHECK(make_folder(directory / kIncoming));
  std::error_code error;
  for (fs::directory_iterator file(directory / kIncoming, error), end; !error && file != end;
       file.increment(error)) {
    std::error_code ignored;
    fs::remove(file->path(), ignored);
  }
  if (error) return cannot_make(directory, error.value());
  Descriptor root(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root || ::fsync(root.get()) != 0) return cannot_make(directory, errno);
  return std::unique_ptr<BlobStore>(new Directory(directory, std::move(root)));
}

}  // namespace kuramori::storage::blobs_directory
