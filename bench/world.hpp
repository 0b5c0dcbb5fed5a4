#pragma once
// The rooms and people a scenario works with: made once by `setup`, kept in a JSON file, used by every round.

#include <cstddef>
#include <string>
#include <vector>

#include "endpoint.hpp"
#include "event_loop.hpp"

namespace kuramori::bench {

struct User {
  std::string id;
  std::string token;
};

// Every user is a member of every room.
struct World {
  std::vector<std::string> rooms;
  std::vector<User> users;
};

struct WorldSize {
  std::size_t rooms;
  std::size_t users;
  std::size_t connections;
};

// People alone, new ones with every call.
std::vector<User> register_users(EventLoop& loop, const Endpoint& endpoint, const WorldSize& size);
World build_world(EventLoop& loop, const Endpoint& endpoint, const WorldSize& size);
void save_world(const World& world, const std::string& path);
World load_world(const std::string& path);

}  // namespace kuramori::bench
