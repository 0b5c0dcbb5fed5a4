// /keys/device_signing/upload and /keys/signatures/upload (client-server API, "Cross-signing").
#include "api/client/confirmation.hpp"
#include "api/client/encryption_routes.hpp"
#include "api/client/paths.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

std::vector<std::string> paths(std::string_view rest) {
  std::vector<std::string> all = v3_paths(rest);
  all.push_back("/_matrix/client/unstable" + std::string(rest));
  return all;
}

gate::Resource of_caller(const Call& call) {
  gate::Resource resource;
  resource.user = call.session->user;
  return resource;
}

Result<std::optional<e2ee::CrossSigningKey>> read_key(const Call& call, std::string_view name,
                                                      e2ee::Usage usage) {
  KURAMORI_TRY(object, json::optional_object(call.body, name));
  if (object == nullptr) return std::optional<e2ee::CrossSigningKey>();
  KURAMORI_TRY(key, e2ee::read_cross_signing_key(*object, call.session->user, usage));
  return std::optional(std::move(key));
}

Result<e2ee::CrossSigningUpload> read_upload(const Call& call) {
  e2ee::CrossSigningUpload upload;
  KURAMORI_TRY(master, read_key(call, "master_key", e2ee::Usage::Master));
  upload.master = std::move(master);
  KURAMORI_TRY(self_signing, read_key(call, "self_signing_key", e2ee::Usage::SelfSigning));
  upload.self_signing = std::move(self_signing);
  KURAMORI_TRY(user_signing, read_key(call, "user_signing_key", e2ee::Usage::UserSigning));
  upload.user_signing = std::move(user_signing);
  return upload;
}

// What the user confirms is these keys, and not others with the same session of stages.
std::string endpoint_of(const e2ee::CrossSigningUpload& upload) {
  std::string endpoint = "POST /keys/device_signing/upload";
  for (const auto* key : {&upload.master, &upload.self_signing, &upload.user_signing})
    endpoint += " " + (*key ? (*key)->public_key : std::string("-"));
  return endpoint;
}

Task<Response> upload(Call& call, Pipeline& pipeline, EncryptionServices& services) {
  auto keys = read_upload(call);
  if (!keys) co_return failed(keys.error());
  const auto needed =
      co_await services.encryption.cross_signing.needs_confirmation(call.session->user, *keys);
  if (!needed) co_return failed(needed.error());
  if (*needed) {
    identity::ProtectedOperation operation{.endpoint = endpoint_of(*keys),
                                           .user = call.session->user,
                                           .flows = {{{std::string(identity::kPasswordStage)}}}};
    auto confirmation = co_await confirm(call, services.interactive_authentication, std::move(operation));
    if (confirmation.challenge) co_return *std::move(confirmation.challenge);
  }
  gate::Resource resource = of_caller(call);
  auto admitted = co_await pipeline.admit(call, gate::Operation::CrossSigningSet, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto confirmed = *needed ? e2ee::Confirmed::Yes : e2ee::Confirmed::No;
  const auto done = co_await services.encryption.cross_signing.upload(
      *std::move(admitted.permit), call.session->user, *std::move(keys), confirmed);
  co_return done ? empty_ok() : failed(done.error());
}

Result<std::vector<e2ee::SignedKey>> read_signed(const json::Object& body) {
  std::vector<e2ee::SignedKey> keys;
  for (const auto& [name, by_key] : body) {
    KURAMORI_TRY(user, matrix::parse_user_id(name));
    if (!by_key.is_object()) return bad_json("The signed keys of a user are an object.");
    for (const auto& [key_id, object] : by_key.get_object()) {
      if (!object.is_object()) return bad_json("A signed key is an object.");
      keys.push_back({user, std::string(key_id), object.get_object()});
    }
  }
  return keys;
}

json::Object render(const std::vector<e2ee::SignatureFailure>& failures) {
  json::Object users;
  for (const e2ee::SignatureFailure& failure : failures) {
    json::Object error;
    error["errcode"] = failure.error.reason();
    error["error"] = failure.error.message();
    json::Value& user = users[failure.user.view()];
    if (!user.is_object()) user.emplace_object();
    user.get_object()[failure.key_id] = std::move(error);
  }
  json::Object body;
  body["failures"] = std::move(users);
  return body;
}

Task<Response> sign(Call& call, Pipeline& pipeline, EncryptionServices& services) {
  auto keys = read_signed(call.body);
  if (!keys) co_return failed(keys.error());
  gate::Resource resource = of_caller(call);
  auto admitted = co_await pipeline.admit(call, gate::Operation::KeysSign, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto failures = co_await services.encryption.cross_signing.sign(*std::move(admitted.permit),
                                                                        call.session->user, *std::move(keys));
  co_return failures ? ok(render(*failures)) : failed(failures.error());
}

}  // namespace

void add_cross_signing_routes(net::Router& router, Pipeline& pipeline, EncryptionServices& services) {
  pipeline.add(router, net::Method::Post, paths("/keys/device_signing/upload"),
               {.access = Access::UserNoGuests, .limit = "", .takes_body = true},
               [&](Call& call) { return upload(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, paths("/keys/signatures/upload"),
               {.access = Access::User, .limit = "", .body_bytes_max = 4U << 20U, .takes_body = true},
               [&](Call& call) { return sign(call, pipeline, services); });
}

}  // namespace kuramori::api::client
