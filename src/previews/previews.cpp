#include "previews/previews.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "previews/charset.hpp"
#include "previews/page_summary.hpp"

namespace kuramori::previews {
namespace {

constexpr std::size_t kWaitingMax = 1'000;  // for one address
constexpr std::array<std::string_view, 6> kPictures{"image/jpeg", "image/png",  "image/gif",
                                                    "image/webp", "image/avif", "image/bmp"};

std::string media_type(std::string_view content_type) {
  return text::to_lower_ascii(text::trim(content_type.substr(0, content_type.find(';'))));
}

bool is_picture(std::string_view content_type) {
  return std::ranges::find(kPictures, media_type(content_type)) != kPictures.end();
}

bool is_page(std::string_view content_type) {
  const std::string type = media_type(content_type);
  return type == "text/html" || type == "application/xhtml+xml";
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Error no_preview(std::string detail) {
  return not_found("The page cannot be previewed.").with_detail(std::move(detail));
}

}  // namespace

Previews::Previews(Ports ports, Options options)
    : ports_(std::move(ports)),
      options_(std::move(options)),
      fetched_(ports_.metrics.counter("kuramori_previews_made_total", "Previews of links that were made.")),
      failed_(ports_.metrics.counter("kuramori_previews_failed_total",
                                     "Previews of links that could not be made.")),
      workers_({.name = "previews", .threads = 2, .queue_max = options_.fetches_max + 1}) {}

Previews::~Previews() = default;

std::optional<Previews::Answer> Previews::kept(const std::string& url) {
  const auto found = answers_.find(url);
  if (found == answers_.end()) return std::nullopt;
  if (found->second.until > ports_.clock.steady_now()) return found->second.answer;
  by_age_.erase(found->second.age);
  answers_.erase(found);
  return std::nullopt;
}

void Previews::keep(const std::string& url, const Answer& answer) {
  if (!answer && answer.error().code() == ErrorCode::Exhausted) return;
  while (answers_.size() >= options_.answers_max && !by_age_.empty()) {
    answers_.erase(by_age_.front());
    by_age_.pop_front();
  }
  by_age_.push_back(url);
  const Milliseconds time = answer ? options_.kept : options_.failures_kept;
  answers_.insert_or_assign(url, Kept{answer, ports_.clock.steady_now() + time, std::prev(by_age_.end())});
}

void Previews::settle(const std::string& url, const Answer& answer) {
  std::vector<runtime::OneShotPromise<Answer>> waiting;
  {
    const std::scoped_lock lock(mutex_);
    keep(url, answer);
    const auto found = under_way_.find(url);
    waiting = std::move(found->second);
    under_way_.erase(found);
  }
  for (auto& promise : waiting) promise.set(answer);
}

runtime::Task<Previews::Answer> Previews::of(gate::Permit permit, std::string text) {
  permit.require(gate::Operation::MediaPreview);
  auto url = parse_page_url(text, options_.inside);
  if (!url) co_return std::move(url).error();
  std::optional<Answer> known;
  std::optional<runtime::OneShotFuture<Answer>> wait;
  {
    const std::scoped_lock lock(mutex_);
    known = kept(url->text);
    const auto others = under_way_.find(url->text);
    const bool is_full = others == under_way_.end() ? under_way_.size() >= options_.fetches_max
                                                    : others->second.size() >= kWaitingMax;
    if (!known && is_full) {
      co_return Error(ErrorCode::Exhausted, "M_LIMIT_EXCEEDED",
                      "Too many previews are being made; try again shortly.")
          .with_retry_after_ms(2'000);
    }
    if (!known && others != under_way_.end()) {
      auto channel = runtime::one_shot<Answer>();
      others->second.push_back(std::move(channel.first));
      wait.emplace(std::move(channel.second));
    } else if (!known) {
      under_way_.try_emplace(url->text);
    }
  }
  if (known) co_return *std::move(known);
  if (wait) {
    Answer answer = co_await *wait;
    co_return answer;
  }
  const std::string place = url->text;
  auto making = make(*std::move(url));
  Answer answer = co_await std::move(making);
  (answer ? fetched_ : failed_).add();
  settle(place, answer);
  co_return answer;
}

// Follows redirects, each judged as if it had been asked for: `url` is the last.
runtime::Task<Result<Page>> Previews::fetch(PageUrl& url, std::size_t bytes_max) {
  for (int i = 0; i <= options_.redirects_max; ++i) {
    auto fetching = ports_.pages.fetch(url.text, url.place, bytes_max);
    auto page = co_await std::move(fetching);
    if (!page) co_return std::move(page).error();
    if (!is_redirect(page->status)) {
      if (page->status == 200) co_return page;
      co_return no_preview("status " + std::to_string(page->status));
    }
    const auto next = resolve(url.text, page->location);
    if (!next) co_return no_preview("a redirect without an address");
    auto judged = parse_page_url(*next, options_.inside);
    if (!judged) co_return std::move(judged).error();
    url = *std::move(judged);
  }
  co_return no_preview("too many redirects");
}

runtime::Task<Previews::Answer> Previews::make(PageUrl url) {
  auto fetching = fetch(url, options_.page_bytes_max);
  auto page = co_await std::move(fetching);
  if (!page) {
    const bool is_refusal =
        page.error().code() == ErrorCode::Forbidden || page.error().code() == ErrorCode::InvalidArgument;
    if (is_refusal || page.error().code() == ErrorCode::NotFound) co_return std::move(page).error();
    co_return no_preview(page.error().to_log());
  }
  if (is_picture(page->content_type)) {
    auto showing = of_picture(*std::move(page));
    co_return co_await std::move(showing);
  }
  if (!is_page(page->content_type)) co_return std::make_shared<const json::Object>();
  auto reading = of_page(std::move(url), *std::move(page));
  co_return co_await std::move(reading);
}

runtime::Task<Previews::Answer> Previews::of_picture(Page page) {
  auto preview = std::make_shared<json::Object>();
  preview->emplace("og:image:type", media_type(page.content_type));
  preview->emplace("matrix:image:size", page.body.size());
  std::string type = media_type(page.content_type);
  auto keeping = ports_.pictures.keep(std::move(type), std::move(page.body), options_.kept);
  auto uri = co_await std::move(keeping);
  if (!uri) co_return no_preview(uri.error().to_log());
  preview->emplace("og:image", *uri);
  co_return std::shared_ptr<const json::Object>(std::move(preview));
}

runtime::Task<Previews::Answer> Previews::of_page(PageUrl url, Page page) {
  using Summary = std::map<std::string, std::string>;
  auto work = [body = std::move(page.body), type = page.content_type]() -> Result<Summary> {
    return summarise(to_utf8(body, type));
  };
  auto summarising = workers_.run(std::move(work));
  auto summary = co_await std::move(summarising);
  if (!summary) co_return std::move(summary).error();
  auto preview = std::make_shared<json::Object>();
  for (const auto& [name, value] : *summary) preview->emplace(name, value);
  if (preview->contains("og:image")) {
    auto adding = add_picture(url, *preview);
    co_await std::move(adding);
  }
  co_return std::shared_ptr<const json::Object>(std::move(preview));
}

// The picture as a file of ours, so that clients tell nobody that they look at it. Without it the rest is
// shown.
runtime::Task<void> Previews::add_picture(const PageUrl& page, json::Object& preview) {
  const std::string reference(json::string_or(preview, "og:image", ""));
  for (const char* name : {"og:image", "og:image:url", "og:image:secure_url", "og:image:type"})
    preview.erase(name);
  const auto whole = resolve(page.text, reference);
  if (!whole) co_return;
  auto url = parse_page_url(*whole, options_.inside);
  if (!url) co_return;
  auto fetching = fetch(*url, options_.picture_bytes_max);
  auto picture = co_await std::move(fetching);
  if (!picture || !is_picture(picture->content_type)) co_return;
  std::string type = media_type(picture->content_type);
  const std::size_t bytes = picture->body.size();
  auto keeping = ports_.pictures.keep(type, std::move(picture->body), options_.kept);
  const auto uri = co_await std::move(keeping);
  if (!uri) co_return;
  preview.emplace("og:image", *uri);
  preview.emplace("og:image:type", type);
  preview.emplace("matrix:image:size", bytes);
  // Numbers, as clients expect them.
  for (const char* name : {"og:image:width", "og:image:height"}) {
    const auto number = text::to_integer(json::string_or(preview, name, ""));
    preview.erase(name);
    if (number && *number > 0) preview.emplace(name, *number);
  }
}

}  // namespace kuramori::previews
