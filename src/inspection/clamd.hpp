// The malware scanner: clamd's INSTREAM over a Unix socket or TCP (clamd(8)).
//
//   Clamd scanner({.address = "unix:/run/clamav/clamd.ctl"}, clock);
//   auto scan = scanner.scan(feed);          // blocking: on a worker
//   if (scan && !scan->signature.empty()) …  // "Win.Test.EICAR_HDB-1"
//
// One connection for each file; never waits beyond `timeout` for the scanner. Thread-safe.
#pragma once
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "media/ports.hpp"

namespace kuramori::inspection {

struct Scan {
  std::string signature = {};  // empty: clean
  bool is_too_large = false;   // beyond the scanner's StreamMaxLength: it did not look
};

// "stream: OK", "stream: NAME FOUND", "INSTREAM size limit exceeded. ERROR": an error for anything else.
Result<Scan> parse_scan_answer(std::string_view answer);

class Clamd {
 public:
  struct Options {
    std::string address;  // "unix:PATH" or "HOST:PORT"
    Milliseconds timeout = std::chrono::seconds(60);
    std::size_t answer_bytes_max = 4'096;
  };
  Clamd(Options options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}

  // Unavailable when the scanner cannot be reached or does not answer; the feed's own errors as they are.
  Result<Scan> scan(media::PieceFeed& file) const;
  // What it says of itself: engine and signatures. One line.
  Result<std::string> version() const;

 private:
  Options options_;
  const Clock& clock_;
};

}  // namespace kuramori::inspection
