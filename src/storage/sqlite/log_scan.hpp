// Reads the write-ahead log by itself (sqlite.org/fileformat2.html, section 4). SQLite takes the first frame
// that does not verify for the end of the log, which is right after a crash and silent loss after damage. The
// two are told apart here: each commit is on disk before the next begins, so at most one transaction may be
// incomplete.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace kuramori::storage::sqlite {

struct LogFindings {
  std::uint32_t sound_frames = 0;   // that verify, from the first
  std::uint32_t sound_commits = 0;  // transactions that end within them
  std::uint32_t unverified_commits =
      0;                     // ends of transactions of the same log after the first frame that does not
  std::uint32_t salt = 0;    // changes when the log starts over
  std::uint32_t frames = 0;  // whole frames in the file, older ones included
};

// One log, frame by frame.
class LogScanner {
 public:
  static constexpr std::size_t kHeaderBytes = 32;
  static constexpr std::size_t kFrameHeaderBytes = 24;

  // False when it is not the header of a log.
  bool begin(ByteView header);
  std::uint32_t page_bytes() const { return page_bytes_; }
  // A whole frame: header and page.
  void frame(ByteView frame);
  const LogFindings& findings() const { return findings_; }

 private:
  void add(ByteView words);

  bool big_endian_ = false;
  std::uint32_t page_bytes_ = 0;
  std::uint32_t salt_[2] = {};
  std::uint32_t sum_[2] = {};
  bool broken_ = false;
  LogFindings findings_;
};

// Nothing when there is no log, or an empty one. `frames_max` bounds how far it is read.
Result<std::optional<LogFindings>> scan_log(const std::filesystem::path& log,
                                            std::uint32_t frames_max = UINT32_MAX);

// Corrupt when the log holds acknowledged transactions that SQLite would drop.
Result<void> check_log_before_opening(const std::filesystem::path& database);

}  // namespace kuramori::storage::sqlite
