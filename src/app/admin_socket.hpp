// The server's side of the administration socket. A few threads of its own: administrators' commands may take
// long, and never run on an I/O thread. A peer that is neither the server's own user nor root is turned away.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>

#include "app/admin_protocol.hpp"
#include "base/logging.hpp"

namespace kuramori::app {

struct AdminPeer {
  std::uint32_t user_id = 0;  // of the operating system
  std::int32_t process_id = 0;
};

class AdminSocket {
 public:
  static constexpr std::size_t kConnectionsMax = 4;
  using Handler =
      std::function<Result<json::Object>(const AdminRequest&, const AdminPeer&, const AdminOutput&)>;

  // Replaces a stale socket file; the caller holds the lock of data_dir, so no other server uses it.
  static Result<std::unique_ptr<AdminSocket>> listen(std::filesystem::path path, Handler handler, Logger log);
  // Lets running commands finish, closes, removes the file.
  ~AdminSocket();

 private:
  struct State;
  explicit AdminSocket(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::app
