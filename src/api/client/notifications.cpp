// GET /notifications (client-server API, module push, "Listing Notifications").
#include "api/client/own_data.hpp"
#include "api/client/paths.hpp"
#include "api/client/push_routes.hpp"
#include "base/text.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Result<push::NotificationsRequest> parse_request(const net::Request& request) {
  push::NotificationsRequest parsed;
  if (const auto from = request.query_value("from")) {
    const auto position = text::to_integer(*from);
    if (!position || *position < 1)
      return invalid_argument("'from' is not a token that this server gave out.");
    parsed.below = StreamPosition{*position};
  }
  if (const auto limit = request.query_value("limit")) {
    const auto number = text::to_integer(*limit);
    if (!number || *number < 1) return invalid_argument("'limit' must be a positive number.");
    parsed.limit = static_cast<std::size_t>(*number);
  }
  // What else `only` may say is for servers that know it.
  parsed.only_highlights = request.query_value("only").value_or("") == "highlight";
  return parsed;
}

Task<Response> get_notifications(Call& call, Pipeline& pipeline, PushServices& services) {
  const auto request = parse_request(call.request);
  if (!request) co_return failed(request.error());
  auto admitted = co_await pipeline.admit(call, gate::Operation::NotificationsRead, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto page = co_await services.notifications.list(*admitted.permit, *request);
  if (!page) co_return failed(page.error());
  std::string body = "{\"notifications\":" + page->notifications;
  if (page->next) body += ",\"next_token\":\"" + std::to_string(page->next->value) + "\"";
  co_return ok_text(body + "}");
}

}  // namespace

void add_notification_routes(net::Router& router, Pipeline& pipeline, PushServices& services) {
  pipeline.add(router, net::Method::Get, v3_paths("/notifications"),
               {.access = Access::UserNoGuests, .limit = "search"},
               [&](Call& call) { return get_notifications(call, pipeline, services); });
}

}  // namespace kuramori::api::client
