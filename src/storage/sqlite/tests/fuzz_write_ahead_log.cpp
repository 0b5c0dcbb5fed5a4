// The scanner of the write-ahead log on arbitrary octets: it must end, and never read outside.
#include <cstdlib>

#include "storage/sqlite/log_scan.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using kuramori::storage::sqlite::LogScanner;
  kuramori::ByteView rest(data, size);
  if (rest.size() < LogScanner::kHeaderBytes) return 0;
  LogScanner scanner;
  scanner.begin(rest.first(LogScanner::kHeaderBytes));
  rest = rest.subspan(LogScanner::kHeaderBytes);
  if (scanner.page_bytes() < 512 || scanner.page_bytes() > 65'536) return 0;
  const std::size_t frame = LogScanner::kFrameHeaderBytes + scanner.page_bytes();
  std::uint32_t frames = 0;
  for (; rest.size() >= frame; rest = rest.subspan(frame), ++frames) scanner.frame(rest.first(frame));
  const auto& findings = scanner.findings();
  if (findings.frames != frames || findings.sound_frames > frames) std::abort();
  if (findings.sound_commits + findings.unverified_commits > frames) std::abort();
  return 0;
}
