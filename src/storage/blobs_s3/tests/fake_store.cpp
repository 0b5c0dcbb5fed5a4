#include "storage/blobs_s3/tests/fake_store.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "storage/blobs_s3/answers.hpp"

namespace kuramori::storage::blobs_s3 {
namespace {

constexpr std::size_t kPage = 10;

void send_all(int socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

}  // namespace

struct FakeStore::Request {
  std::string method;
  std::string path;
  Pairs query;
  std::map<std::string, std::string> headers;
  std::string body;

  std::optional<std::string> parameter(std::string_view name) const {
    for (const auto& [key, value] : query) {
      if (key == name) return value;
    }
    return std::nullopt;
  }
  std::string header(const std::string& name) const {
    const auto at = headers.find(name);
    return at == headers.end() ? "" : at->second;
  }
};

struct FakeStore::Answer {
  int status = 200;
  std::string body = {};
  std::string headers = {};
  std::size_t length = std::string::npos;  // of a HEAD
};

FakeStore::FakeStore() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("no socket for the test");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept(); });
}

FakeStore::~FakeStore() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::scoped_lock lock(mutex_);
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
}

void FakeStore::accept() {
  for (;;) {
    const int socket = ::accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    const std::scoped_lock lock(mutex_);
    sockets_.insert(socket);
    threads_.emplace_back([this, socket] {
      serve(socket);
      const std::scoped_lock inner(mutex_);
      sockets_.erase(socket);
      ::close(socket);
    });
  }
}

void FakeStore::serve(int socket) {
  std::string buffer;
  std::string chunk(65'536, '\0');
  const auto more = [&] {
    const ssize_t got = ::recv(socket, chunk.data(), chunk.size(), 0);
    if (got <= 0) return false;
    buffer.append(chunk, 0, static_cast<std::size_t>(got));
    return true;
  };
  for (;;) {
    std::size_t end = 0;
    while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) return;
    }
    Request request;
    const auto lines = text::split(std::string_view(buffer).substr(0, end), '\n');
    const auto words = text::split(text::trim(lines.front()), ' ');
    request.method = std::string(words[0]);
    const std::string target(words[1]);
    const auto parts = text::split(target, '?');
    request.path = std::string(parts[0]);
    if (parts.size() > 1) {
      for (const auto pair : text::split(parts[1], '&')) {
        const auto sides = text::split(pair, '=');
        request.query.emplace_back(*text::percent_decode(sides[0]),
                                   sides.size() > 1 ? *text::percent_decode(sides[1]) : "");
      }
    }
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const std::size_t colon = lines[i].find(':');
      request.headers[text::to_lower_ascii(lines[i].substr(0, colon))] =
          std::string(text::trim(lines[i].substr(colon + 1)));
    }
    const auto length =
        static_cast<std::size_t>(text::to_integer(request.header("content-length")).value_or(0));
    while (buffer.size() < end + 4 + length) {
      if (!more()) return;
    }
    request.body = buffer.substr(end + 4, length);
    buffer.erase(0, end + 4 + length);
    ++requests_;

    std::optional<Failure> failure;
    {
      const std::scoped_lock lock(mutex_);
      if (failures_ > 0 && (request.method + " " + target).contains(failing_part_)) {
        --failures_;
        failure = failure_;
      }
    }
    if (failure == Failure::Silent) return;
    if (failure == Failure::Busy) {
      send_all(socket, "HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n");
      continue;
    }
    const Answer reply =
        is_signed(request)
            ? answer(request)
            : Answer{.status = 403, .body = "<Error><Code>SignatureDoesNotMatch</Code></Error>"};
    if (failure == Failure::LostAnswer) return;
    const std::size_t announced = reply.length != std::string::npos ? reply.length : reply.body.size();
    std::string out = "HTTP/1.1 " + std::to_string(reply.status) + " x\r\n" + reply.headers +
                      "Content-Length: " + std::to_string(announced) + "\r\n\r\n" + reply.body;
    if (failure == Failure::CutAnswer) {
      send_all(socket, std::string_view(out).substr(0, out.size() - reply.body.size() / 2 - 1));
      return;
    }
    send_all(socket, out);
  }
}

bool FakeStore::is_signed(const Request& request) const {
  const std::string given = request.header("authorization");
  const std::size_t begin = given.find("SignedHeaders=");
  const std::size_t end = given.find(", Signature=");
  if (begin == std::string::npos || end == std::string::npos) return false;
  SignedRequest expected{.method = request.method,
                         .host = request.header("host"),
                         .path = request.path,
                         .query = request.query,
                         .payload_sha256 = request.header("x-amz-content-sha256")};
  for (const auto name : text::split(std::string_view(given).substr(begin + 14, end - begin - 14), ';')) {
    if (name != "host") expected.headers.emplace_back(name, request.header(std::string(name)));
  }
  const std::string date = request.header("x-amz-date");
  std::tm parts{};
  if (::strptime(date.c_str(), "%Y%m%dT%H%M%SZ", &parts) == nullptr) return false;
  const Timestamp when = from_unix_ms(::timegm(&parts) * std::int64_t{1000});
  return text::to_hex(crypto::sha256(request.body)) == expected.payload_sha256 &&
         authorization(expected, credentials, when) == given;
}

