#include "net/http_client.hpp"

#include <curl/curl.h>

#include <stdexcept>

#include "net/detail/channel.hpp"

namespace kuramori::net {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(char* text) const { curl_free(text); }
};

// Null when the URL has no such part.
std::unique_ptr<char, FreeUrl> part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  return std::unique_ptr<char, FreeUrl>(curl_url_get(url, part, &text, 0) == CURLUE_OK ? text : nullptr);
}

// The host of a URL that may be asked for.
Result<std::string> host_of(const std::string& text) {
  const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    return invalid_argument("The address is not a valid URL.");
  }
  const auto scheme = part_of(url.get(), CURLUPART_SCHEME);
  const auto host = part_of(url.get(), CURLUPART_HOST);
  const std::string_view name = scheme ? scheme.get() : "";
  if (!host || (name != "http" && name != "https")) {
    return invalid_argument("The address must begin with https:// or http://.");
  }
  if (part_of(url.get(), CURLUPART_USER) || part_of(url.get(), CURLUPART_PASSWORD)) {
    return invalid_argument("The address must not hold a user name or a password.");
  }
  return std::string(host.get());
}

bool holds_line_break(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

// A header's line must stay one line.
Result<void> check_headers(const OutgoingRequest& request) {
  bool is_broken = holds_line_break(request.content_type);
  for (const auto& [name, value] : request.headers) {
    is_broken = is_broken || name.empty() || holds_line_break(name) || holds_line_break(value);
  }
  if (is_broken) return invalid_argument("A header holds a line break.");
  return {};
}

std::vector<Network> networks(const std::vector<std::string>& texts) {
  std::vector<Network> parsed;
  for (const std::string& text : texts) {
    const auto network = parse_network(text);
    if (!network) throw std::invalid_argument("'" + text + "' is not a network");
    parsed.push_back(*network);
  }
  return parsed;
}

}  // namespace

struct HttpClient::State {
  State(HttpClientOptions o, MetricsRegistry& metrics, const Logger& log)
      : options(std::move(o)),
        open({.reach = Reach::Public, .denied = networks(options.denied_networks)}, options, metrics, log),
        configured({.reach = Reach::Configured, .denied = networks(options.denied_networks)}, options,
                   metrics, log) {}

  const HttpClientOptions options;
  detail::Channel open;
  detail::Channel configured;
};

std::string_view IncomingResponse::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return {};
}

HttpClient::HttpClient(HttpClientOptions options, MetricsRegistry& metrics, Logger log)
    : state_(std::make_unique<State>(std::move(options), metrics, log)) {}

HttpClient::~HttpClient() = default;

runtime::Task<Result<IncomingResponse>> HttpClient::send(OutgoingRequest request, Reach reach,
                                                         std::stop_token stop) {
  auto host = host_of(request.url);
  if (!host) co_return std::move(host).error();
  KURAMORI_CO_CHECK(check_headers(request));
  if (stop.stop_requested()) co_return unavailable("The request to the other server was given up.", *host);
  detail::Channel& channel = reach == Reach::Public ? state_->open : state_->configured;
  auto [promise, future] = runtime::one_shot<detail::Answer>();
  const auto number = channel.start(std::move(request), *std::move(host), std::move(promise));
  const auto give_up = [&channel, number] {
    if (number != 0) channel.cancel(number);
  };
  const std::stop_callback on_stop(stop, give_up);
  auto answer = co_await std::move(future);
  co_return answer;
}

}  // namespace kuramori::net
