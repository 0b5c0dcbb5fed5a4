#include "storage/blobs_s3/connections.hpp"

#include <curl/curl.h>

#include <algorithm>

#include "base/assert.hpp"
#include "base/text.hpp"

namespace kuramori::storage::blobs_s3 {
namespace {

constexpr std::size_t kIdleMax = 32;
constexpr std::size_t kBodyBytesMax = 1'048'576;
constexpr long kStallBytesPerSecond = 1'024;
constexpr long kFirstFailure = 300;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct Exchange {
  CURL* handle;
  const PlainRequest& request;
  PlainResponse response = {};
  std::size_t sent = 0;
};

std::size_t receive(char* from, std::size_t size, std::size_t count, void* to) {
  auto& exchange = *static_cast<Exchange*>(to);
  const std::size_t bytes = size * count;
  PlainResponse& response = exchange.response;
  long status = 0;
  curl_easy_getinfo(exchange.handle, CURLINFO_RESPONSE_CODE, &status);
  if (status < kFirstFailure && !exchange.request.into.empty()) {
    const auto room = exchange.request.into.subspan(response.into_bytes);
    if (bytes > room.size()) return 0;
    std::copy_n(reinterpret_cast<const std::uint8_t*>(from), bytes, room.begin());
    response.into_bytes += bytes;
    return bytes;
  }
  if (response.body.size() + bytes > kBodyBytesMax) return 0;
  response.body.append(from, bytes);
  return bytes;
}

std::size_t give(char* to, std::size_t size, std::size_t count, void* from) {
  auto& exchange = *static_cast<Exchange*>(from);
  const ByteView rest = exchange.request.body.subspan(exchange.sent);
  const std::size_t bytes = std::min(size * count, rest.size());
  std::copy_n(rest.begin(), bytes, reinterpret_cast<std::uint8_t*>(to));
  exchange.sent += bytes;
  return bytes;
}

// A kept connection may turn out to be closed: libcurl then sends the body again from its start.
int rewind(void* from, curl_off_t offset, int origin) {
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Exchange*>(from)->sent = static_cast<std::size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

std::size_t header(char* from, std::size_t size, std::size_t count, void* to) {
  auto& exchange = *static_cast<Exchange*>(to);
  const std::string_view line(from, size * count);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  const std::string name = text::to_lower_ascii(line.substr(0, colon));
  const std::string_view value = text::trim(line.substr(colon + 1));
  if (name == "etag") exchange.response.entity_tag = std::string(value);
  if (name == "content-length") {
    exchange.response.content_length = static_cast<std::uint64_t>(text::to_integer(value).value_or(0));
  }
  return line.size();
}

void set_method(CURL* curl, Exchange& exchange) {
  const PlainRequest& request = exchange.request;
  if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (request.method == "PUT" || request.method == "POST") {
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(curl, CURLOPT_READDATA, &exchange);
    curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, rewind);
    curl_easy_setopt(curl, CURLOPT_SEEKDATA, &exchange);
    curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 262'144L);
  } else if (request.method != "GET") {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

void set_limits(CURL* curl, const ConnectionOptions& options) {
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kStallBytesPerSecond);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(options.stall_timeout);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(seconds.count()));
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, options.verify_tls ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, options.verify_tls ? 2L : 0L);
  if (!options.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options.ca_file.c_str());
}

}  // namespace

void Connections::CloseHandle::operator()(void* handle) const {
  curl_easy_cleanup(handle);
}

Connections::Connections(ConnectionOptions options) : options_(std::move(options)) {
  static std::once_flag once;
  std::call_once(
      once, [] { ensure(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl can be initialised"); });
}

Connections::~Connections() = default;

Connections::Handle Connections::take() {
  {
    const std::scoped_lock lock(mutex_);
    if (!idle_.empty()) {
      Handle handle = std::move(idle_.back());
      idle_.pop_back();
      return handle;
    }
  }
  Handle handle(curl_easy_init());
  ensure(handle != nullptr, "libcurl makes a handle");
  return handle;
}

void Connections::give_back(Handle handle) {
  curl_easy_reset(handle.get());  // connections stay open
  const std::scoped_lock lock(mutex_);
  if (idle_.size() < kIdleMax) idle_.push_back(std::move(handle));
}

Result<PlainResponse> Connections::perform(const PlainRequest& request) {
  Handle handle = take();
  CURL* curl = handle.get();
  Exchange exchange{.handle = curl, .request = request};
  std::unique_ptr<curl_slist, FreeList> headers(curl_slist_append(nullptr, "Expect:"));
  for (const std::string& line : request.headers) curl_slist_append(headers.get(), line.c_str());
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
  set_limits(curl, options_);
  // A store may take minutes to put the parts of a large file together.
  if (request.method == "POST") curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 0L);
  set_method(curl, exchange);
  const CURLcode done = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &exchange.response.status);
  give_back(std::move(handle));
  if (done != CURLE_OK)
    return unavailable("The server's store of files cannot be reached.", curl_easy_strerror(done));
  return std::move(exchange.response);
}

}  // namespace kuramori::storage::blobs_s3
