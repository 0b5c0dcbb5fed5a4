#include "documents.hpp"

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "sandbox/extract_job.hpp"
#include "sandbox/sandbox.hpp"

namespace kuramori::bench {
namespace {

struct Sample {
  std::string name;
  std::string content;
};

std::vector<Sample> read_samples(const std::filesystem::path& folder) {
  std::vector<Sample> samples;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    samples.push_back({entry.path().filename().string(), content.str()});
  }
  return samples;
}

// Of all processes that have ended, in seconds.
double processor_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

}  // namespace

bool measure_documents(const std::filesystem::path& folder, std::size_t rounds) {
  const SystemClock clock;
  MetricsRegistry metrics;
  sandbox::Sandbox documents(
      {.clock = clock, .metrics = metrics, .log = Logger::silent()},
      {.program = sandbox::Sandbox::program_beside_this().replace_filename("kuramori-documents"),
       .job = "extract"});
  const std::vector<Sample> samples = read_samples(folder);
  const Bytes parameters = sandbox::ExtractRequest().encode();
  const double processor_before = processor_seconds();
  const auto begin = std::chrono::steady_clock::now();
  std::size_t count = 0;
  for (std::size_t round = 0; round < rounds; ++round) {
    for (const Sample& sample : samples) {
      std::string_view rest = sample.content;
      sandbox::Input input = [&rest]() -> Result<ByteView> {
        const std::string_view piece = rest.substr(0, 1 << 19);
        rest.remove_prefix(piece.size());
        return as_bytes(piece);
      };
      const auto outcome = documents.run_here(parameters, input);
      if (!outcome || outcome->ending != sandbox::Ending::Done) {
        std::printf("%s could not be read\n", sample.name.c_str());
        return false;
      }
      if (round == 0) {
        const auto extract = sandbox::Extract::decode(outcome->output);
        std::printf("  %-24s %8zu octets  %s\n", sample.name.c_str(), sample.content.size(),
                    extract ? extract->media_type.c_str() : "?");
      }
      ++count;
    }
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  const double processor = processor_seconds() - processor_before;
  std::printf("%zu files: %.1f a second, %.1f ms of processor each: %.1f a second and core\n", count,
              static_cast<double>(count) / taken.count(), processor * 1000 / static_cast<double>(count),
              static_cast<double>(count) / processor);
  return true;
}

}  // namespace kuramori::bench
