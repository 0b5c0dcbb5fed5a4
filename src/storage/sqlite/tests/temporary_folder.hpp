// A folder that goes with the test: in memory where there is room, because these tests are about order and
// failure, and a shared disk makes them slow.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace kuramori::storage::sqlite {

class TemporaryFolder {
 public:
  enum class Where : bool { Fast, OnDisk };
  explicit TemporaryFolder(Where where = Where::Fast) {
    std::error_code absent;
    const bool roomy = where == Where::Fast &&
                       std::filesystem::space("/dev/shm", absent).available > (512U << 20U) && !absent;
    const std::filesystem::path parent = roomy ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string name = (parent / "kuramori-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace kuramori::storage::sqlite
