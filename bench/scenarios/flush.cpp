// The disk's own limit: how long it takes to make a short run of octets durable in a file that has its length
// already. No durable send can be faster than one flush, and one that comes while another runs waits for two.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "../event_loop.hpp"
#include "scenarios.hpp"

namespace kuramori::bench {
namespace {

constexpr std::size_t kWriteBytes = 80 * 1024;  // about what a commit of some thirty messages writes
constexpr std::size_t kWrites = 500;
constexpr std::size_t kPlaces = 100;

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& folder)
      : path_(folder + "/flush-XXXXXX"), fd_(::mkstemp(path_.data())) {
    if (fd_ < 0) throw std::runtime_error("cannot create a file in " + folder + ": " + std::strerror(errno));
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    ::close(fd_);
    ::unlink(path_.c_str());
  }

  void write_durably(const std::vector<char>& data, std::size_t place) const {
    const auto offset = static_cast<off_t>(place * data.size());
    const bool written = ::pwrite(fd_, data.data(), data.size(), offset) == static_cast<ssize_t>(data.size());
    if (!written || ::fdatasync(fd_) != 0)
      throw std::runtime_error(std::string("cannot write: ") + std::strerror(errno));
  }

 private:
  std::string path_;
  int fd_;
};

}  // namespace

Report run_flush(const std::string& folder) {
  const TemporaryFile file(folder);
  const std::vector<char> data(kWriteBytes, 'k');
  for (std::size_t place = 0; place < kPlaces; ++place) file.write_durably(data, place);
  Histogram latency;
  for (std::size_t i = 0; i < kWrites; ++i) {
    const Nanoseconds started = now_ns();
    file.write_durably(data, i % kPlaces);
    latency.record(now_ns() - started);
  }
  Report report{.scenario = "flush", .server = "disk", .metrics = {}, .latencies = {}};
  report.latencies.push_back({"flush", latency});
  return report;
}

}  // namespace kuramori::bench
