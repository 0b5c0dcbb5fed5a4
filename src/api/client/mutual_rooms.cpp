// GET /mutual_rooms (client-server API, module mutual_rooms; MSC2666 as clients use it).
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"
#include "base/text.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr std::size_t kPage = 100;

struct Question {
  UserId user;
  std::size_t offset = 0;
};

Result<Question> read_question(const Call& call) {
  const auto text = call.request.query_value("user_id");
  if (!text) return missing_argument("user_id");
  KURAMORI_TRY(user, matrix::parse_user_id(*text));
  if (user == call.session->user) return invalid_argument("'user_id' must be somebody else's.");
  Question question{.user = std::move(user)};
  if (const auto from = call.request.query_value("from")) {
    const auto offset = text::to_integer(*from);
    if (!offset || *offset < 0) return invalid_argument("'from' is not a pagination token.");
    question.offset = static_cast<std::size_t>(*offset);
  }
  return question;
}

Task<Response> get_mutual_rooms(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const auto question = read_question(call);
  if (!question) co_return failed(question.error());
  gate::Resource resource;
  resource.user = question->user;
  auto admitted = co_await pipeline.admit(call, gate::Operation::UserDirectoryRead, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto both = co_await services.spaces.mutual(*admitted.permit, question->user);
  if (!both) co_return failed(both.error());
  json::Array joined;
  const std::size_t begin = std::min(question->offset, both->size());
  const std::size_t end = begin + std::min(kPage, both->size() - begin);
  for (std::size_t i = begin; i < end; ++i) joined.emplace_back((*both)[i].view());
  json::Object body;
  body.emplace("joined", std::move(joined));
  body.emplace("count", static_cast<std::int64_t>(both->size()));
  if (end < both->size()) body.emplace("next_batch", std::to_string(end));
  co_return ok(body);
}

}  // namespace

void add_mutual_rooms_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  pipeline.add(
      router, net::Method::Get,
      {"/_matrix/client/v1/mutual_rooms", "/_matrix/client/unstable/uk.half-shot.msc2666/user/mutual_rooms"},
      {.access = Access::UserNoGuests, .limit = "search"},
      [&](Call& call) { return get_mutual_rooms(call, pipeline, services); });
}

}  // namespace kuramori::api::client
