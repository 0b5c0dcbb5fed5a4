#include "world.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "batch.hpp"
#include "request.hpp"

namespace kuramori::bench {
namespace {

constexpr std::string_view kClient = "/_matrix/client/v3";

void create_rooms(EventLoop& loop, const Endpoint& endpoint, const WorldSize& size, World& world) {
  world.rooms.resize(size.rooms);
  const std::string target = std::string(kClient) + "/createRoom";
  Batch batch;
  batch.requests = size.rooms;
  batch.connections = size.connections;
  batch.render = [&](std::size_t index) {
    const std::string body = R"({"preset":"public_chat","name":"Room )" + std::to_string(index) + R"("})";
    return render_request(endpoint, {"POST", target}, world.users[index % size.users].token, body);
  };
  batch.accept = [&](std::size_t index, const Response& response) {
    world.rooms[index] = string_member(response.body, "room_id");
    if (world.rooms[index].empty()) throw std::runtime_error("a creation gave no room id");
  };
  run_batch(loop, endpoint, batch);
}

// Neighbouring joins go to different rooms, so that no room's queue holds the others up.
void join_rooms(EventLoop& loop, const Endpoint& endpoint, const WorldSize& size, const World& world) {
  Batch batch;
  batch.requests = size.rooms * (size.users - 1);
  batch.connections = size.connections;
  batch.render = [&](std::size_t index) {
    const std::size_t room = index % size.rooms;
    const User& user = world.users[(room + 1 + index / size.rooms) % size.users];
    const std::string target = std::string(kClient) + "/join/" + percent_encode(world.rooms[room]);
    return render_request(endpoint, {"POST", target}, user.token, "{}");
  };
  std::size_t joined = 0;
  batch.accept = [&](std::size_t, const Response&) {
    if (++joined % 1000 == 0) std::fprintf(stderr, "  %zu of %zu joins\n", joined, batch.requests);
  };
  run_batch(loop, endpoint, batch);
}

}  // namespace

std::vector<User> register_users(EventLoop& loop, const Endpoint& endpoint, const WorldSize& size) {
  std::vector<User> users(size.users);
  // Names differ between runs on one server: a registration cannot be repeated.
  const std::string prefix = "bench" + std::to_string(now_ns() / kMillisecond) + "x";
  const std::string target = std::string(kClient) + "/register";
  Batch batch;
  batch.requests = size.users;
  batch.connections = size.connections;
  batch.render = [&](std::size_t index) {
    const std::string body = R"({"auth":{"type":"m.login.dummy"},"username":")" + prefix +
                             std::to_string(index) + R"(","password":"correct horse battery staple )" +
                             prefix + R"("})";
    return render_request(endpoint, {"POST", target}, {}, body);
  };
  batch.accept = [&](std::size_t index, const Response& response) {
    users[index] = {std::string(string_member(response.body, "user_id")),
                    std::string(string_member(response.body, "access_token"))};
    if (users[index].token.empty()) throw std::runtime_error("a registration gave no access token");
  };
  run_batch(loop, endpoint, batch);
  return users;
}

World build_world(EventLoop& loop, const Endpoint& endpoint, const WorldSize& size) {
  World world;
  world.users = register_users(loop, endpoint, size);
  create_rooms(loop, endpoint, size, world);
  join_rooms(loop, endpoint, size, world);
  return world;
}

void save_world(const World& world, const std::string& path) {
  boost::json::object out;
  boost::json::array rooms;
  for (const std::string& room : world.rooms) rooms.emplace_back(room);
  boost::json::array users;
  for (const User& user : world.users) users.push_back({{"id", user.id}, {"token", user.token}});
  out["rooms"] = std::move(rooms);
  out["users"] = std::move(users);
  std::ofstream file(path);
  file << boost::json::serialize(out) << '\n';
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

World load_world(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path + ": make it with 'kuramori-bench setup'");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const boost::json::value parsed = boost::json::parse(text);
  World world;
  for (const auto& room : parsed.at("rooms").as_array()) world.rooms.emplace_back(room.as_string());
  for (const auto& user : parsed.at("users").as_array()) {
    world.users.push_back(
        {std::string(user.at("id").as_string()), std::string(user.at("token").as_string())});
  }
  if (world.rooms.empty() || world.users.empty())
    throw std::runtime_error(path + " holds no rooms or no users");
  return world;
}

}  // namespace kuramori::bench
