#include "api/access/caller.hpp"

#include "api/access/language.hpp"
#include "base/text.hpp"

namespace kuramori::api {

std::string_view bearer_token(const net::Request& request) {
  constexpr std::string_view kScheme = "bearer ";
  const std::string_view header = request.header("authorization");
  if (header.size() <= kScheme.size() || text::to_lower_ascii(header.substr(0, kScheme.size())) != kScheme)
    return {};
  return text::trim(header.substr(kScheme.size()));
}

gate::Subject subject_of(const net::Request& request, const identity::Session* session) {
  gate::Subject subject;
  if (session != nullptr) {
    subject.user = session->user;
    subject.device = session->device;
    subject.session = session->id;
    subject.role = session->role;
  }
  subject.address = request.peer_address;
  subject.user_agent = std::string(request.header("user-agent"));
  subject.language = std::string(best_language(request.header("accept-language")));
  return subject;
}

}  // namespace kuramori::api
