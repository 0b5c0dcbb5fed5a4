#include "app/preview_node.hpp"

#include <algorithm>

namespace kuramori::app {
namespace {

constexpr Milliseconds kPatience{15'000};
// Whoever has the answer last may still look at the picture.
constexpr Milliseconds kGrace = std::chrono::minutes(10);

class Held final : public media::ByteSource {
 public:
  explicit Held(std::string_view text) : rest_(as_bytes(text)) {}
  runtime::Task<Result<std::size_t>> read(std::span<std::uint8_t> into) override {
    const std::size_t count = std::min(into.size(), rest_.size());
    std::ranges::copy(rest_.first(count), into.begin());
    rest_ = rest_.subspan(count);
    co_return count;
  }

 private:
  ByteView rest_;
};

}  // namespace

PreviewNode::PreviewNode(const Config& config, const Environment& environment, Ports ports)
    : pages_(ports.client, stopping_.get_token()),
      pictures_(ports.gate, ports.library),
      previews_({.pages = pages_,
                 .pictures = pictures_,
                 .clock = environment.clock,
                 .metrics = environment.metrics},
                {.inside = config.media.url_preview_hosts}) {}

runtime::Task<Result<previews::Page>> PreviewNode::Pages::fetch(std::string url, previews::Place place,
                                                                std::size_t bytes_max) {
  net::OutgoingRequest request;
  request.url = std::move(url);
  request.headers = {{"accept", "text/html,application/xhtml+xml,image/*;q=0.8"}, {"accept-language", "*"}};
  request.timeout = kPatience;
  request.response_bytes_max = bytes_max;
  const auto reach = place == previews::Place::Public ? net::Reach::Public : net::Reach::Configured;
  auto sending = client_.send(std::move(request), reach, stop_);
  auto response = co_await std::move(sending);
  if (!response) co_return std::move(response).error();
  previews::Page page{.status = response->status,
                      .content_type = std::string(response->header("content-type")),
                      .location = std::string(response->header("location")),
                      .body = std::move(response->body)};
  co_return page;
}

runtime::Task<Result<std::string>> PreviewNode::Pictures::keep(std::string content_type, std::string content,
                                                               Milliseconds at_least) {
  gate::Action action{
      .subject = gate::Subject::system(), .operation = gate::Operation::MediaUpload, .resource = {}};
  auto asking = gate_.admit(std::move(action));
  gate::Admission admission = co_await std::move(asking);
  auto* permit = std::get_if<gate::Permit>(&admission);
  if (permit == nullptr) co_return forbidden("The picture of the page may not be kept.");
  Held source(content);
  media::UploadedFile file{source, content.size(), std::move(content_type), std::string(), at_least + kGrace};
  auto uploading = library_.upload(std::move(*permit), std::move(file));
  auto id = co_await std::move(uploading);
  if (!id) co_return std::move(id).error();
  co_return id->to_uri();
}

}  // namespace kuramori::app
