// POST /rooms/{room}/receipt/{type}/{event} (client-server API, module receipts).
#include "api/client/own_data.hpp"
#include "api/client/paths.hpp"
#include "api/client/sync_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Error wrong_thread() {
  return invalid_argument("'thread_id' must be a string that is not empty.");
}

// Empty: the receipt belongs to no thread.
Result<std::string> read_thread(const json::Object& body) {
  const json::Value* value = json::find(body, "thread_id");
  if (value == nullptr) return std::string();
  if (!value->is_string() || value->get_string().empty()) return wrong_thread();
  return std::string(json::view(value->get_string()));
}

Task<Response> post_receipt(Call& call, Pipeline& pipeline, SyncServices& services) {
  const RoomId room(call.parameter(0));
  const std::string type = call.parameter(1);
  const EventId event(call.parameter(2));
  auto thread = read_thread(call.body);
  if (!thread) co_return failed(thread.error());
  const bool is_marker = type == "m.fully_read";
  if (!is_marker && type != "m.read" && type != "m.read.private") {
    co_return failed(invalid_argument("Receipts are m.read, m.read.private or m.fully_read."));
  }
  if (is_marker && !thread->empty()) {
    co_return failed(invalid_argument("m.fully_read does not belong to a thread."));
  }
  gate::Resource resource = resource_of_room(room, type);
  resource.event = event;
  const auto operation = is_marker ? gate::Operation::RoomReadMarker : gate::Operation::RoomReceipt;
  auto admitted = co_await pipeline.admit(call, operation, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  if (is_marker) {
    const auto set =
        co_await sync::set_fully_read(services.receipts, services.account_data, *std::move(admitted.permit),
                                      call.session->user, room, event);
    co_return set ? empty_ok() : failed(set.error());
  }
  const auto set = co_await services.receipts.set(*std::move(admitted.permit), call.session->user, room, type,
                                                  event, *std::move(thread));
  co_return set ? empty_ok() : failed(set.error());
}

}  // namespace

void add_receipt_routes(net::Router& router, Pipeline& pipeline, SyncServices& services) {
  pipeline.add(router, net::Method::Post, v3_paths("/rooms/{room}/receipt/{type}/{event}"),
               {.access = Access::User, .limit = "receipt", .takes_body = true, .body_optional = true},
               [&](Call& call) { return post_receipt(call, pipeline, services); });
}

}  // namespace kuramori::api::client
