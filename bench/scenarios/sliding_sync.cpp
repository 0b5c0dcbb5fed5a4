// Sliding sync: the first page of a person who is in all rooms of the world, asked for as Element X asks for
// it, on a new connection each time; then what one message in one of the shown rooms costs on a living
// connection.

#include <algorithm>
#include <stdexcept>

#include "../batch.hpp"
#include "../process_usage.hpp"
#include "../request.hpp"
#include "../world.hpp"
#include "scenarios.hpp"

namespace kuramori::bench {
namespace {

constexpr std::string_view kPath = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync";
constexpr std::size_t kWindow = 20;
constexpr std::string_view kBody = R"({"conn_id":"room-list","lists":{"all_rooms":{"ranges":[[0,19]],
"timeline_limit":1,"required_state":[["m.room.name",""],["m.room.encryption",""],["m.room.member","$LAZY"],
["m.room.member","$ME"],["m.room.topic",""],["m.room.avatar",""],["m.room.canonical_alias",""],
["m.room.power_levels",""],["m.space.parent","*"],["m.space.child","*"]],
"filters":{"not_room_types":["m.space"]}}},
"extensions":{"account_data":{"enabled":true},"receipts":{"enabled":true},"typing":{"enabled":true}}})";

std::size_t count_of(std::string_view text, std::string_view wanted) {
  std::size_t found = 0;
  for (std::size_t at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1))
    ++found;
  return found;
}

struct Cost {
  Histogram latency;
  double seconds = 0;
  double cpu = 0;
  std::size_t bytes = 0;
};

Cost measure_first_pages(EventLoop& loop, const Endpoint& endpoint, const Subject& subject,
                         const World& world, std::size_t pages) {
  Cost cost;
  Nanoseconds started = 0;
  const std::size_t expected = std::min(kWindow, world.rooms.size());
  const std::string target = std::string(kPath) + "?timeout=0&set_presence=offline";
  Batch batch;
  batch.connections = 1;
  batch.requests = pages;
  batch.render = [&](std::size_t index) {
    std::string request =
        render_request(endpoint, {"POST", target}, world.users[index % world.users.size()].token, kBody);
    started = now_ns();
    return request;
  };
  batch.accept = [&](std::size_t, const Response& response) {
    cost.latency.record(now_ns() - started);
    cost.bytes += response.body.size();
    if (count_of(response.body, "\"initial\":true") != expected)
      throw std::runtime_error("a first page does not show as many rooms as it should");
  };
  const double cpu_before = usage_of(subject.pids).cpu_seconds();
  const Nanoseconds begin = now_ns();
  run_batch(loop, endpoint, batch);
  cost.seconds = to_seconds(now_ns() - begin);
  cost.cpu = usage_of(subject.pids).cpu_seconds() - cpu_before;
  return cost;
}

// A message, then the answer that brings it, in turn; only the latter counts.
Histogram measure_updates(EventLoop& loop, const Endpoint& endpoint, const World& world,
                          std::size_t updates) {
  Histogram latency;
  Nanoseconds started = 0;
  std::string position;
  const User& reader = world.users[0];
  const User& sender = world.users[1 % world.users.size()];
  const std::string& room = world.rooms.back();
  const std::string run = std::to_string(now_ns());
  Batch batch;
  batch.connections = 1;
  batch.requests = 2 * updates + 1;
  batch.render = [&](std::size_t index) {
    std::string request;
    if (index % 2 == 1) {
      const std::string target = "/_matrix/client/v3/rooms/" + percent_encode(room) +
                                 "/send/m.room.message/" + run + "-" + std::to_string(index);
      request =
          render_request(endpoint, {"PUT", target}, sender.token, R"({"msgtype":"m.text","body":"news"})");
    } else {
      std::string target = std::string(kPath) + "?timeout=0&set_presence=offline";
      if (!position.empty()) target += "&pos=" + percent_encode(position);
      request = render_request(endpoint, {"POST", target}, reader.token, kBody);
    }
    started = now_ns();
    return request;
  };
  batch.accept = [&](std::size_t index, const Response& response) {
    if (index % 2 == 1) return;
    if (index > 0) {
      latency.record(now_ns() - started);
      if (response.body.find("\"body\":\"news\"") == std::string_view::npos)
        throw std::runtime_error("an answer lacks the message that was sent before it was asked for");
    }
    position = string_member(response.body, "pos");
  };
  run_batch(loop, endpoint, batch);
  return latency;
}

}  // namespace

Report run_sliding_sync(const Subject& subject, std::size_t pages) {
  const Endpoint endpoint = resolve_endpoint(subject.url);
  const World world = load_world(subject.world_path);
  EventLoop loop;
  measure_first_pages(loop, endpoint, subject, world, std::min<std::size_t>(2, pages));
  const Cost cost = measure_first_pages(loop, endpoint, subject, world, pages);
  measure_updates(loop, endpoint, world, 3);
  const Histogram updates = measure_updates(loop, endpoint, world, pages);

  const auto count = static_cast<double>(pages);
  Report report{.scenario = "sliding-sync", .server = subject.server, .metrics = {}, .latencies = {}};
  report.add("first pages", count / cost.seconds, "1/s");
  if (cost.cpu > 0) {
    report.add("first pages per CPU second", count / cost.cpu, "1/s");
    report.add("first page CPU each", cost.cpu / count * 1e3, "ms");
  }
  report.add("answer", static_cast<double>(cost.bytes) / count / 1024, "KiB");
  report.add("rooms", static_cast<double>(world.rooms.size()), "");
  report.latencies.push_back({"first page", cost.latency});
  report.latencies.push_back({"update", updates});
  return report;
}

}  // namespace kuramori::bench
