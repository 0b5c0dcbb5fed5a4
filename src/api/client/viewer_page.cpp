#include "api/client/viewer_page.hpp"

#include <algorithm>

#include "api/access/shown_page.hpp"
#include "api/client/web_page.hpp"
#include "base/text.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr std::uint32_t kShownWidth = 1'200;
constexpr std::size_t kNonceCharacters = 22;

struct ViewerWords {
  std::string_view language;
  std::string_view page;
  std::string_view before;
  std::string_view next;
  std::string_view recorded;
  std::string_view incomplete;
  std::string_view over;
};
constexpr ViewerWords kViewerWords[] = {
    {"en", "Page", "Previous", "Next",
     "Each page that you look at is recorded and bears your name. Turn pages with the arrow keys.",
     "The file is longer than what is shown.",
     "This address is not valid, or no longer: it lasts five minutes. Open the file again in your app."},
    {"zh-Hans", "页", "上一页", "下一页", "您查看的每一页都会被记录并带有您的姓名。可用方向键翻页。",
     "文件内容多于所显示的部分。", "此地址无效或已过期(有效期五分钟)。请在应用中重新打开文件。"},
    {"zh-Hant", "頁", "上一頁", "下一頁", "您檢視的每一頁都會被記錄並帶有您的姓名。可用方向鍵翻頁。",
     "檔案內容多於所顯示的部分。", "此地址無效或已過期(有效期五分鐘)。請在應用程式中重新開啟檔案。"},
    {"ja", "ページ", "前へ", "次へ",
     "閲覧した各ページは記録され、お名前が入ります。矢印キーでページをめくれます。",
     "表示されているより長いファイルです。",
     "このアドレスは無効か、期限(5分)が切れています。アプリでファイルを開き直してください。"}};

const ViewerWords& viewer_words(std::string_view language) {
  const auto* found = std::ranges::find(kViewerWords, language, &ViewerWords::language);
  return found == std::end(kViewerWords) ? kViewerWords[0] : *found;
}

// No ticket, no words about why: what was never given out looks like what is over.
Response over(const Call& call) {
  const ViewerWords& words = viewer_words(call.subject.language);
  return web_page(403, words.language, "<p>" + std::string(words.over) + "</p>");
}

Response told(const Call& call, int status, std::string_view message) {
  return web_page(status, viewer_words(call.subject.language).language,
                  "<p>" + escape_html(message) + "</p>");
}

// What an answer for programs says to people.
Response told(const Call& call, const Response& denied) {
  const auto body = json::parse_object(denied.body);
  return told(call, denied.status, body ? json::string_or(*body, "error", "") : std::string_view());
}

struct Shown {
  std::optional<gate::Permit> permit = {};
  media::MediaId id = {};
  viewing::Viewer::Sight sight = viewing::Viewer::Sight::Released;
  std::optional<Response> denied = {};
};

// Whom the ticket names becomes who asks: the gate decides anew for each page.
Task<Shown> open_with_ticket(Call& call, Pipeline& pipeline, ViewerPageServices& services) {
  Shown shown;
  const auto ticket = services.tickets.find(call.parameter(0));
  if (!ticket) {
    shown.denied = over(call);
    co_return shown;
  }
  auto finding = services.reader(*ticket);
  auto reader = co_await std::move(finding);
  if (!reader) {
    shown.denied = over(call);
    co_return shown;
  }
  reader->address = call.subject.address;
  reader->user_agent = call.subject.user_agent;
  reader->language = call.subject.language;
  call.subject = *std::move(reader);
  shown.id = ticket->file;
  gate::Resource about;
  about.name = shown.id.to_uri();
  auto admitting = pipeline.admit(call, gate::Operation::MediaView, std::move(about));
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) {
    shown.denied = told(call, *admitted.denied);
    co_return shown;
  }
  auto looking = services.viewer.sight_of(call.subject, shown.id);
  const auto sight = co_await std::move(looking);
  if (!sight) {
    shown.denied = told(call, failed(sight.error()));
    co_return shown;
  }
  shown.sight = *sight;
  shown.permit = std::move(admitted.permit);
  co_return shown;
}

std::uint32_t wanted_page(const net::Request& request, std::uint32_t pages) {
  const auto given = text::to_integer(request.query_value("page").value_or("1"));
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(given.value_or(1), 1, pages));
}

std::string turn(std::string_view id, std::string_view text, std::uint32_t page, bool is_possible) {
  if (!is_possible) return "<span>" + std::string(text) + "</span>";
  return "<a id=\"" + std::string(id) + "\" href=\"?page=" + std::to_string(page) + "\">" +
         std::string(text) + "</a>";
}

