#include "policy_server/request_authentication.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "policy_server/x_matrix.hpp"

namespace kuramori::policy_server {
namespace {

constexpr std::size_t kHeadersMax = 4;
constexpr std::size_t kNamedKeyBytesMax = 64;

Error unauthorized(std::string message) {
  return {ErrorCode::Unauthenticated, "M_UNAUTHORIZED", std::move(message)};
}

// What the other server signed.
json::Object signed_form(const RequestAuthentication::Asking& asking, const XMatrix& header,
                         const ServerName& server) {
  json::Object form{{"method", asking.method},
                    {"uri", asking.uri},
                    {"origin", header.origin},
                    {"destination", server.view()}};
  form["content"] = *asking.content;
  form["signatures"] = json::Object{{header.origin, json::Object{{header.key, header.signature}}}};
  return form;
}

}  // namespace

Result<void> RequestAuthentication::check(const XMatrix& header) const {
  if (!header.destination.empty() && header.destination != options_.server.view())
    return unauthorized("The request is signed for another server.");
  if (!header.key.starts_with("ed25519:") || header.key.size() > kNamedKeyBytesMax)
    return unauthorized("Requests are signed with ed25519 keys.");
  if (!address_of(ServerName(header.origin)))
    return unauthorized("The request names no server as its origin.");
  const bool may_ask =
      options_.allowed.empty() || std::ranges::any_of(options_.allowed, [&](const auto& glob) {
        return text::matches_glob(header.origin, glob);
      });
  if (!may_ask) return forbidden("Your server is not allowed to ask this policy server.");
  return {};
}

runtime::Task<Result<ServerName>> RequestAuthentication::authenticate(Asking asking) {
  std::vector<XMatrix> headers;
  for (const std::string& text : asking.headers) {
    if (auto header = parse_x_matrix(text)) headers.push_back(*std::move(header));
    if (headers.size() >= kHeadersMax) break;
  }
  if (headers.empty()) co_return unauthorized("The request must be signed: Authorization: X-Matrix …");
  if (!json::check_canonical(json::Value(*asking.content)))
    co_return Error(ErrorCode::InvalidArgument, "M_BAD_JSON", "Numbers must be integers within ±(2^53−1).");
  for (const XMatrix& header : headers) {
    if (header.origin != headers.front().origin)
      co_return unauthorized("The request names more than one server as its origin.");
    KURAMORI_CO_CHECK(check(header));
  }
  Error failure = unauthorized("The signature of the request is not valid.");
  for (const XMatrix& header : headers) {
    auto asking_key = keys_.key_of(ServerName(header.origin), header.key);
    const auto key = co_await std::move(asking_key);
    if (!key) {
      failure = key.error();
      continue;
    }
    const json::Object form = signed_form(asking, header, options_.server);
    if (crypto::verify_json(form, header.origin, header.key, *key)) co_return ServerName(header.origin);
    failure = unauthorized("The signature of the request is not valid.");
  }
  co_return failure;
}

}  // namespace kuramori::policy_server
