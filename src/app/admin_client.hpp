// The command line's side of the administration socket.
#pragma once
#include <filesystem>
#include <optional>

#include "app/admin_protocol.hpp"

namespace kuramori::app {

// Nothing when no server listens there.
class AdminClient {
 public:
  static Result<std::optional<AdminClient>> connect(const std::filesystem::path& socket);
  AdminClient(AdminClient&& other) noexcept;
  AdminClient& operator=(AdminClient&&) = delete;
  ~AdminClient();

  Result<json::Object> call(const AdminRequest& request, const AdminOutput& output);

 private:
  explicit AdminClient(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace kuramori::app
