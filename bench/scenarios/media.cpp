// Media: large files of random octets go up, one set of connections at work, and come down again to other
// people. What came down is compared with what went up, octet for octet.

#include <stdexcept>

#include "../batch.hpp"
#include "../process_usage.hpp"
#include "../prose.hpp"
#include "../request.hpp"
#include "../world.hpp"
#include "scenarios.hpp"

namespace kuramori::bench {
namespace {

constexpr std::size_t kMebibyte = 1'048'576;
constexpr std::string_view kScheme = "mxc://";

// Every file begins with octets of its own; behind them all files of a run are the same, which no server can
// know.
class Files {
 public:
  Files(std::size_t count, std::size_t octets) : octets_(octets), common_(random_octets(octets, now_ns())) {
    for (std::size_t index = 0; index < count; ++index)
      heads_.push_back(random_octets(64, now_ns() + static_cast<Nanoseconds>(index)));
  }

  std::string file(std::size_t index) const {
    std::string out = common_;
    out.replace(0, heads_[index].size(), heads_[index]);
    return out;
  }
  bool equals(std::size_t index, std::string_view got) const {
    const std::string& head = heads_[index];
    return got.size() == octets_ && got.starts_with(head) &&
           got.substr(head.size()) == std::string_view(common_).substr(head.size());
  }

 private:
  static std::string random_octets(std::size_t count, Nanoseconds seed) {
    Dice dice(static_cast<std::uint64_t>(seed));
    std::string out;
    out.reserve(count + 8);
    while (out.size() < count) {
      const std::uint64_t number = dice.next();
      for (unsigned shift = 0; shift < 64; shift += 8)
        out.push_back(static_cast<char>(number >> shift & 0xFFU));
    }
    out.resize(count);
    return out;
  }

  std::size_t octets_;
  std::string common_;
  std::vector<std::string> heads_;
};

struct Transfer {
  Histogram latency;
  double seconds = 0;
  double cpu = 0;
};

Transfer measure(EventLoop& loop, const Endpoint& endpoint, const Subject& subject, Batch& batch) {
  Transfer transfer;
  std::vector<Nanoseconds> started(batch.requests, 0);
  Batch timed = batch;
  timed.render = [&](std::size_t index) {
    std::string request = batch.render(index);
    started[index] = now_ns();
    return request;
  };
  timed.accept = [&](std::size_t index, const Response& response) {
    transfer.latency.record(now_ns() - started[index]);
    batch.accept(index, response);
  };
  const double cpu_before = usage_of(subject.pids).cpu_seconds();
  const Nanoseconds begin = now_ns();
  run_batch(loop, endpoint, timed);
  transfer.seconds = to_seconds(now_ns() - begin);
  transfer.cpu = usage_of(subject.pids).cpu_seconds() - cpu_before;
  return transfer;
}

void add(Report& report, const std::string& name, const Transfer& transfer, double octets) {
  report.add(name, octets / transfer.seconds / 1e9, "GB/s");
  if (transfer.cpu > 0) report.add(name + " per CPU second", octets / transfer.cpu / 1e9, "GB/s");
  report.latencies.push_back({name, transfer.latency});
}

}  // namespace

Report run_media(const Subject& subject, const MediaOptions& options) {
  const Endpoint endpoint = resolve_endpoint(subject.url);
  const World world = load_world(subject.world_path);
  const Files files(options.files, options.mebibytes * kMebibyte);
  std::vector<std::string> names(options.files);
  EventLoop loop;

  Batch up;
  up.requests = options.files;
  up.connections = options.connections;
  up.render = [&](std::size_t index) {
    return render_request(endpoint, {"POST", "/_matrix/media/v3/upload?filename=figures.bin"},
                          world.users[index % world.users.size()].token, files.file(index));
  };
  up.accept = [&](std::size_t index, const Response& response) {
    const std::string_view address = string_member(response.body, "content_uri");
    if (!address.starts_with(kScheme)) throw std::runtime_error("an upload was given no address");
    names[index] = address.substr(kScheme.size());
  };
  const Transfer went_up = measure(loop, endpoint, subject, up);

  Batch down;
  down.requests = options.files * options.downloads;
  down.connections = options.connections;
  down.render = [&](std::size_t index) {
    const std::string target = "/_matrix/client/v1/media/download/" + names[index % options.files];
    return render_request(endpoint, {"GET", target}, world.users[(index + 1) % world.users.size()].token, {});
  };
  down.accept = [&](std::size_t index, const Response& response) {
    if (!files.equals(index % options.files, response.body))
      throw std::runtime_error("a file came down otherwise than it went up");
  };
  const Transfer came_down = measure(loop, endpoint, subject, down);

  Report report{.scenario = "media", .server = subject.server, .metrics = {}, .latencies = {}};
  const auto octets = static_cast<double>(options.files * options.mebibytes * kMebibyte);
  report.add("files", static_cast<double>(options.files), "");
  report.add("each", static_cast<double>(options.mebibytes), "MiB");
  report.add("connections", static_cast<double>(options.connections), "");
  add(report, "upload", went_up, octets);
  add(report, "download", came_down, octets * static_cast<double>(options.downloads));
  return report;
}

}  // namespace kuramori::bench
