#include "api/admin/simulation_routes.hpp"

#include "api/admin/paths.hpp"
#include "api/admin/policy_change.hpp"
#include "api/resource/page.hpp"
#include "base/text.hpp"
#include "gate/policy_store.hpp"

namespace kuramori::api::admin {

using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

constexpr std::int64_t kLimitStandard = 10'000;
constexpr std::int64_t kLimitMost = 100'000;
constexpr Milliseconds kWeek = std::chrono::days(7);
// A simulation over HTTP answers within this time with what it has; "next_cursor" goes on.
constexpr Milliseconds kTimeOfOneAnswer = std::chrono::seconds(20);

struct Wish {
  simulation::Request request;
  json::Array mistakes;  // of the draft; there is none then
};

Result<std::optional<std::uint64_t>> cursor_in(const json::Object& body) {
  KURAMORI_TRY(cursor, json::optional_string(body, "cursor"));
  if (!cursor) return std::optional<std::uint64_t>();
  const auto text = resource::from_cursor(*cursor);
  const auto index = text ? text::to_integer(*text) : std::nullopt;
  if (!index || *index < 0) return invalid_argument("The cursor is not one that this server gave out.");
  return std::optional(static_cast<std::uint64_t>(*index));
}

// On a worker: a draft is as large as a policy may be.
Result<Wish> read_wish_of_simulation(std::string_view text, Timestamp now,
                                     std::shared_ptr<const governance::CompanyData> data) {
  KURAMORI_TRY(body, json::parse_object(text, {.bytes_max = text.size() + 1}));
  const json::Object* policy = json::object_at(body, "policy");
  if (policy == nullptr) return invalid_argument("'policy' must be the draft, an object.");
  const std::string document = json::serialize(*policy);
  Wish wish{.request = {}, .mistakes = mistakes_of(document, std::move(data))};
  for (json::Value& mistake : wish.mistakes) {
    mistake.as_object().erase("line");
    mistake.as_object().erase("column");
  }
  if (!wish.mistakes.empty()) return wish;
  KURAMORI_TRY(draft, gate::compile_policy(document, 0));
  wish.request.draft = std::move(draft);
  KURAMORI_TRY(to, json::optional_integer(body, "to_ms"));
  wish.request.to = to ? from_unix_ms(*to) : now;
  KURAMORI_TRY(from, json::optional_integer(body, "from_ms"));
  wish.request.from = from ? from_unix_ms(*from) : wish.request.to - kWeek;
  KURAMORI_TRY(limit, json::optional_integer(body, "limit"));
  if (limit && (*limit < 1 || *limit > kLimitMost))
    return invalid_argument("'limit' must lie between 1 and " + std::to_string(kLimitMost) + ".");
  wish.request.limit = static_cast<std::size_t>(limit.value_or(kLimitStandard));
  KURAMORI_TRY(after, cursor_in(body));
  wish.request.after = after;
  wish.request.time = kTimeOfOneAnswer;
  return wish;
}

Task<Response> post_simulation(Call& call, Pipeline& pipeline, SimulationServices& services) {
  auto admitting = pipeline.admit(call, gate::Operation::AdminPolicySimulate);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto reading = [body = std::move(call.request.body), now = pipeline.clock().now(),
                  data = pipeline.gate().company_data()] { return read_wish_of_simulation(body, now, data); };
  auto running = services.workers.run(std::move(reading));
  auto wish = co_await std::move(running);
  if (!wish) co_return resource::failed(wish.error(), call.request);
  if (!wish->mistakes.empty()) co_return invalid_policy(std::move(wish->mistakes), call.request);
  // Nobody works for a client that has gone.
  auto goes_on = [stop = services.stop, gone = call.request.disconnected](double) {
    return !stop.stop_requested() && !gone.stop_requested();
  };
  auto simulating =
      services.simulator.simulate(*std::move(admitted.permit), std::move(wish->request), std::move(goes_on));
  auto told = co_await std::move(simulating);
  if (!told) co_return resource::failed(told.error(), call.request);
  if (const json::Value* next = json::find(*told, "next")) {
    std::string cursor = resource::to_cursor(std::to_string(next->as_int64()));
    told->erase("next");
    told->emplace("next_cursor", std::move(cursor));
  }
  co_return resource::ok(*told);
}

}  // namespace

void add_simulation_routes(net::Router& router, Pipeline& pipeline, SimulationServices& services) {
  pipeline.add(router, net::Method::Post, path("/policy/simulations"),
               {.limit = "administration",
                .body = resource::Body::Text,
                .body_bytes_max = governance::PolicyLimits().document_bytes_max,
                .may_park = true},
               [&](Call& call) { return post_simulation(call, pipeline, services); });
}

}  // namespace kuramori::api::admin