FakeStore::Answer FakeStore::answer(const Request& request) {
  const std::scoped_lock lock(mutex_);
  const std::string base = "/" + std::string(kBucket);
  if (request.path == base) {
    if (request.method == "GET") return list(request);
    return {.status = 405};
  }
  if (!request.path.starts_with(base + "/")) {
    return {.status = 404, .body = "<Error><Code>NoSuchBucket</Code></Error>"};
  }
  return answer_object(request, *text::percent_decode(request.path.substr(base.size() + 1)));
}

FakeStore::Answer FakeStore::answer_object(const Request& request, const std::string& key) {
  const auto upload = request.parameter("uploadId");
  if (upload && !uploads_.contains(*upload)) {
    return {.status = 404, .body = "<Error><Code>NoSuchUpload</Code></Error>"};
  }
  if (request.method == "POST" && request.parameter("uploads")) {
    const std::string id = "upload&" + std::to_string(++last_upload_);
    uploads_[id] = {.key = key, .parts = {}};
    return {.body = "<InitiateMultipartUploadResult><UploadId>upload&amp;" + std::to_string(last_upload_) +
                    "</UploadId></InitiateMultipartUploadResult>"};
  }
  if (request.method == "POST" && upload) return complete(request, key);
  if (request.method == "PUT") {
    std::string& place =
        upload ? uploads_[*upload].parts[std::stoi(*request.parameter("partNumber"))] : objects_[key];
    place = request.body;
    return {.headers = "ETag: \"" + text::to_hex(crypto::sha256(request.body)) + "\"\r\n"};
  }
  if (request.method == "DELETE") {
    if (upload) {
      uploads_.erase(*upload);
    } else {
      objects_.erase(key);
    }
    return {.status = 204};
  }
  const auto object = objects_.find(key);
  if (object == objects_.end()) {
    if (request.method == "HEAD") return {.status = 404, .length = 0};
    return {.status = 404, .body = "<Error><Code>NoSuchKey</Code></Error>"};
  }
  if (request.method == "HEAD") return {.length = object->second.size()};
  const std::string range = request.header("range");
  const auto bounds = text::split(std::string_view(range).substr(6), '-');
  const auto first = static_cast<std::size_t>(*text::to_integer(bounds[0]));
  const auto last = static_cast<std::size_t>(*text::to_integer(bounds[1]));
  if (first >= object->second.size()) return {.status = 416};
  return {.status = 206, .body = object->second.substr(first, last - first + 1)};
}

FakeStore::Answer FakeStore::complete(const Request& request, const std::string& key) {
  const Upload& upload = uploads_[*request.parameter("uploadId")];
  std::string whole;
  for (const std::string_view part : elements(request.body, "Part")) {
    const auto at = upload.parts.find(std::stoi(*element(part, "PartNumber")));
    if (at == upload.parts.end() ||
        element(part, "ETag") != "\"" + text::to_hex(crypto::sha256(at->second)) + "\"") {
      return {.body = "<Error><Code>InvalidPart</Code></Error>"};  // as S3 does: with 200
    }
    whole += at->second;
  }
  objects_[key] = std::move(whole);
  uploads_.erase(*request.parameter("uploadId"));
  return {.body =
              "<?xml version=\"1.0\"?><CompleteMultipartUploadResult "
              "xmlns=\"x\"><Key>k</Key></CompleteMultipartUploadResult>"};
}

FakeStore::Answer FakeStore::list(const Request& request) {
  const std::string prefix = request.parameter("prefix").value_or("");
  std::string body;
  if (request.parameter("uploads")) {
    for (const auto& [id, upload] : uploads_) {
      body += "<Upload><Key>" + upload.key + "</Key><UploadId>upload&#38;" + id.substr(7) +
              "</UploadId></Upload>";
    }
    return {.body = "<ListMultipartUploadsResult>" + body + "</ListMultipartUploadsResult>"};
  }
  const std::string after = request.parameter("continuation-token").value_or("");
  std::size_t count = 0;
  std::string last;
  for (auto object = objects_.upper_bound(after); object != objects_.end(); ++object) {
    if (!object->first.starts_with(prefix)) continue;
    if (++count > kPage) break;
    last = object->first;
    body += "<Contents><Key>" + last + "</Key><Size>1</Size></Contents>";
  }
  const bool has_more = count > kPage;
  body += has_more
              ? "<IsTruncated>true</IsTruncated><NextContinuationToken>" + last + "</NextContinuationToken>"
              : "<IsTruncated>false</IsTruncated>";
  return {.body = "<ListBucketResult>" + body + "</ListBucketResult>"};
}

std::size_t FakeStore::uploads() {
  const std::scoped_lock lock(mutex_);
  return uploads_.size();
}
bool FakeStore::has(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  return objects_.contains(key);
}
void FakeStore::put(const std::string& key, std::string content) {
  const std::scoped_lock lock(mutex_);
  objects_[key] = std::move(content);
}
void FakeStore::begin_upload(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  uploads_["upload&" + std::to_string(++last_upload_)] = {.key = key, .parts = {}};
}
void FakeStore::fail(Failure failure, std::size_t count, std::string part) {
  const std::scoped_lock lock(mutex_);
  failure_ = failure;
  failures_ = count;
  failing_part_ = std::move(part);
}

}  // namespace kuramori::storage::blobs_s3
