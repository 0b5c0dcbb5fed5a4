#include "net/detail/transfer.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace kuramori::net::detail {
namespace {

constexpr Milliseconds kConnectTimeoutMax{10'000};
constexpr std::size_t kHeadersMax = 200;
constexpr std::size_t kHeaderBytesMax = 65'536;

std::string textual(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* octets = nullptr;
  if (address.sa_family == AF_INET) octets = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  if (address.sa_family == AF_INET6) octets = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (octets == nullptr || inet_ntop(address.sa_family, octets, text.data(), text.size()) == nullptr)
    return {};
  return text.data();
}

}  // namespace

bool AddressRules::allows(const std::string& text) const {
  const auto address = parse_address(text);
  if (!address) return false;
  const auto contains = [&](const Network& network) { return network.contains(*address); };
  if (std::ranges::any_of(denied, contains)) return false;
  return reach == Reach::Configured || is_public_address(text);
}

Transfer::Transfer(OutgoingRequest request, std::string host, const AddressRules& rules,
                   const HttpClientOptions& options, runtime::OneShotPromise<Answer> promise)
    : request_(std::move(request)),
      host_(std::move(host)),
      rules_(rules),
      options_(options),
      promise_(std::move(promise)),
      handle_(curl_easy_init()) {}

bool Transfer::prepare() {
  return handle_ != nullptr && set(CURLOPT_URL, request_.url.c_str()) && set(CURLOPT_PRIVATE, this) &&
         set_method() && set_headers() && set_limits() && set_security();
}

bool Transfer::set_method() {
  const bool has_body =
      request_.method == Method::Post || request_.method == Method::Put || !request_.body.empty();
  bool done = true;
  if (has_body) {
    done = set(CURLOPT_POST, 1L) &&
           set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size())) &&
           set(CURLOPT_POSTFIELDS, request_.body.data());
  }
  if (request_.method == Method::Head) return done && set(CURLOPT_NOBODY, 1L);
  // Not for GET and POST: libcurl would repeat the word after a redirect that changes the method.
  const bool is_plain = request_.method == Method::Get || request_.method == Method::Post;
  return done && (is_plain || set(CURLOPT_CUSTOMREQUEST, std::string(to_string(request_.method)).c_str()));
}

bool Transfer::set_headers() {
  std::vector<std::string> lines{"Expect:"};
  if (!request_.body.empty()) lines.push_back("Content-Type: " + request_.content_type);
  for (const auto& [name, value] : request_.headers) lines.push_back(name + ": " + value);
  for (const std::string& line : lines) {
    curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) return false;
    static_cast<void>(headers_.release());
    headers_.reset(longer);
  }
  return set(CURLOPT_HTTPHEADER, headers_.get()) && set(CURLOPT_USERAGENT, options_.user_agent.c_str()) &&
         set(CURLOPT_HEADERFUNCTION, take_header) && set(CURLOPT_HEADERDATA, this) &&
         set(CURLOPT_WRITEFUNCTION, take_body) && set(CURLOPT_WRITEDATA, this);
}

bool Transfer::set_limits() {
  const Milliseconds connecting = std::min(request_.timeout, kConnectTimeoutMax);
  const bool changes_nothing = request_.method == Method::Get || request_.method == Method::Head;
  return set(CURLOPT_NOSIGNAL, 1L) && set(CURLOPT_TIMEOUT_MS, static_cast<long>(request_.timeout.count())) &&
         set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connecting.count())) &&
         set(CURLOPT_FOLLOWLOCATION, changes_nothing && request_.redirects_max > 0 ? 1L : 0L) &&
         set(CURLOPT_MAXREDIRS, static_cast<long>(request_.redirects_max)) &&
         set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request_.response_bytes_max));
}

bool Transfer::set_security() {
  const long verify = options_.verify_tls ? 1L : 0L;
  const bool authority = options_.ca_file.empty() || set(CURLOPT_CAINFO, options_.ca_file.c_str());
  // An empty proxy also keeps libcurl from asking the environment.
  return authority && set(CURLOPT_PROTOCOLS_STR, "http,https") &&
         set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https") && set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) &&
         set(CURLOPT_PROXY, options_.proxy.c_str()) && set(CURLOPT_SSL_VERIFYPEER, verify) &&
         set(CURLOPT_SSL_VERIFYHOST, verify * 2) &&
         set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2)) &&
         set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS)) &&
         set(CURLOPT_OPENSOCKETFUNCTION, open_socket) && set(CURLOPT_OPENSOCKETDATA, this);
}

std::size_t Transfer::take_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::size_t bytes = size * count;
  std::string& body = transfer.response_.body;
  if (bytes >
      transfer.request_.response_bytes_max - std::min(body.size(), transfer.request_.response_bytes_max)) {
    transfer.is_too_large_ = true;
    return 0;
  }
  body.append(data, bytes);
  return bytes;
}

std::size_t Transfer::take_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  auto& headers = transfer.response_.headers;
  const std::string_view line(data, size * count);
  // Of another response: after a redirect, or after 100 Continue.
  if (line.starts_with("HTTP/")) headers.clear();
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || line.starts_with("HTTP/")) return line.size();
  if (headers.size() >= kHeadersMax || line.size() > kHeaderBytesMax) {
    transfer.is_too_large_ = true;
    return 0;
  }
  headers.emplace_back(text::to_lower_ascii(line.substr(0, colon)),
                       std::string(text::trim(line.substr(colon + 1))));
  return line.size();
}

// After resolving, for every connection, redirects included: nothing lies between this judgement and the
// connecting.
curl_socket_t Transfer::open_socket(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(self);
  // With a proxy the address is the proxy's, which the configuration names.
  if (transfer.options_.proxy.empty() && !transfer.rules_.allows(textual(address->addr))) {
    transfer.is_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

Ending Transfer::ending(CURLcode code) const {
  if (code == CURLE_OK) return Ending::Answered;
  if (is_too_large_ || code == CURLE_FILESIZE_EXCEEDED) return Ending::TooLarge;
  if (is_refused_) return Ending::Refused;
  return code == CURLE_OPERATION_TIMEDOUT ? Ending::TimedOut : Ending::Unreachable;
}

Error Transfer::failure(CURLcode code) const {
  const std::string detail = host_ + ": " + curl_easy_strerror(code);
  switch (ending(code)) {
    case Ending::TooLarge:
      return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "The other server's answer is too large.")
          .with_detail(detail);
    case Ending::Refused:
      return forbidden("That address may not be reached from this server.").with_detail(host_);
    case Ending::TimedOut:
      return Error(ErrorCode::DeadlineExceeded, "M_UNKNOWN", "The other server did not answer in time.")
          .with_detail(detail);
    default:
      return unavailable("The other server cannot be reached.", detail);
  }
}

void Transfer::finish(CURLcode code) {
  if (code != CURLE_OK) {
    promise_.set(failure(code));
    return;
  }
  long status = 0;
  const char* url = nullptr;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(handle_.get(), CURLINFO_EFFECTIVE_URL, &url);
  response_.status = static_cast<int>(status);
  response_.url = url != nullptr ? url : "";
  promise_.set(std::move(response_));
}

void Transfer::cancel() {
  promise_.set(unavailable("The request to the other server was given up.", host_));
}

}  // namespace kuramori::net::detail
