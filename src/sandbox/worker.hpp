// The sandboxed side: the main function of a program whose jobs run confined.
//
//   int main(int argc, char** argv) { return sandbox::run_worker(argc, argv, {{"thumbnail", warm, work}}); }
//
// The process warms itself, confines itself, says so, does one job and ends.
#pragma once
#include <span>
#include <string_view>

#include "sandbox/confinement.hpp"
#include "sandbox/frames.hpp"

namespace kuramori::sandbox {

struct WorkerJob {
  std::string_view name;
  // Uses once whatever the job will use, so that nothing is loaded later. False: it cannot work here.
  bool (*warm)();
  // The first that reads `input`. A Refused answer says why in its summary.
  Answer (*work)(ByteView parameters, ByteView input);
  Probes probes = Probes::Kill;
};

int run_worker(int argc, char** argv, std::span<const WorkerJob> jobs);

}  // namespace kuramori::sandbox
