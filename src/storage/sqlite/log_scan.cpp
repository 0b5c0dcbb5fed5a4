#include "storage/sqlite/log_scan.hpp"

#include <bit>
#include <cstring>
#include <fstream>

namespace kuramori::storage::sqlite {
namespace {

constexpr std::uint32_t kMagic = 0x377f0682;  // the last bit says which order of octets the checksums use
constexpr std::uint32_t kVersion = 3'007'000;

std::uint32_t big(ByteView data, std::size_t at) {
  std::uint32_t value;
  std::memcpy(&value, data.data() + at, sizeof value);
  return std::byteswap(value);
}

std::uint32_t little(ByteView data, std::size_t at) {
  std::uint32_t value;
  std::memcpy(&value, data.data() + at, sizeof value);
  return value;
}

}  // namespace

void LogScanner::add(ByteView words) {
  for (std::size_t at = 0; at + 8 <= words.size(); at += 8) {
    sum_[0] += (big_endian_ ? big(words, at) : little(words, at)) + sum_[1];
    sum_[1] += (big_endian_ ? big(words, at + 4) : little(words, at + 4)) + sum_[0];
  }
}

bool LogScanner::begin(ByteView header) {
  if (header.size() != kHeaderBytes) return false;
  if ((big(header, 0) & ~1U) != kMagic || big(header, 4) != kVersion) return false;
  big_endian_ = (big(header, 0) & 1U) != 0;
  page_bytes_ = big(header, 8);
  if (page_bytes_ < 512 || page_bytes_ > 65'536 || !std::has_single_bit(page_bytes_)) return false;
  salt_[0] = big(header, 16);
  salt_[1] = big(header, 20);
  findings_.salt = salt_[0];
  add(header.first(24));
  return sum_[0] == big(header, 24) && sum_[1] == big(header, 28);
}

void LogScanner::frame(ByteView frame) {
  ++findings_.frames;
  const bool same_log = big(frame, 8) == salt_[0] && big(frame, 12) == salt_[1];
  const bool ends_commit = big(frame, 4) != 0;
  if (!broken_) {
    add(frame.first(8));
    add(frame.subspan(kFrameHeaderBytes));
    broken_ = !same_log || big(frame, 0) == 0 || sum_[0] != big(frame, 16) || sum_[1] != big(frame, 20);
  }
  if (!broken_) {
    ++findings_.sound_frames;
    if (ends_commit) ++findings_.sound_commits;
  } else if (same_log && ends_commit) {
    ++findings_.unverified_commits;
  }
}

Result<std::optional<LogFindings>> scan_log(const std::filesystem::path& log, std::uint32_t frames_max) {
  std::ifstream file(log, std::ios::binary);
  if (!file) return std::optional<LogFindings>();
  Bytes buffer(LogScanner::kHeaderBytes);
  const auto read_all = [&] {
    file.read(reinterpret_cast<char*>(buffer.data()), static_cast<std::streamsize>(buffer.size()));
    return file.gcount() == static_cast<std::streamsize>(buffer.size());
  };
  if (!read_all()) return std::optional<LogFindings>();
  LogScanner scanner;
  if (!scanner.begin(buffer)) {
    // A log of zeros was created and never written.
    const bool zeros = std::ranges::all_of(buffer, [](std::uint8_t octet) { return octet == 0; });
    if (zeros) return std::optional<LogFindings>();
    return corrupt("the header of the write-ahead log fails its checksum");
  }
  buffer.resize(LogScanner::kFrameHeaderBytes + scanner.page_bytes());
  for (std::uint32_t i = 0; i < frames_max && read_all(); ++i) scanner.frame(buffer);
  return std::optional(scanner.findings());
}

Result<void> check_log_before_opening(const std::filesystem::path& database) {
  const std::filesystem::path log = database.string() + "-wal";
  KURAMORI_TRY(findings, scan_log(log));
  // One may be the transaction that a crash interrupted: nobody was told that it was done.
  if (!findings || findings->unverified_commits <= 1) return {};
  return Error(ErrorCode::Corrupt, "KURAMORI_CORRUPT",
               "The write-ahead log " + log.string() +
                   " is damaged: what was stored after the damage would be lost by going on. Restore both "
                   "files from a "
                   "backup; or, to accept the loss, move the log away and start again.")
      .with_detail("frame " + std::to_string(findings->sound_frames + 1) + " fails its checksum, " +
                   std::to_string(findings->unverified_commits) + " transactions follow");
}

}  // namespace kuramori::storage::sqlite
