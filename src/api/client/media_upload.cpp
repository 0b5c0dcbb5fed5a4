// Uploads, at once or announced (client-server API, module content-repo).
#include <algorithm>

#include "api/client/content_disposition.hpp"
#include "api/client/media_routes.hpp"
#include "base/text.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr std::size_t kNameBytesMax = 1'024;

// The body of a request, however it arrives.
class BodyOf final : public media::ByteSource {
 public:
  explicit BodyOf(const net::Request& request)
      : reader_(request.body_reader), rest_(as_bytes(request.body)) {}

  Task<Result<std::size_t>> read(std::span<std::uint8_t> into) override {
    if (reader_ != nullptr) return reader_->read(into);
    return read_held(into);
  }
  std::optional<std::uint64_t> declared_bytes() const {
    return reader_ != nullptr ? reader_->declared_bytes() : rest_.size();
  }

 private:
  Task<Result<std::size_t>> read_held(std::span<std::uint8_t> into) {
    const std::size_t count = std::min(into.size(), rest_.size());
    std::ranges::copy(rest_.first(count), into.begin());
    rest_ = rest_.subspan(count);
    co_return count;
  }
  net::BodyReader* reader_;
  ByteView rest_;
};

struct Description {
  std::string content_type;
  std::string name;

  // For the rules of a policy about content.
  json::Object to_content() const {
    json::Object content;
    content["content_type"] = content_type;
    if (!name.empty()) content["filename"] = name;
    return content;
  }
};

Description description_of(const net::Request& request) {
  std::string name(request.query_value("filename").value_or("").substr(0, kNameBytesMax));
  while (!name.empty() && !text::is_valid_utf8(name)) name.pop_back();
  return {safe_content_type(request.header("content-type")), std::move(name)};
}

// A mask may have taken something out of the name.
void apply_mask(Description& description, const gate::Permit& permit) {
  if (!permit.amended_content()) return;
  description.name = std::string(json::string_or(*permit.amended_content(), "filename", ""));
}

Response uri_of(const media::MediaId& id) {
  json::Object body;
  body["content_uri"] = id.to_uri();
  return ok(body);
}

Task<Response> post_upload(Call& call, Pipeline& pipeline, MediaServices& services) {
  Description description = description_of(call.request);
  const json::Object content = description.to_content();
  auto admitted = co_await pipeline.admit(call, gate::Operation::MediaUpload, {}, &content);
  if (admitted.denied) co_return *std::move(admitted.denied);
  apply_mask(description, *admitted.permit);
  BodyOf body(call.request);
  media::UploadedFile file{body, body.declared_bytes(), std::move(description.content_type),
                           std::move(description.name)};
  auto id = co_await services.library.upload(*std::move(admitted.permit), std::move(file));
  if (!id) co_return failed(id.error());
  co_return uri_of(*id);
}

Task<Response> post_create(Call& call, Pipeline& pipeline, MediaServices& services) {
  auto admitted = co_await pipeline.admit(call, gate::Operation::MediaUpload, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto reservation = co_await services.library.reserve(*std::move(admitted.permit));
  if (!reservation) co_return failed(reservation.error());
  json::Object body;
  body["content_uri"] = reservation->id.to_uri();
  body["unused_expires_at"] = to_unix_ms(reservation->unused_expires);
  co_return ok(body);
}

Task<Response> put_upload(Call& call, Pipeline& pipeline, MediaServices& services) {
  auto id = media::parse_media_id(call.parameter(0), call.parameter(1));
  if (!id) co_return failed(id.error());
  Description description = description_of(call.request);
  const json::Object content = description.to_content();
  auto admitted = co_await pipeline.admit(call, gate::Operation::MediaUpload, {}, &content);
  if (admitted.denied) co_return *std::move(admitted.denied);
  apply_mask(description, *admitted.permit);
  BodyOf body(call.request);
  media::UploadedFile file{body, body.declared_bytes(), std::move(description.content_type),
                           std::move(description.name)};
  auto filled = co_await services.library.fill(*std::move(admitted.permit), *std::move(id), std::move(file));
  if (!filled) co_return failed(filled.error());
  co_return empty_ok();
}

}  // namespace

void add_media_upload_routes(net::Router& router, Pipeline& pipeline, MediaServices& services) {
  const EndpointOptions streamed{.access = Access::User,
                                 .limit = "media_upload",
                                 .body_bytes_max = services.library.options().upload_bytes_max,
                                 .streams_body = true};
  pipeline.add(router, net::Method::Post, {"/_matrix/media/v3/upload", "/_matrix/media/r0/upload"}, streamed,
               [&](Call& call) { return post_upload(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, {"/_matrix/media/v1/create"},
               {.access = Access::User, .limit = "media_upload"},
               [&](Call& call) { return post_create(call, pipeline, services); });
  pipeline.add(router, net::Method::Put, {"/_matrix/media/v3/upload/{server}/{id}"}, streamed,
               [&](Call& call) { return put_upload(call, pipeline, services); });
}

}  // namespace kuramori::api::client
