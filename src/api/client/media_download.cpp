// Downloads, whole or in part, and thumbnails (client-server API, modules authed-content-repo and
// content-repo).
#include "api/client/byte_range.hpp"
#include "api/client/content_disposition.hpp"
#include "api/client/media_routes.hpp"
#include "base/bytes.hpp"
#include "base/text.hpp"
#include "gate/showing.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr std::int64_t kDefaultWaitMs = 20'000;
constexpr std::int64_t kLengthMax = 1'000'000;

class StreamOf final : public net::BodySource {
 public:
  StreamOf(std::shared_ptr<media::OpenFile> file, ByteRange range)
      : file_(std::move(file)), bytes_(range.end - range.first), range_(range) {}

  std::uint64_t bytes() const override { return bytes_; }
  Task<Result<ByteView>> next() override {
    auto part = co_await file_->read(range_.first, range_.end);
    if (part) range_.first += part->size();
    co_return part;
  }

 private:
  std::shared_ptr<media::OpenFile> file_;
  std::uint64_t bytes_;
  ByteRange range_;
};

// Client-server API, "Content repository", first paragraphs.
void add_protection(Response& response) {
  response.headers.emplace_back(
      "Content-Security-Policy",
      "sandbox; default-src 'none'; script-src 'none'; plugin-types application/pdf; "
      "style-src 'unsafe-inline'; object-src 'self';");
  response.headers.emplace_back("Cross-Origin-Resource-Policy", "cross-origin");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
}

Result<Milliseconds> wait_of(const net::Request& request) {
  const auto given = request.query_value("timeout_ms");
  if (!given) return Milliseconds(kDefaultWaitMs);
  const auto value = text::to_integer(*given);
  if (!value || *value < 0) return invalid_argument("'timeout_ms' is no number of milliseconds.");
  return Milliseconds(*value);
}

std::string part_of(const ByteRange& range, std::uint64_t bytes) {
  return "bytes " + std::to_string(range.first) + "-" + std::to_string(range.end - 1) + "/" +
         std::to_string(bytes);
}

// A file never changes under its name, so the name says which version it is.
Response give(const net::Request& request, std::shared_ptr<media::OpenFile> file, std::string_view name,
              const std::string& version) {
  const media::FileInfo& info = file->info();
  const std::string tag = "\"" + version + "\"";
  Response response;
  response.content_type = safe_content_type(info.content_type);
  add_protection(response);
  response.headers.emplace_back("Content-Disposition", content_disposition(info.content_type, name));
  response.headers.emplace_back("Accept-Ranges", "bytes");
  response.headers.emplace_back("ETag", tag);
  response.headers.emplace_back("Cache-Control", "private, max-age=86400, immutable");
  if (request.header("if-none-match") == tag) {
    response.status = 304;
    return response;
  }
  const std::string_view condition = request.header("if-range");
  RangeAnswer answer;
  if (condition.empty() || condition == tag) answer = read_range(request.header("range"), info.bytes);
  if (answer.wish == RangeWish::Unsatisfiable) {
    Response refusal = failed(invalid_argument("The file has no such range."));
    refusal.status = 416;
    refusal.headers.emplace_back("Content-Range", "bytes */" + std::to_string(info.bytes));
    return refusal;
  }
  ByteRange range{0, info.bytes};
  if (answer.wish == RangeWish::Part) {
    range = answer.range;
    response.status = 206;
    response.headers.emplace_back("Content-Range", part_of(range, info.bytes));
  }
  response.stream = std::make_shared<StreamOf>(std::move(file), range);
  return response;
}

