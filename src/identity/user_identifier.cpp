#include "identity/user_identifier.hpp"

#include "base/text.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::identity {
namespace {

Error nobody() {
  return forbidden("The user name or the password is not right.");
}

}  // namespace

Result<UserId> local_user(std::string_view text, const ServerName& server) {
  const std::string lower = text::to_lower_ascii(text);
  if (!lower.starts_with('@')) {
    UserId user("@" + lower + ":" + server.str());
    if (!matrix::parse_user_id(user.view())) return nobody();
    return user;
  }
  auto user = matrix::parse_user_id(lower);
  if (!user || matrix::server_of(*user) != text::to_lower_ascii(server.view())) return nobody();
  return UserId("@" + std::string(matrix::localpart(*user)) + ":" + server.str());
}

Result<UserId> read_user_identifier(const json::Object& object, const ServerName& server) {
  KURAMORI_TRY(identifier, json::optional_object(object, "identifier"));
  if (identifier == nullptr) {
    KURAMORI_TRY(address, json::optional_string(object, "address"));
    if (address) return nobody();
    KURAMORI_TRY(user, json::required_string(object, "user"));
    return local_user(user, server);
  }
  KURAMORI_TRY(type, json::required_string(*identifier, "type"));
  if (type == "m.id.thirdparty" || type == "m.id.phone") return nobody();
  if (type != "m.id.user") {
    return Error(ErrorCode::InvalidArgument, "M_UNKNOWN", "This type of identifier is not known.");
  }
  KURAMORI_TRY(user, json::required_string(*identifier, "user"));
  return local_user(user, server);
}

}  // namespace kuramori::identity
