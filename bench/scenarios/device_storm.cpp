// Storms of end-to-end encryption, as when thousands open their phones at once: every device has put up
// one-time keys and all of them are claimed; then everybody is sent messages that every device must get once
// and in order.

#include <algorithm>
#include <set>
#include <stdexcept>

#include "../batch.hpp"
#include "../process_usage.hpp"
#include "../request.hpp"
#include "../world.hpp"
#include "scenarios.hpp"

namespace kuramori::bench {
namespace {

constexpr std::size_t kKeysEach = 5;
constexpr std::size_t kClaimedAtOnce = 50;
constexpr std::size_t kMessagesEach = 10;
constexpr std::string_view kClientApi = "/_matrix/client/v3";

class Storm {
 public:
  explicit Storm(const Subject& subject)
      : endpoint_(resolve_endpoint(subject.url)),
        world_(load_world(subject.world_path)),
        pids_(subject.pids),
        run_(std::to_string(now_ns())) {}

  Report run(std::string server) {
    Report report{.scenario = "device-storm", .server = std::move(server), .metrics = {}, .latencies = {}};
    find_devices();
    const auto devices = static_cast<double>(devices_.size());
    report.add("devices", devices, "");
    measure(report, "key upload", devices, [&] { upload_keys(); });
    measure(report, "key claim", devices * kKeysEach, [&] { claim_keys(); });
    if (claimed_.size() != devices_.size() * kKeysEach) throw std::runtime_error("one-time keys were lost");
    begin_syncing();
    measure(report, "to-device message", devices * kMessagesEach, [&] { send_messages(); });
    measure(report, "to-device delivery", devices * kMessagesEach, [&] { receive_messages(); });
    return report;
  }

 private:
  template <class Work>
  void measure(Report& report, const std::string& name, double count, Work work) {
    const double cpu_before = usage_of(pids_).cpu_seconds();
    const Nanoseconds begin = now_ns();
    work();
    report.add(name + " rate", count / to_seconds(now_ns() - begin), "1/s");
    const double cpu = usage_of(pids_).cpu_seconds() - cpu_before;
    if (cpu > 0) report.add(name + " CPU each", cpu / count * 1e6, "us");
  }

  template <class Render, class Accept>
  void ask_all(std::size_t requests, Render render, Accept accept) {
    Batch batch;
    batch.requests = requests;
    batch.render = render;
    batch.accept = accept;
    run_batch(loop_, endpoint_, batch);
  }

  std::string target(std::string_view path) const { return std::string(kClientApi) + std::string(path); }

  void find_devices() {
    devices_.resize(world_.users.size());
    ask_all(
        devices_.size(),
        [&](std::size_t i) {
          return render_request(endpoint_, {"GET", target("/account/whoami")}, world_.users[i].token, {});
        },
        [&](std::size_t i, const Response& response) {
          devices_[i] = string_member(response.body, "device_id");
          if (devices_[i].empty()) throw std::runtime_error("a session has no device");
        });
  }

