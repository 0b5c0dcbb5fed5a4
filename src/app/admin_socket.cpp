#include "app/admin_socket.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

#include "app/line_channel.hpp"

namespace kuramori::app {
namespace {

Error cannot(const char* what, const std::string& path) {
  return Error(
      ErrorCode::Unavailable, "KURAMORI_ADMIN",
      "The administration socket '" + path + "' cannot be " + what + ": " + std::strerror(errno) + ".");
}

std::optional<AdminPeer> peer_of(int descriptor) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return std::nullopt;
  return AdminPeer{credentials.uid, credentials.pid};
}

}  // namespace

struct AdminSocket::State {
  std::string path;
  Handler handler;
  Logger log;
  int listener = -1;
  int stop_event = -1;
  std::vector<std::thread> threads;

  State(std::string p, Handler h, Logger l) : path(std::move(p)), handler(std::move(h)), log(std::move(l)) {}

  // Waits for `descriptor` or the stop; false when stopping.
  bool wait_readable(int descriptor) const {
    pollfd waits[] = {{descriptor, POLLIN, 0}, {stop_event, POLLIN, 0}};
    while (::poll(waits, 2, -1) < 0 && errno == EINTR) {
    }
    return (waits[1].revents & POLLIN) == 0;
  }

  bool is_stopping() const {
    pollfd wait{stop_event, POLLIN, 0};
    return ::poll(&wait, 1, 0) > 0;
  }

  void accept_forever() const {
    while (wait_readable(listener)) {
      const int connection = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) continue;
      serve(connection);
      ::close(connection);
    }
  }

  void serve(int connection) const {
    const auto peer = peer_of(connection);
    if (!peer || (peer->user_id != ::geteuid() && peer->user_id != 0)) {
      log.warning("admin_peer_refused", {{"uid", peer ? static_cast<std::int64_t>(peer->user_id) : -1}});
      return;
    }
    LineChannel channel(connection, kAdminLineBytesMax);
    while (wait_readable(connection)) {
      auto line = channel.receive();
      if (!line || !*line) return;
      auto request = parse_admin_request(**line);
      bool is_heard = true;
      const auto say = [&](const std::string& said) { is_heard = channel.send(said) && is_heard; };
      const AdminOutput output{.progress = [&](double f) { say(render_progress(f)); },
                               .line = [&](std::string_view text) { say(render_line(text)); },
                               .is_heard = [&] { return is_heard && !is_stopping(); }};
      const Result<json::Object> outcome =
          request ? handler(*request, *peer, output) : Result<json::Object>(std::move(request).error());
      if (!channel.send(render_outcome(outcome))) return;
    }
  }
};

AdminSocket::AdminSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<AdminSocket>> AdminSocket::listen(std::filesystem::path path, Handler handler,
                                                         Logger log) {
  auto state = std::make_unique<State>(path.string(), std::move(handler), std::move(log));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (state->path.size() >= sizeof address.sun_path) {
    return invalid_argument("The path '" + state->path +
                            "' is too long for a socket; choose a shorter data_dir.");
  }
  std::memcpy(address.sun_path, state->path.c_str(), state->path.size() + 1);
  ::unlink(state->path.c_str());
  state->stop_event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  state->listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (state->listener < 0 || state->stop_event < 0) return cannot("made", state->path);
  // Owner alone from the first moment: the mode of the file comes from the descriptor's.
  ::fchmod(state->listener, S_IRUSR | S_IWUSR);
  if (::bind(state->listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(state->path.c_str(), S_IRUSR | S_IWUSR) != 0 || ::listen(state->listener, 16) != 0) {
    return cannot("opened", state->path);
  }
  for (std::size_t i = 0; i < kConnectionsMax; ++i) {
    state->threads.emplace_back([s = state.get()] { s->accept_forever(); });
  }
  return std::unique_ptr<AdminSocket>(new AdminSocket(std::move(state)));
}

AdminSocket::~AdminSocket() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(state_->stop_event, &one, sizeof one);
  for (std::thread& thread : state_->threads) thread.join();
  ::close(state_->listener);
  ::close(state_->stop_event);
  ::unlink(state_->path.c_str());
}

}  // namespace kuramori::app
