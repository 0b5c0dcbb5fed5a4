// E-mail addresses of accounts (client-server API, "Adding Account Administrative Contact Information"). This
// server uses no identity server: what would need one is answered with the specified errors.
#include "api/client/confirmation.hpp"
#include "api/client/paths.hpp"
#include "api/client/people_routes.hpp"
#include "api/client/web_page.hpp"
#include "base/text.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr std::string_view kSubmitPath = "/_matrix/client/unstable/add_threepid/email/submit_token";
constexpr std::string_view kConfirmPath = "/_kuramori/v1/contacts/confirm";

Error no_validation() {
  return {ErrorCode::InvalidArgument, "M_THREEPID_AUTH_FAILED",
          "No contact was validated here: this server uses no identity server."};
}

Task<Response> get_contacts(Call& call, Pipeline& pipeline, PeopleServices& services) {
  auto admitted = co_await pipeline.admit(call, gate::Operation::ContactRead, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto found = co_await services.contacts.list(*admitted.permit);
  if (!found) co_return failed(found.error());
  json::Array contacts;
  for (const people::Contact& contact : *found) {
    json::Object described;
    described.emplace("medium", "email");
    described.emplace("address", contact.address);
    described.emplace("validated_at", to_unix_ms(contact.validated));
    described.emplace("added_at", to_unix_ms(contact.added));
    contacts.emplace_back(std::move(described));
  }
  json::Object body;
  body.emplace("threepids", std::move(contacts));
  co_return ok(body);
}

Result<people::ValidationRequest> read_validation(const json::Object& body) {
  people::ValidationRequest request;
  KURAMORI_TRY(secret, json::required_string(body, "client_secret"));
  request.client_secret = std::move(secret);
  KURAMORI_TRY(address, json::required_string(body, "email"));
  request.address = std::move(address);
  KURAMORI_TRY(attempt, json::optional_integer(body, "send_attempt"));
  if (!attempt) return missing_argument("send_attempt");
  request.attempt = *attempt;
  return request;
}

Task<Response> request_token(Call& call, Pipeline& pipeline, PeopleServices& services,
                             people::Purpose purpose) {
  if (!services.contacts.sends_mail()) {
    co_return failed(
        Error(ErrorCode::InvalidArgument, "M_THREEPID_MEDIUM_NOT_SUPPORTED", "This server sends no mail."));
  }
  auto request = read_validation(call.body);
  if (!request) co_return failed(request.error());
  request->purpose = purpose;
  // What is mailed to one address is limited, whoever asks.
  if (auto limited = pipeline.over_limit("mail", request->address)) co_return *std::move(limited);
  auto admitted = co_await pipeline.admit(call, gate::Operation::ContactSet, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto sid = co_await services.contacts.begin(*std::move(admitted.permit), *std::move(request));
  if (!sid) co_return failed(sid.error());
  json::Object body;
  body.emplace("sid", *sid);
  if (!services.options.base_url.empty()) {
    body.emplace("submit_url", services.options.base_url + std::string(kSubmitPath));
  }
  co_return ok(body);
}

struct Submitted {
  people::ValidationId id;
  std::string token;
};

Result<Submitted> read_submitted(const Call& call) {
  Submitted submitted;
  for (const auto& [name, to] :
       {std::pair("sid", &submitted.id.sid), std::pair("client_secret", &submitted.id.client_secret),
        std::pair("token", &submitted.token)}) {
    if (const auto given = call.request.query_value(name)) {
      *to = *given;
      continue;
    }
    KURAMORI_TRY(text, json::required_string(call.body, name));
    *to = std::move(text);
  }
  return submitted;
}

Task<Result<void>> submit(Call& call, Pipeline& pipeline, PeopleServices& services) {
  KURAMORI_CO_TRY(submitted, read_submitted(call));
  gate::Action action{call.subject, gate::Operation::ContactSet, {}, nullptr};
  auto admission = co_await pipeline.gate().admit(std::move(action));
  if (auto* refusal = std::get_if<gate::Refusal>(&admission)) co_return forbidden(refusal->message());
  if (auto* error = std::get_if<Error>(&admission)) co_return std::move(*error);
  auto validating = services.contacts.validate(std::get<gate::Permit>(std::move(admission)),
                                               std::move(submitted.id), std::move(submitted.token));
  auto validated = co_await std::move(validating);
  co_return validated;
}

Task<Response> post_submitted(Call& call, Pipeline& pipeline, PeopleServices& services) {
  auto submitting = submit(call, pipeline, services);
  const auto done = co_await std::move(submitting);
  if (!done) co_return failed(done.error());
  json::Object body;
  body.emplace("success", true);
  co_return ok(body);
}

struct Words {
  std::string_view language;
  std::string_view question;
  std::string_view reset_question;
  std::string_view button;
  std::string_view done;
  std::string_view not_done;
};
constexpr Words kWords[] = {
    {"en", "Confirm this e-mail address for your account?", "Go on with a new password for your account?",
     "Confirm", "The address is confirmed. Return to your app.", "This link is not valid, or no longer."},
    {"zh-Hans", "确认将此邮箱地址用于您的账号?", "确认为您的账号重设密码?", "确认",
     "邮箱地址已确认,请返回应用。", "此链接无效或已过期。"},
    {"zh-Hant", "確認將此電郵地址用於您的帳戶?", "確認為您的帳戶重設密碼?", "確認",
     "電郵地址已確認,請返回應用程式。", "此連結無效或已過期。"},
    {"ja", "このメールアドレスをアカウントに登録しますか?", "アカウントのパスワードの再設定を続けますか?",
     "確認", "メールアドレスを確認しました。アプリに戻ってください。",
     "このリンクは無効か、期限が切れています。"}};

const Words& words_of(const Call& call) {
  const auto* found = std::ranges::find(kWords, call.subject.language, &Words::language);
  return found == std::end(kWords) ? kWords[0] : *found;
}

// Programs that look at every link of a mail open it: only the button confirms. The form goes to the address
// that it was opened under.
Task<Response> get_confirmation(Call& call) {
  const Words& words = words_of(call);
  const bool resets = call.request.query_value("for") == "password";
  co_return web_page(200, words.language,
                     "<form method=\"post\"><p>" +
                         std::string(resets ? words.reset_question : words.question) + "</p><button>" +
                         std::string(words.button) + "</button></form>");
}

Task<Response> post_confirmation(Call& call, Pipeline& pipeline, PeopleServices& services) {
  const Words& words = words_of(call);
  auto submitting = submit(call, pipeline, services);
  const auto done = co_await std::move(submitting);
  co_return web_page(done ? 200 : 400, words.language,
                     "<p>" + std::string(done ? words.done : words.not_done) + "</p>");
}

Task<Response> add_contact(Call& call, Pipeline& pipeline, PeopleServices& services) {
  people::ValidationId id;
  auto secret = json::required_string(call.body, "client_secret");
  if (!secret) co_return failed(secret.error());
  id.client_secret = *std::move(secret);
  auto sid = json::required_string(call.body, "sid");
  if (!sid) co_return failed(sid.error());
  id.sid = *std::move(sid);
  identity::ProtectedOperation operation{.endpoint = "POST /account/3pid/add",
                                         .user = call.session->user,
                                         .flows = {{{std::string(identity::kPasswordStage)}}}};
  auto confirmation = co_await confirm(call, services.interactive_authentication, std::move(operation));
  if (confirmation.challenge) co_return *std::move(confirmation.challenge);
  auto admitted = co_await pipeline.admit(call, gate::Operation::ContactSet, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto added = co_await services.contacts.add(*std::move(admitted.permit), std::move(id));
  co_return added ? empty_ok() : failed(added.error());
}

Task<Response> delete_contact(Call& call, Pipeline& pipeline, PeopleServices& services) {
  const auto medium = json::required_string(call.body, "medium");
  if (!medium) co_return failed(medium.error());
  auto address = json::required_string(call.body, "address");
  if (!address) co_return failed(address.error());
  if (*medium == "email") {
    auto admitted = co_await pipeline.admit(call, gate::Operation::ContactRemove, {});
    if (admitted.denied) co_return *std::move(admitted.denied);
    const auto removed = co_await services.contacts.remove(*std::move(admitted.permit), *std::move(address));
    if (!removed) co_return failed(removed.error());
  }
  co_return ok_text(R"({"id_server_unbind_result":"no-support"})");
}

Task<Response> refuse(Error error) {
  co_return failed(error);
}

void add_refusals(net::Router& router, Pipeline& pipeline) {
  const EndpointOptions own{.access = Access::User, .limit = "", .takes_body = true, .body_optional = true};
  for (const std::string_view path : {"/account/3pid", "/account/3pid/bind"}) {
    pipeline.add(router, net::Method::Post, v3_paths(path), own,
                 [](Call&) { return refuse(no_validation()); });
  }
  pipeline.add(router, net::Method::Post, v3_paths("/account/3pid/unbind"), own, [](Call&) -> Task<Response> {
    co_return ok_text(R"({"id_server_unbind_result":"no-support"})");
  });
  const EndpointOptions open{
      .access = Access::Public, .limit = "registration_check", .takes_body = true, .body_optional = true};
  for (const std::string_view path :
       {"/account/3pid/msisdn/requestToken", "/account/password/msisdn/requestToken",
        "/register/email/requestToken", "/register/msisdn/requestToken"}) {
    pipeline.add(router, net::Method::Post, v3_paths(path), open, [](Call&) {
      return refuse(Error(ErrorCode::InvalidArgument, "M_THREEPID_MEDIUM_NOT_SUPPORTED",
                          "This server does not validate contacts for this."));
    });
  }
}

}  // namespace

void add_administrative_contact_routes(net::Router& router, Pipeline& pipeline, PeopleServices& services) {
  add_refusals(router, pipeline);
  pipeline.add(router, net::Method::Get, v3_paths("/account/3pid"), {.access = Access::User, .limit = ""},
               [&](Call& call) { return get_contacts(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, v3_paths("/account/3pid/email/requestToken"),
               {.access = Access::OptionalUser, .limit = "mail", .takes_body = true},
               [&](Call& call) { return request_token(call, pipeline, services, people::Purpose::Add); });
  pipeline.add(router, net::Method::Post, v3_paths("/account/password/email/requestToken"),
               {.access = Access::OptionalUser, .limit = "mail", .takes_body = true}, [&](Call& call) {
                 return request_token(call, pipeline, services, people::Purpose::ResetPassword);
               });
  pipeline.add(router, net::Method::Post, v3_paths("/account/3pid/add"),
               {.access = Access::UserNoGuests, .limit = "login", .takes_body = true},
               [&](Call& call) { return add_contact(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, v3_paths("/account/3pid/delete"),
               {.access = Access::User, .limit = "", .takes_body = true},
               [&](Call& call) { return delete_contact(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, {std::string(kSubmitPath)},
               {.access = Access::Public, .limit = "login", .takes_body = true, .body_optional = true},
               [&](Call& call) { return post_submitted(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, {std::string(kConfirmPath)},
               {.access = Access::Public, .limit = "login"},
               [](Call& call) { return get_confirmation(call); });
  pipeline.add(router, net::Method::Post, {std::string(kConfirmPath)},
               {.access = Access::Public, .limit = "login"},
               [&](Call& call) { return post_confirmation(call, pipeline, services); });
}

}  // namespace kuramori::api::client
