#include "audit/checkpoint_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "audit/note.hpp"

namespace kuramori::audit {
namespace {

Error file_error(std::string_view what, const std::filesystem::path& file, int code) {
  return unavailable("The checkpoint file cannot be " + std::string(what) + ".",
                     file.string() + ": " + std::strerror(code));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  // Closing may be the first to tell that the disk is full.
  int close() { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

bool write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t written = ::write(fd, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    data.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Result<void> write_checkpoint_file(const std::filesystem::path& file, std::string_view note) {
  std::filesystem::path temporary = file;
  temporary += ".new";
  {
    Descriptor out(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (out.get() < 0) return file_error("created", temporary, errno);
    if (!write_all(out.get(), note) || ::fsync(out.get()) != 0 || out.close() != 0) {
      return file_error("written", temporary, errno);
    }
  }
  if (::rename(temporary.c_str(), file.c_str()) != 0) return file_error("replaced", file, errno);
  const Descriptor directory(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) return file_error("made durable", file, errno);
  return {};
}

Result<std::optional<std::string>> read_checkpoint_file(const std::filesystem::path& file) {
  const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.get() < 0) {
    if (errno == ENOENT) return std::optional<std::string>();
    return file_error("opened", file, errno);
  }
  std::string content;
  std::array<char, 4096> block;
  while (true) {
    const ssize_t got = ::read(in.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error("read", file, errno);
    if (got == 0) return std::optional(std::move(content));
    content.append(block.data(), static_cast<std::size_t>(got));
    if (content.size() > kNoteBytesMax) return corrupt("the checkpoint file is too long: " + file.string());
  }
}

}  // namespace kuramori::audit
