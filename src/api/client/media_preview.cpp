// GET /media/preview_url (client-server API, module content-repo): what a link shows before it is followed.
#include "api/client/media_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Error not_offered() {
  return Error(ErrorCode::Unsupported, "M_UNRECOGNIZED", "This server makes no previews of links.");
}

Task<Response> get_preview(Call& call, Pipeline& pipeline, MediaServices& services) {
  if (services.previews == nullptr) co_return failed(not_offered());
  const auto url = call.request.query_value("url");
  if (!url) co_return failed(missing_argument("url"));
  // Rules about links speak of what is sent; they are asked about what is fetched as well.
  json::Object content;
  content.emplace("url", *url);
  gate::Resource resource;
  resource.name = "link";
  auto admitted = co_await pipeline.admit(call, gate::Operation::MediaPreview, std::move(resource), &content);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto preview = co_await services.previews->of(*std::move(admitted.permit), std::string(*url));
  if (!preview) co_return failed(preview.error());
  co_return ok(**preview);
}

}  // namespace

void add_media_preview_routes(net::Router& router, Pipeline& pipeline, MediaServices& services) {
  pipeline.add(router, net::Method::Get,
               {"/_matrix/client/v1/media/preview_url", "/_matrix/media/v3/preview_url",
                "/_matrix/media/r0/preview_url"},
               {.access = Access::User, .limit = "preview", .may_park = true},
               [&](Call& call) { return get_preview(call, pipeline, services); });
}

}  // namespace kuramori::api::client
