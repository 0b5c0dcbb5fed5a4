#include "links/shortened.hpp"

namespace kuramori::links {
namespace {

constexpr std::uint8_t kRedirectsMax = 5;
constexpr Milliseconds kPatience{4'000};
constexpr std::size_t kAnswerOctetsMax = 65'536;

}  // namespace

std::string ShortenedLinks::target_of(const std::string& url) const {
  const std::scoped_lock lock(mutex_);
  const auto found = known_.find(url);
  if (found == known_.end() || found->second.until <= clock_.steady_now()) return {};
  return found->second.target;
}

void ShortenedLinks::keep(const std::string& url, std::string target) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = known_.find(url); found != known_.end()) {
    order_.erase(found->second.place);
    known_.erase(found);
  }
  if (known_.size() >= kKnownMax) {
    known_.erase(order_.front());
    order_.pop_front();
  }
  order_.push_back(url);
  known_.emplace(url, Known{.target = std::move(target),
                            .until = clock_.steady_now() + kKnownFor,
                            .place = std::prev(order_.end())});
}

runtime::Task<Result<std::string>> ShortenedLinks::resolve(std::string url, std::stop_token stop) {
  if (std::string known = target_of(url); !known.empty()) co_return known;
  net::OutgoingRequest request{.method = net::Method::Head,
                               .url = url,
                               .timeout = kPatience,
                               .response_bytes_max = kAnswerOctetsMax,
                               .redirects_max = kRedirectsMax};
  auto asking = client_.send(std::move(request), net::Reach::Public, std::move(stop));
  auto answer = co_await std::move(asking);
  if (!answer) co_return std::move(answer).error();
  keep(url, answer->url);
  co_return std::move(answer->url);
}

}  // namespace kuramori::links
