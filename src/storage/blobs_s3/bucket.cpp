#include "storage/blobs_s3/bucket.hpp"

#include <algorithm>
#include <array>
#include <thread>

#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "storage/blobs_s3/answers.hpp"

namespace kuramori::storage::blobs_s3 {
namespace {

constexpr Milliseconds kPauseMax{5'000};
constexpr std::size_t kErrorCodeBytesMax = 64;

struct Endpoint {
  std::string scheme;
  std::string authority;
};

// scheme://host[:port] with nothing behind it. The port that goes without saying is left out, as in Host.
std::optional<Endpoint> parse_endpoint(std::string_view url) {
  Endpoint endpoint;
  std::string_view usual_port;
  if (url.starts_with("https://")) {
    endpoint.scheme = "https://";
    usual_port = ":443";
  } else if (url.starts_with("http://")) {
    endpoint.scheme = "http://";
    usual_port = ":80";
  } else {
    return std::nullopt;
  }
  url.remove_prefix(endpoint.scheme.size());
  if (url.ends_with('/')) url.remove_suffix(1);
  if (url.ends_with(usual_port)) url.remove_suffix(usual_port.size());
  const auto belongs = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-:[]").contains(c);
  };
  if (url.empty() || !std::ranges::all_of(url, belongs)) return std::nullopt;
  endpoint.authority = text::to_lower_ascii(url);
  return endpoint;
}

std::string encoded_path(std::string_view path) {
  std::string out;
  for (const std::string_view part : text::split(path, '/')) {
    if (!out.empty()) out.push_back('/');
    out += text::percent_encode(part);
  }
  return out;
}

bool may_pass(long status) {
  constexpr std::array<long, 6> kPassing{408, 429, 500, 502, 503, 504};
  return std::ranges::find(kPassing, status) != kPassing.end();
}

}  // namespace

Bucket::Bucket(Options options, Ports ports)
    : options_(std::move(options)),
      ports_(std::move(ports)),
      connections_(options_.connection),
      requests_(ports_.metrics.counter("kuramori_storage_s3_requests_total",
                                       "Requests to the S3-compatible store of files.")),
      repeated_(ports_.metrics.counter("kuramori_storage_s3_repeated_total",
                                       "Requests to the store of files that were made again.")),
      failed_(ports_.metrics.counter("kuramori_storage_s3_failed_total",
                                     "Requests to the store of files given up after the last attempt.")) {}

Result<std::unique_ptr<Bucket>> Bucket::make(Options options, Ports ports) {
  const std::optional<Endpoint> endpoint = parse_endpoint(options.endpoint);
  if (!endpoint) {
    return invalid_argument("media.s3.endpoint must be https://HOST or https://HOST:PORT, without a path.");
  }
  std::unique_ptr<Bucket> bucket(new Bucket(std::move(options), std::move(ports)));
  bucket->scheme_ = endpoint->scheme;
  if (bucket->options_.addressing == Addressing::Path) {
    bucket->host_ = endpoint->authority;
    bucket->base_path_ = "/" + text::percent_encode(bucket->options_.bucket);
  } else {
    bucket->host_ = bucket->options_.bucket + "." + endpoint->authority;
  }
  return bucket;
}

PlainRequest Bucket::sign(const Call& call, const std::string& payload_sha256) const {
  const Timestamp now = ports_.clock.now();
  SignedRequest to_sign{.method = call.method,
                        .host = host_,
                        .path = base_path_ + "/",
                        .query = call.query,
                        .headers = call.headers,
                        .payload_sha256 = payload_sha256};
  if (call.key.empty()) {
    if (!base_path_.empty()) to_sign.path.pop_back();
  } else {
    to_sign.path += encoded_path(options_.prefix + call.key);
  }
  to_sign.headers.emplace_back("x-amz-content-sha256", payload_sha256);
  to_sign.headers.emplace_back("x-amz-date", amz_date(now));
  PlainRequest request{.method = call.method,
                       .url = scheme_ + host_ + to_sign.path,
                       .headers = {},
                       .body = call.body,
                       .into = call.into};
  if (!call.query.empty()) request.url += "?" + canonical_query(call.query);
  for (const auto& [name, value] : to_sign.headers) request.headers.push_back(name + ": " + value);
  request.headers.push_back("authorization: " + authorization(to_sign, options_.credentials, now));
  return request;
}

// Doubled each time, and spread so that those who failed together do not come back together.
void Bucket::pause(std::size_t attempt) {
  const auto doubled =
      std::min(options_.first_pause * (std::int64_t{1} << std::min<std::size_t>(attempt, 10)), kPauseMax);
  const auto half = static_cast<std::uint64_t>(doubled.count() / 2);
  std::this_thread::sleep_for(Milliseconds(half + ports_.random.below(half + 1)));
}

Result<Bucket::Answer> Bucket::call(const Call& call) {
  const std::string payload_sha256 = text::to_hex(crypto::sha256(call.body));
  for (std::size_t attempt = 0;; ++attempt) {
    requests_.add();
    auto response = connections_.perform(sign(call, payload_sha256));
    const bool is_settled = response && !may_pass(response->status);
    if (is_settled) return Answer{*std::move(response), attempt > 0};
    if (attempt + 1 >= options_.attempts_max) {
      failed_.add();
      return response ? refused(*response) : std::move(response).error();
    }
    repeated_.add();
    pause(attempt);
  }
}

Error Bucket::refused(const PlainResponse& response) {
  std::string code = element(response.body, "Code").value_or("");
  code.resize(std::min(code.size(), kErrorCodeBytesMax));
  return unavailable(
      "The server's store of files does not work at the moment.",
      "the S3 store answers " + std::to_string(response.status) + (code.empty() ? "" : " ") + code);
}

}  // namespace kuramori::storage::blobs_s3