  void upload_keys() {
    ask_all(
        devices_.size(),
        [&](std::size_t i) {
          std::string body = R"({"one_time_keys":{)";
          for (std::size_t key = 0; key < kKeysEach; ++key) {
            const std::string name = run_ + "k" + std::to_string(key);
            body += std::string(key == 0 ? "" : ",") + R"("signed_curve25519:)" + name + R"(":{"key":")" +
                    std::to_string(i) + "of" + name + R"("})";
          }
          return render_request(endpoint_, {"POST", target("/keys/upload")}, world_.users[i].token,
                                body + "}}");
        },
        [](std::size_t, const Response&) {});
  }

  // Every key once: each request asks for one key of each of some neighbours.
  void claim_keys() {
    const std::size_t groups = (devices_.size() + kClaimedAtOnce - 1) / kClaimedAtOnce;
    ask_all(
        groups * kKeysEach,
        [&](std::size_t i) {
          const std::size_t first = (i % groups) * kClaimedAtOnce;
          const std::size_t last = std::min(first + kClaimedAtOnce, devices_.size());
          std::string body = R"({"one_time_keys":{)";
          for (std::size_t at = first; at < last; ++at) {
            body += std::string(at == first ? "" : ",") + "\"" + world_.users[at].id + R"(":{")" +
                    devices_[at] + R"(":"signed_curve25519"})";
          }
          return render_request(endpoint_, {"POST", target("/keys/claim")},
                                world_.users[i % world_.users.size()].token, body + "}}");
        },
        [&](std::size_t, const Response& response) { note_claims(response.body); });
  }

  void note_claims(std::string_view body) {
    constexpr std::string_view kKey = R"("key":")";
    for (std::size_t at = body.find(kKey); at != std::string_view::npos; at = body.find(kKey, at)) {
      at += kKey.size();
      const std::size_t end = body.find('"', at);
      if (!claimed_.emplace(body.substr(at, end - at)).second) {
        throw std::runtime_error("a one-time key was given out twice");
      }
    }
  }

  std::string sync_target(std::size_t i) const {
    return target(
               "/sync?timeout=0&set_presence=offline&filter="
               "%7B%22room%22%3A%7B%22rooms%22%3A%5B%5D%7D%7D") +
           (since_[i].empty() ? "" : "&since=" + since_[i]);
  }

  void begin_syncing() {
    since_.resize(devices_.size());
    sync_all([](std::size_t, std::string_view) {});
  }

  template <class Look>
  void sync_all(Look look) {
    ask_all(
        devices_.size(),
        [&](std::size_t i) {
          return render_request(endpoint_, {"GET", sync_target(i)}, world_.users[i].token, {});
        },
        [&](std::size_t i, const Response& response) {
          since_[i] = string_member(response.body, "next_batch");
          look(i, response.body);
        });
  }

  // Each message goes to every device of a group; one sender, one request after the other, so that their
  // order is known.
  void send_messages() {
    const std::size_t groups = (devices_.size() + kClaimedAtOnce - 1) / kClaimedAtOnce;
    Batch batch;
    batch.requests = groups * kMessagesEach;
    batch.connections = 1;
    batch.render = [&](std::size_t i) {
      const std::size_t first = (i % groups) * kClaimedAtOnce;
      const std::size_t last = std::min(first + kClaimedAtOnce, devices_.size());
      std::string body = R"({"messages":{)";
      for (std::size_t at = first; at < last; ++at) {
        body += std::string(at == first ? "" : ",") + "\"" + world_.users[at].id + R"(":{"*":{"mark":")" +
                mark(i / groups) + R"("}})";
      }
      const std::string path = "/sendToDevice/org.example.storm/" + run_ + "-" + std::to_string(i);
      return render_request(endpoint_, {"PUT", target(path)}, world_.users[0].token, body + "}}");
    };
    batch.accept = [](std::size_t, const Response&) {};
    run_batch(loop_, endpoint_, batch);
  }

  std::string mark(std::size_t number) const { return run_ + "m" + std::to_string(number) + "e"; }

  void receive_messages() {
    sync_all([&](std::size_t, std::string_view body) {
      std::size_t at = 0;
      for (std::size_t number = 0; number < kMessagesEach; ++number) {
        const std::size_t found = body.find(mark(number), at);
        if (found == std::string_view::npos)
          throw std::runtime_error("a device lacks a message, or their order is wrong");
        at = found + 1;
      }
      if (body.find(run_ + "m", at) != std::string_view::npos)
        throw std::runtime_error("a message came twice");
    });
    // What was acknowledged does not come again.
    sync_all([&](std::size_t, std::string_view body) {
      if (body.find(run_ + "m") != std::string_view::npos) throw std::runtime_error("a message came again");
    });
  }

  const Endpoint endpoint_;
  const World world_;
  const std::vector<pid_t> pids_;
  const std::string run_;
  EventLoop loop_;
  std::vector<std::string> devices_;
  std::vector<std::string> since_;
  std::set<std::string, std::less<>> claimed_;
};

}  // namespace

Report run_device_storm(const Subject& subject) {
  return Storm(subject).run(subject.server);
}

}  // namespace kuramori::bench
