#include "api/client/consent.hpp"

#include <algorithm>

#include "api/client/web_page.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr std::string_view kPath = "/_kuramori/v1/consent";

struct Words {
  std::string_view language;
  std::string_view refusal;
  std::string_view title;
  std::string_view read;
  std::string_view question;  // before the version
  std::string_view button;
  std::string_view done;
  std::string_view not_valid;
};
constexpr Words kWords[] = {
    {"en", "Please read and agree to the organisation's notice before you write: open the link.",
     "Notice of your organisation", "Read the notice", "You are asked to agree to the notice, version",
     "I agree", "Thank you. You can return to your app.",
     "This link is not valid, or no longer. Try again in your app to get a new one."},
    {"zh-Hans", "发言前请先阅读并同意组织的告知事项:请打开链接。", "组织告知事项", "阅读告知事项",
     "请您同意告知事项,版本", "我同意", "谢谢。您可以返回应用。",
     "此链接无效或已过期。请在应用中重试以获取新链接。"},
    {"zh-Hant", "發言前請先閱讀並同意機構的告知事項:請開啟連結。", "機構告知事項", "閱讀告知事項",
     "請您同意告知事項,版本", "我同意", "謝謝。您可以返回應用程式。",
     "此連結無效或已過期。請在應用程式中重試以取得新連結。"},
    {"ja", "書き込む前に、組織からのお知らせを読み、同意してください。リンクを開いてください。",
     "組織からのお知らせ", "お知らせを読む", "次の版のお知らせに同意をお願いします:版", "同意する",
     "ありがとうございます。アプリにお戻りください。",
     "このリンクは無効か、期限が切れています。アプリで操作をやり直すと新しいリンクが表示されます。"}};

const Words& words_of(std::string_view language) {
  const auto* found = std::ranges::find(kWords, language, &Words::language);
  return found == std::end(kWords) ? kWords[0] : *found;
}

Response message_page(int status, const Words& words, std::string_view message) {
  return web_page(status, words.language, "<p>" + std::string(message) + "</p>");
}

std::optional<UserId> reader_of(const Call& call, const ConsentServices& services) {
  const auto token = call.request.query_value("token");
  return token ? services.consents.owner(*token) : std::nullopt;
}

Task<Response> get_page(Call& call, ConsentServices& services) {
  const Words& words = words_of(call.subject.language);
  const auto user = reader_of(call, services);
  if (!user) co_return message_page(400, words, words.not_valid);
  if (!services.consents.is_missing(*user)) co_return message_page(200, words, words.done);
  std::string content = "<h1>" + std::string(words.title) + "</h1>";
  if (!services.document_url.empty()) {
    content += "<p><a target=\"_blank\" rel=\"noopener\" href=\"" + escape_html(services.document_url) +
               "\">" + std::string(words.read) + "</a></p>";
  }
  // The form goes to the address that it was opened under. Only the button agrees: programs look at links,
  // too.
  content += "<form method=\"post\"><p>" + std::string(words.question) + " " +
             escape_html(services.consents.required_version()) + " (" + escape_html(user->view()) +
             ")</p><button>" + std::string(words.button) + "</button></form>";
  co_return web_page(200, words.language, content);
}

Task<Response> post_page(Call& call, Pipeline& pipeline, ConsentServices& services) {
  const Words& words = words_of(call.subject.language);
  const auto user = reader_of(call, services);
  if (!user) co_return message_page(400, words, words.not_valid);
  if (!services.consents.is_missing(*user)) co_return message_page(200, words, words.done);
  call.subject.user = *user;
  auto admitted = co_await pipeline.admit(call, gate::Operation::ConsentGive, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto given = co_await services.consents.give(*std::move(admitted.permit));
  if (!given) co_return failed(given.error());
  co_return message_page(200, words, words.done);
}

}  // namespace

Response consent_not_given(const identity::Consents& consents, const gate::Subject& subject) {
  json::Object body;
  body["errcode"] = "M_CONSENT_NOT_GIVEN";
  body["error"] = words_of(subject.language).refusal;
  body["consent_uri"] = consents.link(subject.user);
  return with_status(403, body);
}

void add_consent_routes(net::Router& router, Pipeline& pipeline, ConsentServices& services) {
  const EndpointOptions options{.access = Access::Public, .limit = "login"};
  pipeline.add(router, net::Method::Get, {std::string(kPath)}, options,
               [&](Call& call) { return get_page(call, services); });
  pipeline.add(router, net::Method::Post, {std::string(kPath)}, options,
               [&](Call& call) { return post_page(call, pipeline, services); });
}

}  // namespace kuramori::api::client