Task<Response> get_file(Call& call, Pipeline& pipeline, MediaServices& services) {
  auto id = media::parse_media_id(call.parameter(0), call.parameter(1));
  if (!id) co_return failed(id.error());
  const auto wait = wait_of(call.request);
  if (!wait) co_return failed(wait.error());
  gate::Resource resource;
  resource.name = id->to_uri();
  auto admitted = co_await pipeline.admit(call, gate::Operation::MediaDownload, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto file = co_await services.library.open(*std::move(admitted.permit), *id, *wait);
  if (!file) co_return failed(file.error());
  if (services.delivered) services.delivered(call.subject, *id);
  const bool is_named = call.request.parameters.size() > 2;
  const std::string name = is_named ? call.parameter(2) : (*file)->info().name;
  co_return give(call.request, *std::move(file), name, id->id);
}

Result<std::uint32_t> length_of(const net::Request& request, std::string_view name) {
  const auto given = request.query_value(name);
  if (!given) return missing_argument(name);
  const auto value = text::to_integer(*given);
  if (!value || *value < 1 || *value > kLengthMax) {
    return invalid_argument("'" + std::string(name) + "' is no number of pixels.");
  }
  return static_cast<std::uint32_t>(*value);
}

// "scale" is how pictures are made smaller when nothing is said; a word that is neither is a mistake.
Result<media::ThumbnailWish> wish_of(const net::Request& request) {
  using Wish = media::ThumbnailWish;
  Wish wish;
  KURAMORI_TRY(width, length_of(request, "width"));
  KURAMORI_TRY(height, length_of(request, "height"));
  wish.width = width;
  wish.height = height;
  const std::string_view method = request.query_value("method").value_or("scale");
  if (method != "scale" && method != "crop") return invalid_argument("'method' is neither scale nor crop.");
  wish.method = method == "crop" ? Wish::Method::Crop : Wish::Method::Scale;
  const std::string_view animated = request.query_value("animated").value_or("false");
  if (animated != "true" && animated != "false")
    return invalid_argument("'animated' is neither true nor false.");
  wish.movement = animated == "true" ? Wish::Movement::Keep : Wish::Movement::Still;
  return media::made_size(wish);
}

// Made anew for each who looks, and kept nowhere.
Task<Response> give_marked(Call& call, MediaServices& services, std::shared_ptr<media::OpenFile> file) {
  constexpr std::uint64_t kBytesMax = std::uint64_t{32} << 20;
  if (services.viewer == nullptr)
    co_return failed(unavailable("The picture cannot be watermarked; ask an administrator.", "no viewer"));
  const std::uint64_t end = file->info().bytes;
  if (end > kBytesMax)
    co_return failed(Error(ErrorCode::TooLarge, "M_TOO_LARGE", "The picture is too large."));
  Bytes picture;
  while (picture.size() < end) {
    auto reading = file->read(picture.size(), end);
    const auto part = co_await std::move(reading);
    if (!part) co_return failed(part.error());
    picture.insert(picture.end(), part->begin(), part->end());
  }
  auto marking = services.viewer->mark(call.subject.user, std::move(picture));
  const auto marked = co_await std::move(marking);
  if (!marked) co_return failed(marked.error());
  Response response;
  response.content_type = "image/png";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("Content-Disposition", "inline; filename=\"thumbnail.png\"");
  add_protection(response);
  response.body = std::string(as_text(*marked));
  co_return response;
}

Task<Response> get_thumbnail(Call& call, Pipeline& pipeline, MediaServices& services) {
  auto id = media::parse_media_id(call.parameter(0), call.parameter(1));
  if (!id) co_return failed(id.error());
  const auto wait = wait_of(call.request);
  if (!wait) co_return failed(wait.error());
  const auto wish = wish_of(call.request);
  if (!wish) co_return failed(wish.error());
  gate::Resource resource;
  resource.name = id->to_uri();
  auto admitted = co_await pipeline.admit(call, gate::Operation::MediaDownload, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const bool wants_mark = gate::asks_watermark(admitted.permit->obligations());
  auto file = co_await services.library.thumbnail(*std::move(admitted.permit), *id, *wish, *wait);
  if (!file) co_return failed(file.error());
  if (services.delivered) services.delivered(call.subject, *id);
  if (wants_mark) {
    auto marking = give_marked(call, services, *std::move(file));
    auto marked = co_await std::move(marking);
    co_return marked;
  }
  const std::string name = (*file)->info().name;
  co_return give(call.request, *std::move(file), name, id->id + "-" + media::variant_name(*wish));
}

Response frozen() {
  return failed(not_found("There is no such file here; files are given out to people who are logged in."));
}

Task<Response> get_thumbnail_without_login(Call& call, Pipeline& pipeline, MediaServices& services) {
  if (services.options.old_downloads == OldDownloads::Frozen) co_return frozen();
  co_return co_await get_thumbnail(call, pipeline, services);
}

// The endpoints without authentication (deprecated in 1.11): everything here was uploaded after the freeze.
Task<Response> get_file_without_login(Call& call, Pipeline& pipeline, MediaServices& services) {
  if (services.options.old_downloads == OldDownloads::Frozen) co_return frozen();
  co_return co_await get_file(call, pipeline, services);
}

Response limits(const MediaServices& services) {
  json::Object body;
  body["m.upload.size"] = static_cast<std::int64_t>(services.library.options().upload_bytes_max);
  return ok(body);
}

Task<Response> get_config(MediaServices& services) {
  co_return limits(services);
}

}  // namespace

void add_media_download_routes(net::Router& router, Pipeline& pipeline, MediaServices& services) {
  const EndpointOptions parked{.access = Access::User, .limit = "media_download", .may_park = true};
  pipeline.add(router, net::Method::Get,
               {"/_matrix/client/v1/media/download/{server}/{id}",
                "/_matrix/client/unstable/org.matrix.msc3916/media/download/{server}/{id}"},
               parked, [&](Call& call) { return get_file(call, pipeline, services); });
  pipeline.add(router, net::Method::Get,
               {"/_matrix/client/v1/media/download/{server}/{id}/{name}",
                "/_matrix/client/unstable/org.matrix.msc3916/media/download/{server}/{id}/{name}"},
               parked, [&](Call& call) { return get_file(call, pipeline, services); });
  pipeline.add(router, net::Method::Get,
               {"/_matrix/client/v1/media/thumbnail/{server}/{id}",
                "/_matrix/client/unstable/org.matrix.msc3916/media/thumbnail/{server}/{id}"},
               parked, [&](Call& call) { return get_thumbnail(call, pipeline, services); });
  const EndpointOptions open{.access = Access::Public, .limit = "media_download", .may_park = true};
  pipeline.add(router, net::Method::Get,
               {"/_matrix/media/v3/download/{server}/{id}", "/_matrix/media/r0/download/{server}/{id}"}, open,
               [&](Call& call) { return get_file_without_login(call, pipeline, services); });
  pipeline.add(router, net::Method::Get,
               {"/_matrix/media/v3/thumbnail/{server}/{id}", "/_matrix/media/r0/thumbnail/{server}/{id}"},
               open, [&](Call& call) { return get_thumbnail_without_login(call, pipeline, services); });
  pipeline.add(
      router, net::Method::Get,
      {"/_matrix/media/v3/download/{server}/{id}/{name}", "/_matrix/media/r0/download/{server}/{id}/{name}"},
      open, [&](Call& call) { return get_file_without_login(call, pipeline, services); });
  pipeline.add(router, net::Method::Get,
               {"/_matrix/client/v1/media/config", "/_matrix/media/v3/config", "/_matrix/media/r0/config",
                "/_matrix/client/unstable/org.matrix.msc3916/media/config"},
               {.access = Access::User, .limit = "media_download"},
               [&](Call&) { return get_config(services); });
}

void add_media_routes(net::Router& router, Pipeline& pipeline, MediaServices& services) {
  add_media_upload_routes(router, pipeline, services);
  add_media_download_routes(router, pipeline, services);
  add_media_preview_routes(router, pipeline, services);
}

}  // namespace kuramori::api::client
