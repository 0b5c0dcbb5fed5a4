// The running server: I/O threads, routes, listener, administration socket, background work; started and
// stopped in order.
#pragma once
#include <memory>

#include "app/admin_socket.hpp"
#include "app/node.hpp"
#include "net/server.hpp"
#include "runtime/io_thread.hpp"

namespace kuramori::app {

class Service {
 public:
  // Everything up to listening. The error says what to do.
  static Result<std::unique_ptr<Service>> start(const Config& config, Environment environment);
  // Drains: no new connection, requests under way finish, parked ones are answered, the record is completed.
  void stop();
  ~Service();

  std::uint16_t port() const;
  bool initialised_now() const;  // the data_dir was empty
  // Every route of the listener.
  const std::vector<std::pair<net::Method, std::string>>& routes() const;
  Organisation& organisation();
  Node& node();

 private:
  struct State;
  explicit Service(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::app
