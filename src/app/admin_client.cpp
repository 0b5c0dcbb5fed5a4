#include "app/admin_client.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "app/line_channel.hpp"

namespace kuramori::app {

Result<std::optional<AdminClient>> AdminClient::connect(const std::filesystem::path& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = socket.string();
  if (path.size() >= sizeof address.sun_path)
    return invalid_argument("The path of data_dir is too long for a socket.");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return unavailable("No socket could be made.", std::strerror(errno));
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return std::optional(AdminClient(descriptor));
  }
  const int reason = errno;
  ::close(descriptor);
  if (reason == ENOENT || reason == ECONNREFUSED || reason == ENOTDIR) return std::optional<AdminClient>();
  return Error(ErrorCode::Unavailable, "KURAMORI_ADMIN",
               "The server's administration socket '" + path + "' cannot be used: " + std::strerror(reason) +
                   ". Run the command as the user that runs the server, or as root.");
}

AdminClient::AdminClient(AdminClient&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
AdminClient::~AdminClient() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<json::Object> AdminClient::call(const AdminRequest& request, const AdminOutput& output) {
  LineChannel channel(descriptor_, kAdminLineBytesMax);
  if (channel.send(render(request))) {
    for (;;) {
      KURAMORI_TRY(line, channel.receive());
      if (!line) break;
      KURAMORI_TRY(answer, parse_admin_answer(*line, output));
      if (answer) return *std::move(answer);
    }
  }
  return unavailable("The server closed the connection before it had answered; its log says why.",
                     "admin socket");
}

}  // namespace kuramori::app
