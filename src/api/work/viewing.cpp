// GET /media/{server}/{media}/view: what there is to see. GET …/view/pages/{page}: one page, for who asks.
// POST …/view/ticket: an address for a browser.
#include "api/access/shown_page.hpp"
#include "api/resource/parameters.hpp"
#include "api/resource/problem.hpp"
#include "api/resource/responses.hpp"
#include "api/work/viewing_routes.hpp"
#include "base/text.hpp"
#include "gate/showing.hpp"
#include "governance/compiled_policy.hpp"

namespace kuramori::api::work {

using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

constexpr std::int64_t kWidthDefault = 1'000;
constexpr std::int64_t kWidthMax = 10'000;  // what is drawn is bounded where it is drawn
constexpr std::int64_t kPageMax = 1'000'000;

// What the gate permits to who is tied to the file.
struct SeenFile {
  gate::Permit permit;
  media::MediaId id;
  viewing::Viewer::Sight sight;
};
struct Looking {
  std::optional<SeenFile> file = {};
  std::optional<Response> denied = {};
};

Task<Looking> look_at(Call& call, Pipeline& pipeline, ViewingServices& services) {
  Looking looking;
  auto id = media::parse_media_id(call.parameter(0), call.parameter(1));
  if (!id) {
    looking.denied = resource::failed(id.error(), call.request);
    co_return looking;
  }
  gate::Resource about;
  about.name = id->to_uri();
  auto admitting = pipeline.admit(call, gate::Operation::MediaView, std::move(about));
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) {
    looking.denied = *std::move(admitted.denied);
    co_return looking;
  }
  auto asking = services.viewer->sight_of(call.subject, *id);
  const auto sight = co_await std::move(asking);
  if (!sight) {
    looking.denied = resource::failed(sight.error(), call.request);
    co_return looking;
  }
  looking.file.emplace(SeenFile{*std::move(admitted.permit), *std::move(id), *sight});
  co_return looking;
}

// The rule that keeps the file from being downloaded; empty when none does.
std::string rule_of_downloads(gate::Gate& gate, const gate::Subject& subject, const std::string& uri,
                              std::string_view label, Timestamp now) {
  const auto policy = gate.policy();
  governance::FileFacts file;
  file.label = label;
  const governance::Question question{.operation = gate::to_string(gate::Operation::MediaDownload),
                                      .subject = {.user = subject.user.view(),
                                                  .role = gate::to_string(subject.role),
                                                  .address = subject.address},
                                      .resource = {.name = uri},
                                      .file = &file,
                                      .time = now};
  auto decision = policy->evaluate(question);
  if (!decision) return {};
  gate::keep_what_is_shown(*policy, *decision);
  return decision->effect == governance::Effect::Refuse ? decision->rule : std::string();
}

Task<Response> get_view(Call& call, Pipeline& pipeline, ViewingServices& services) {
  auto looking = look_at(call, pipeline, services);
  auto seen = co_await std::move(looking);
  if (seen.denied) co_return *std::move(seen.denied);
  const std::string uri = seen.file->id.to_uri();
  const std::string label(services.labels->label_of_file(uri));
  const std::string rule =
      rule_of_downloads(pipeline.gate(), call.subject, uri, label, pipeline.clock().now());
  auto outlining = services.viewer->outline(std::move(seen.file->permit), seen.file->id, seen.file->sight);
  const auto outline = co_await std::move(outlining);
  if (!outline) co_return resource::failed(outline.error(), call.request);
  json::Object body{{"kind", sandbox::to_string(outline->kind)},
                    {"pages", outline->pages},
                    {"complete", !outline->is_cut},
                    {"held", seen.file->sight == viewing::Viewer::Sight::HeldToo},
                    {"ticket_seconds",
                     std::chrono::duration_cast<std::chrono::seconds>(viewing::Tickets::kLifetime).count()}};
  if (!label.empty()) body["label"] = label;
  if (!rule.empty()) body["rule"] = rule;
  Response response = resource::ok(body);
  response.headers.emplace_back("Cache-Control", "no-store");
  co_return response;
}

Task<Response> get_shown_page(Call& call, Pipeline& pipeline, ViewingServices& services) {
  const auto number = text::to_integer(call.parameter(2));
  if (!number || *number < 1 || *number > kPageMax)
    co_return resource::failed(not_found("The file has no such page."), call.request);
  const auto width = resource::integer_parameter(call.request, "width");
  if (!width) co_return resource::failed(width.error(), call.request);
  const std::int64_t pixels = width->value_or(kWidthDefault);
  if (pixels < 1 || pixels > kWidthMax)
    co_return resource::failed(invalid_argument("'width' must be a number of pixels, 1 to 10000."),
                               call.request);
  auto looking = look_at(call, pipeline, services);
  auto seen = co_await std::move(looking);
  if (seen.denied) co_return *std::move(seen.denied);
  const viewing::Viewer::Wish wish{.sight = seen.file->sight,
                                   .number = static_cast<std::uint32_t>(*number),
                                   .width = static_cast<std::uint32_t>(pixels)};
  auto showing = services.viewer->page(std::move(seen.file->permit), seen.file->id, wish);
  const auto page = co_await std::move(showing);
  if (!page) co_return resource::failed(page.error(), call.request);
  co_return shown_page(*page);
}

Task<Response> post_ticket(Call& call, Pipeline& pipeline, ViewingServices& services) {
  auto looking = look_at(call, pipeline, services);
  auto seen = co_await std::move(looking);
  if (seen.denied) co_return *std::move(seen.denied);
  const std::string ticket = services.tickets->issue({.user = call.subject.user,
                                                      .device = call.subject.device,
                                                      .session = call.subject.session,
                                                      .file = seen.file->id});
  auto recording = pipeline.record(call, std::move(seen.file->permit), seen.file->id.to_uri() + " ticket");
  auto denied = co_await std::move(recording);
  if (denied) co_return *std::move(denied);
  const Timestamp until = pipeline.clock().now() + viewing::Tickets::kLifetime;
  json::Object body{{"url", services.base_url + "/_kuramori/v1/view/" + ticket},
                    {"expires_ms", to_unix_ms(until)}};
  Response response = resource::ok(body);
  response.headers.emplace_back("Cache-Control", "no-store");
  co_return response;
}

}  // namespace

void add_viewing_routes(net::Router& router, Pipeline& pipeline, ViewingServices& services) {
  const std::string view = "/_kuramori/v1/media/{server}/{media}/view";
  pipeline.add(router, net::Method::Get, view, {.limit = "media_view"},
               [&](Call& call) { return get_view(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, view + "/pages/{page}", {.limit = "media_view"},
               [&](Call& call) { return get_shown_page(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, view + "/ticket", {.limit = "media_view"},
               [&](Call& call) { return post_ticket(call, pipeline, services); });
}

}  // namespace kuramori::api::work
