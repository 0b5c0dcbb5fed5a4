// /_synapse/admin/v1/register: accounts made by tools that know a secret, in the protocol that such tools
// already speak. A nonce is fetched, and the request carries HMAC-SHA1(secret, nonce ␀ user ␀ password ␀
// "admin" or "notadmin" [␀ user_type]).
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <deque>
#include <mutex>
#include <unordered_map>

#include "api/client/login_answer.hpp"
#include "base/text.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr std::string_view kPath = "/_synapse/admin/v1/register";

// Each is good for one request within a minute.
class Nonces {
 public:
  std::string issue(Random& random, Timestamp now) {
    std::string nonce = random.alphanumeric(64);
    const std::scoped_lock lock(mutex_);
    expires_[nonce] = now + Milliseconds(60'000);
    order_.push_back(nonce);
    if (order_.size() > kMax) {
      expires_.erase(order_.front());
      order_.pop_front();
    }
    return nonce;
  }
  bool take(const std::string& nonce, Timestamp now) {
    const std::scoped_lock lock(mutex_);
    const auto found = expires_.find(nonce);
    if (found == expires_.end()) return false;
    const bool is_fresh = now < found->second;
    expires_.erase(found);
    return is_fresh;
  }

 private:
  static constexpr std::size_t kMax = 10'000;
  std::mutex mutex_;
  std::unordered_map<std::string, Timestamp> expires_;
  std::deque<std::string> order_;
};

struct SecretRequest {
  std::string nonce;
  std::string username;
  std::string password;
  std::string mac;
  std::optional<std::string> user_type;
  std::optional<std::string> display_name;
  bool is_admin = false;
};

Error unknown(ErrorCode code, std::string message) {
  return {code, "M_UNKNOWN", std::move(message)};
}

Result<SecretRequest> read_request(const json::Object& body) {
  SecretRequest request;
  KURAMORI_TRY(nonce, json::required_string(body, "nonce"));
  KURAMORI_TRY(username, json::required_string(body, "username"));
  KURAMORI_TRY(password, json::required_string(body, "password"));
  KURAMORI_TRY(mac, json::required_string(body, "mac"));
  KURAMORI_TRY(admin, json::optional_bool(body, "admin"));
  KURAMORI_TRY(user_type, json::optional_string(body, "user_type"));
  KURAMORI_TRY(display_name, json::optional_string(body, "displayname"));
  const auto holds_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  if (holds_nul(username) || holds_nul(password)) return invalid_argument("Names and passwords hold no NUL.");
  return SecretRequest{.nonce = std::move(nonce),
                       .username = std::move(username),
                       .password = std::move(password),
                       .mac = std::move(mac),
                       .user_type = std::move(user_type),
                       .display_name = std::move(display_name),
                       .is_admin = admin.value_or(false)};
}

std::string expected_mac(std::string_view secret, const SecretRequest& request) {
  std::string message = request.nonce;
  message.append(1, '\0').append(request.username);
  message.append(1, '\0').append(request.password);
  message.append(1, '\0').append(request.is_admin ? "admin" : "notadmin");
  if (request.user_type) message.append(1, '\0').append(*request.user_type);
  Bytes mac(EVP_MAX_MD_SIZE);
  unsigned int length = 0;
  const ByteView input = as_bytes(message);
  HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), input.data(), input.size(), mac.data(),
       &length);
  mac.resize(length);
  return text::to_hex(mac);
}

Task<std::optional<Response>> set_display_name(Call& call, Pipeline& pipeline, IdentityServices& services,
                                               std::string display_name) {
  json::Object content;
  content["displayname"] = display_name;
  gate::Resource resource;
  resource.user = call.subject.user;
  resource.name = "displayname";
  auto admitted = co_await pipeline.admit(call, gate::Operation::ProfileSet, std::move(resource), &content);
  if (admitted.denied) co_return std::move(admitted.denied);
  std::optional<json::Value> value(content["displayname"]);
  const auto set = co_await services.profiles.set(*std::move(admitted.permit), call.subject.user,
                                                  "displayname", std::move(value));
  if (!set) co_return failed(set.error());
  co_return std::nullopt;
}

Task<Response> post_register(Call& call, Pipeline& pipeline, IdentityServices& services, Nonces& nonces) {
  auto request = read_request(call.body);
  if (!request) co_return failed(request.error());
  if (!nonces.take(request->nonce, pipeline.clock().now())) {
    co_return failed(unknown(ErrorCode::InvalidArgument, "Unrecognised nonce."));
  }
  const std::string expected = expected_mac(services.options.registration_shared_secret, *request);
  if (!text::equals_constant_time(text::to_lower_ascii(request->mac), expected)) {
    co_return failed(unknown(ErrorCode::Forbidden, "HMAC incorrect."));
  }
  identity::NewAccount account;
  account.localpart = std::move(request->username);
  account.password = std::move(request->password);
  account.role = request->is_admin ? gate::Role::Administrator : gate::Role::Member;
  const auto user = co_await services.accounts.check_available(account.localpart);
  if (!user) co_return failed(user.error());
  call.subject.user = *user;
  call.subject.role = account.role;
  gate::Resource resource;
  resource.user = *user;
  resource.name = "shared_secret";
  auto admitted = co_await pipeline.admit(call, gate::Operation::AccountRegister, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto created = co_await services.accounts.create(*std::move(admitted.permit), std::move(account));
  if (!created) co_return failed(created.error());
  if (request->display_name) {
    auto denied = co_await set_display_name(call, pipeline, services, *std::move(request->display_name));
    if (denied) co_return *std::move(denied);
  }
  identity::LoginRequest login;
  login.user = created->user;
  co_return co_await answer_login(call, pipeline, services, *std::move(created), std::move(login));
}

Task<Response> get_nonce(Pipeline& pipeline, IdentityServices& services, Nonces& nonces) {
  json::Object body;
  body["nonce"] = nonces.issue(services.random, pipeline.clock().now());
  co_return ok(body);
}

}  // namespace

void add_shared_secret_registration_routes(net::Router& router, Pipeline& pipeline,
                                           IdentityServices& services) {
  if (services.options.registration_shared_secret.empty()) return;
  const auto nonces = std::make_shared<Nonces>();
  pipeline.add(router, net::Method::Get, {std::string(kPath)},
               {.access = Access::Public, .limit = "registration"},
               [&, nonces](Call&) { return get_nonce(pipeline, services, *nonces); });
  pipeline.add(router, net::Method::Post, {std::string(kPath)},
               {.access = Access::Public, .limit = "registration", .takes_body = true},
               [&, nonces](Call& call) { return post_register(call, pipeline, services, *nonces); });
}

}  // namespace kuramori::api::client
