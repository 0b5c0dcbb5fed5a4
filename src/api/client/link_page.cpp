#include "api/client/link_page.hpp"

#include <algorithm>

#include "api/client/web_page.hpp"
#include "link_risk/explanations.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

struct Words {
  std::string_view language;
  std::string_view blocked;
  std::string_view warned;
  std::string_view leads_to;
  std::string_view go_on;
  std::string_view recorded;
  std::string_view not_valid;
};
constexpr Words kWords[] = {
    {"en", "This link is blocked", "Do you know this site?", "The link leads to", "Open it all the same",
     "That you opened this link is recorded.", "This link is not valid."},
    {"zh-Hans", "此链接已被阻止", "您了解这个网站吗？", "链接指向", "仍然打开",
     "您打开此链接的操作会被记录。", "此链接无效。"},
    {"zh-Hant", "此連結已被封鎖", "您了解這個網站嗎？", "連結指向", "仍然開啟",
     "您開啟此連結的操作會被記錄。", "此連結無效。"},
    {"ja", "このリンクはブロックされています", "このサイトをご存じですか", "リンク先", "それでも開く",
     "このリンクを開いたことは記録されます。", "このリンクは無効です。"}};

const Words& words_of(std::string_view language) {
  const auto* found = std::ranges::find(kWords, language, &Words::language);
  return found == std::end(kWords) ? kWords[0] : *found;
}

const std::string& in(const governance::Explanation& texts, std::string_view language) {
  if (language == "zh-Hans") return texts.zh_hans;
  if (language == "zh-Hant") return texts.zh_hant;
  return language == "ja" ? texts.ja : texts.en;
}

std::string paragraph(std::string_view text) {
  return "<p>" + escape_html(text) + "</p>";
}

// What is blocked is not shown as an address, so that nobody copies it.
Response blocked_page(const Words& words, const links::Visit& visit) {
  return web_page(403, words.language,
                  "<h1>" + std::string(words.blocked) + "</h1>" +
                      paragraph(in(link_risk::explain(visit.finding), words.language)) +
                      paragraph(words.recorded));
}

Response warning_page(const Words& words, const links::Visit& visit) {
  const std::string& address = visit.leads_to.empty() ? visit.link.url : visit.leads_to;
  return web_page(200, words.language,
                  "<h1>" + std::string(words.warned) + "</h1>" +
                      paragraph(in(link_risk::explain(visit.finding), words.language)) + "<p>" +
                      std::string(words.leads_to) + " <code>" + escape_html(address) + "</code></p>" +
                      "<form method=\"get\"><input type=\"hidden\" name=\"go\" value=\"1\"><button>" +
                      std::string(words.go_on) + "</button></form>" + paragraph(words.recorded));
}

Response redirect(const links::Visit& visit) {
  Response response;
  response.status = 303;
  response.headers.emplace_back("Location", visit.link.url);
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Task<Response> get_link(Call& call, Pipeline& pipeline, LinkServices& services) {
  const Words& words = words_of(call.subject.language);
  const std::string token = call.parameter(0);
  const auto target = services.clicks.read(token);
  if (!target) co_return web_page(404, words.language, paragraph(words.not_valid));
  gate::Resource resource;
  resource.room = target->place.room;
  resource.user = target->place.sender;
  auto admitted = co_await pipeline.admit(call, gate::Operation::LinkOpen, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto warned = call.request.query_value("go") == "1" ? links::Warned::Yes : links::Warned::No;
  auto opening = services.clicks.open(*std::move(admitted.permit), token, warned, services.stop);
  const auto visit = co_await std::move(opening);
  if (!visit) co_return failed(visit.error());
  switch (visit->passage) {
    case links::Passage::Passed:
      co_return redirect(*visit);
    case links::Passage::Warned:
      co_return warning_page(words, *visit);
    case links::Passage::Blocked:
      break;
  }
  co_return blocked_page(words, *visit);
}

}  // namespace

void add_link_routes(net::Router& router, Pipeline& pipeline, LinkServices& services) {
  const EndpointOptions options{.access = Access::OptionalUser, .limit = "link"};
  pipeline.add(router, net::Method::Get, {std::string(links::ClickThrough::kPath) + "{token}"}, options,
               [&](Call& call) { return get_link(call, pipeline, services); });
}

}  // namespace kuramori::api::client
