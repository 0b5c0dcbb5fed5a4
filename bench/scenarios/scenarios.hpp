#pragma once
// The scenarios: each measures one promise about speed and returns what it found.

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

#include "../report.hpp"

namespace kuramori::bench {

// What every scenario is told.
struct Subject {
  std::string url;
  std::string server = "server";  // the label in reports
  std::string world_path;
  std::vector<pid_t> pids;  // of the server and its database; empty: no CPU or memory figures
  double seconds = 10;
  double warmup_seconds = 3;
};

struct SendOptions {
  std::vector<std::size_t> connections{1, 16, 64, 256};  // one closed loop each; the best is the peak
  double load = 0.7;                                     // then an open loop at this share of the peak
  double rate = 0;        // or at this many per second, without looking for the peak
  std::size_t count = 0;  // only send so many events, for filling a store
};

Report run_send(const Subject& subject, const SendOptions& options);
Report run_fanout(const Subject& subject, std::size_t receivers);
Report run_initial_sync(const Subject& subject, std::size_t syncs, std::size_t at_once);
Report run_join(const Subject& subject, std::size_t joins);
Report run_device_storm(const Subject& subject);
Report run_flush(const std::string& folder);  // no server: the disk under `folder`
Report run_incremental_sync(const Subject& subject, std::size_t syncs);
Report run_sliding_sync(const Subject& subject, std::size_t pages);
Report run_parked(const Subject& subject, std::size_t connections);

struct SearchOptions {
  std::size_t messages = 1'000'000;
  std::size_t connections = 256;  // that fill
  std::size_t searches = 50;      // of each kind
  double rate = 20;               // of the open loop, a second; 0: none
  double patience_seconds = 3'600;
};
Report run_search(const Subject& subject, const SearchOptions& options);

struct MediaOptions {
  std::size_t files = 32;
  std::size_t mebibytes = 32;  // of each
  std::size_t connections = 4;
  std::size_t downloads = 2;  // of each file
};
Report run_media(const Subject& subject, const MediaOptions& options);

struct StartupOptions {
  std::vector<std::string> command;
  std::size_t rounds = 3;
  double patience_seconds = 60;
};
Report run_startup(const Subject& subject, const StartupOptions& options);

}  // namespace kuramori::bench
