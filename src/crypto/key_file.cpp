#include "crypto/key_file.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "crypto/base64.hpp"

namespace kuramori::crypto {
namespace {

constexpr std::string_view kKeyFilePrefix = "kuramori-root-key-v1:";
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kFileBytesMax = 256;
constexpr mode_t kOpenToOthers = S_IRWXG | S_IRWXO;

// Closes what it holds.
class FileDescriptor {
 public:
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

// Text that holds the key, wiped when it goes.
struct SecretText {
  std::array<char, kFileBytesMax> characters{};
  std::size_t length = 0;
  SecretText() = default;
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText() { sodium_memzero(characters.data(), characters.size()); }
  std::string_view view() const { return {characters.data(), length}; }
};

Error problem(ErrorCode code, const std::filesystem::path& path, std::string_view sentence) {
  std::string message("The root key file '");
  message.append(path.string()).append("' ").append(sentence);
  return {code, "KURAMORI_KEY_FILE", std::move(message)};
}

Error system_problem(const std::filesystem::path& path, std::string_view sentence, int error) {
  return problem(ErrorCode::Unavailable, path, sentence).with_detail(std::system_category().message(error));
}

Error cannot_open(const std::filesystem::path& path, int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return problem(
          ErrorCode::NotFound, path,
          "does not exist: restore it from its backup; only a new installation may create a new one.");
    case ELOOP:
      return problem(ErrorCode::Forbidden, path, "is a symbolic link: name the file itself.");
    case EACCES:
    case EPERM:
      return problem(
          ErrorCode::Forbidden, path,
          "cannot be read by the user that runs the server: change its owner (chown) to that user.");
    default:
      return system_problem(path, "cannot be opened: check the disk and the path.", error);
  }
}

Result<void> check_access(int file, const std::filesystem::path& path) {
  struct stat status{};
  if (::fstat(file, &status) != 0) return system_problem(path, "cannot be examined: check the disk.", errno);
  if (!S_ISREG(status.st_mode)) return problem(ErrorCode::Forbidden, path, "is not a regular file.");
  if (status.st_uid != ::geteuid()) {
    return problem(ErrorCode::Forbidden, path,
                   "belongs to another user: change its owner (chown) to the user that runs the server.");
  }
  if ((status.st_mode & kOpenToOthers) != 0) {
    return problem(ErrorCode::Forbidden, path,
                   "is open to other users: run chmod 600 on it, and consider a new key.");
  }
  return {};
}

Result<void> read_all(int file, const std::filesystem::path& path, SecretText& text) {
  while (text.length < text.characters.size()) {
    const ssize_t got =
        ::read(file, text.characters.data() + text.length, text.characters.size() - text.length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_problem(path, "cannot be read: check the disk.", errno);
    if (got == 0) return {};
    text.length += static_cast<std::size_t>(got);
  }
  return {};
}

Result<SecretKey> parse(std::string_view text, const std::filesystem::path& path) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  std::optional<Bytes> raw;
  if (text.starts_with(kKeyFilePrefix)) raw = from_base64(text.substr(kKeyFilePrefix.size()));
  if (!raw || raw->size() != kKeyBytes) {
    if (raw) sodium_memzero(raw->data(), raw->size());
    return problem(ErrorCode::Corrupt, path,
                   "does not hold a Kuramori root key: restore it from its backup.");
  }
  std::array<std::uint8_t, kKeyBytes> octets{};
  std::ranges::copy(*raw, octets.begin());
  SecretKey key(octets);
  sodium_memzero(octets.data(), octets.size());
  sodium_memzero(raw->data(), raw->size());
  return key;
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(file, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

// The entry of a new file survives a power loss only once its directory is flushed.
bool flush_directory_of(const std::filesystem::path& path) {
  const std::filesystem::path directory = path.has_parent_path() ? path.parent_path() : ".";
  const FileDescriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened.is_open() && ::fsync(opened.get()) == 0;
}

Error cannot_create(const std::filesystem::path& path, int error) {
  switch (error) {
    case EEXIST:
      return problem(ErrorCode::Conflict, path,
                     "exists already and is never overwritten: use it, or name another.");
    case ENOENT:
    case ENOTDIR:
      return problem(ErrorCode::NotFound, path, "cannot be created: create its directory first.");
    case EACCES:
    case EPERM:
    case EROFS:
      return problem(ErrorCode::Forbidden, path,
                     "cannot be created: let the user that runs the server write to its directory.");
    default:
      return system_problem(path, "cannot be created: check the disk and the path.", error);
  }
}

}  // namespace

Result<SecretKey> read_key_file(const std::filesystem::path& path) {
  // O_NONBLOCK: a pipe in its place must not hold up the start.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) return cannot_open(path, errno);
  KURAMORI_CHECK(check_access(file.get(), path));
  SecretText text;
  KURAMORI_CHECK(read_all(file.get(), path, text));
  return parse(text.view(), path);
}

Result<SecretKey> create_key_file(const std::filesystem::path& path, Random& random) {
  const FileDescriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file.is_open()) return cannot_create(path, errno);
  SecretKey key = SecretKey::generate(random);
  std::string text(kKeyFilePrefix);
  text.reserve(kFileBytesMax);  // no copy of the key is left behind by growing
  std::string encoded = to_base64(key.view());
  text.append(encoded).append("\n");
  // The mode again, because a umask may have taken even the owner's rights.
  const bool written = ::fchmod(file.get(), S_IRUSR | S_IWUSR) == 0 && write_all(file.get(), text) &&
                       ::fsync(file.get()) == 0 && flush_directory_of(path);
  const int error = errno;
  sodium_memzero(text.data(), text.size());
  sodium_memzero(encoded.data(), encoded.size());
  if (written) return key;
  ::unlink(path.c_str());
  return system_problem(path, "could not be written: check the free space and the disk.", error);
}

}  // namespace kuramori::crypto