constexpr std::string_view kStyle =
    "body{margin:0;background:#444;color:#eee;font:16px sans-serif;text-align:center}"
    "nav,footer{padding:.6em}nav a{color:#fff}nav>*{margin:0 1em}nav span{color:#bbb}"
    "img{max-width:96%;background:#fff;user-select:none;-webkit-user-select:none}"
    "@media print{body{display:none}}";
constexpr std::string_view kScript =
    "const go=id=>{const a=document.getElementById(id);if(a)location.replace(a.href)};"
    "addEventListener('keydown',e=>{const k={ArrowRight:'next',PageDown:'next',ArrowLeft:'before',"
    "PageUp:'before',Home:'first',End:'last'}[e.key];if(k){e.preventDefault();go(k)}});"
    "addEventListener('contextmenu',e=>e.preventDefault());"
    "addEventListener('dragstart',e=>e.preventDefault());";

Response viewer_page(const Call& call, const viewing::Outline& outline, const std::string& nonce) {
  const ViewerWords& words = viewer_words(call.subject.language);
  const std::uint32_t page = wanted_page(call.request, outline.pages);
  const std::string position = std::to_string(page) + " / " + std::to_string(outline.pages);
  const std::string alt = std::string(words.page) + " " + position;
  std::string html = "<!doctype html><html lang=\"" + std::string(words.language) +
                     "\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
                     "<title>Kuramori</title><style nonce=\"" +
                     nonce + "\">" + std::string(kStyle) + "</style><body><nav>";
  html += turn("before", words.before, page - 1, page > 1) + "<span>" + alt + "</span>";
  html += turn("next", words.next, page + 1, page < outline.pages);
  html += "<a id=\"first\" href=\"?page=1\" hidden></a><a id=\"last\" href=\"?page=" +
          std::to_string(outline.pages) + "\" hidden></a></nav>";
  html += "<img alt=\"" + alt + "\" src=\"" + escape_html(call.parameter(0)) + "/pages/" +
          std::to_string(page) + "?width=" + std::to_string(kShownWidth) + "\">";
  html += "<footer>" + std::string(words.recorded) +
          (outline.is_cut ? " " + std::string(words.incomplete) : std::string()) + "</footer>";
  html += "<script nonce=\"" + nonce + "\">" + std::string(kScript) + "</script></body></html>";
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'none'; img-src 'self'; style-src 'nonce-" + nonce +
                                    "'; script-src 'nonce-" + nonce +
                                    "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.body = std::move(html);
  return response;
}

Task<Response> get_viewer(Call& call, Pipeline& pipeline, ViewerPageServices& services) {
  auto opening = open_with_ticket(call, pipeline, services);
  auto shown = co_await std::move(opening);
  if (shown.denied) co_return *std::move(shown.denied);
  auto outlining = services.viewer.outline(*std::move(shown.permit), shown.id, shown.sight);
  const auto outline = co_await std::move(outlining);
  if (!outline) co_return told(call, failed(outline.error()));
  co_return viewer_page(call, *outline, services.random.alphanumeric(kNonceCharacters));
}

Task<Response> get_ticket_page(Call& call, Pipeline& pipeline, ViewerPageServices& services) {
  const auto number = text::to_integer(call.parameter(1));
  const auto width = text::to_integer(call.request.query_value("width").value_or("1200"));
  constexpr std::int64_t kMost = 1'000'000;
  if (!number || *number < 1 || *number > kMost || !width || *width < 1 || *width > kMost)
    co_return failed(not_found("The file has no such page."));
  auto opening = open_with_ticket(call, pipeline, services);
  auto shown = co_await std::move(opening);
  if (shown.denied) co_return *std::move(shown.denied);
  const viewing::Viewer::Wish wish{.sight = shown.sight,
                                   .number = static_cast<std::uint32_t>(*number),
                                   .width = static_cast<std::uint32_t>(*width)};
  auto showing = services.viewer.page(*std::move(shown.permit), shown.id, wish);
  const auto page = co_await std::move(showing);
  if (!page) co_return failed(page.error());
  co_return shown_page(*page);
}

}  // namespace

void add_viewer_page_routes(net::Router& router, Pipeline& pipeline, ViewerPageServices& services) {
  const EndpointOptions options{.access = Access::Public, .limit = "media_view"};
  pipeline.add(router, net::Method::Get, {"/_kuramori/v1/view/{ticket}"}, options,
               [&](Call& call) { return get_viewer(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, {"/_kuramori/v1/view/{ticket}/pages/{page}"}, options,
               [&](Call& call) { return get_ticket_page(call, pipeline, services); });
}

}  // namespace kuramori::api::client
