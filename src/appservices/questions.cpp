#include "appservices/questions.hpp"

#include <algorithm>

#include "appservices/service_request.hpp"
#include "base/text.hpp"

namespace kuramori::appservices {

using runtime::Task;

namespace {

constexpr Milliseconds kTimeout{10'000};
constexpr std::size_t kAnswerBytesMax = 1'048'576;
constexpr std::size_t kShownBytesMax = 1'024;

}  // namespace

Questions::Questions(const Services& services, Ports ports)
    : services_(services),
      ports_(ports),
      asked_(ports_.metrics.counter("kuramori_appservices_questions_total",
                                    "Questions to application services, by outcome.",
                                    {{"outcome", "answered"}})),
      unanswered_(ports_.metrics.counter("kuramori_appservices_questions_total",
                                         "Questions to application services, by outcome.",
                                         {{"outcome", "failed"}})) {}

Task<Result<net::IncomingResponse>> Questions::get(const Registration& service, std::string path,
                                                   std::string legacy_path) {
  net::OutgoingRequest request = request_to(service, net::Method::Get, path);
  request.timeout = kTimeout;
  request.response_bytes_max = kAnswerBytesMax;
  net::OutgoingRequest legacy = request;
  legacy.url = service.url + legacy_path;
  const std::stop_token never;
  auto sending = ports_.http.send(std::move(request), never);
  Result<net::IncomingResponse> answer = co_await std::move(sending);
  if (answer && (answer->status == kNotFound || answer->status == kMethodNotAllowed)) {
    auto again = ports_.http.send(std::move(legacy), never);
    answer = co_await std::move(again);
  }
  (answer ? asked_ : unanswered_).add();
  co_return answer;
}

Task<bool> Questions::asks_yes(const Registration& service, std::string path) {
  auto asking = get(service, "/_matrix/app/v1" + path, path);
  const auto answer = co_await std::move(asking);
  co_return answer.has_value() && is_success(answer->status);
}

Task<Result<bool>> Questions::make_user(const gate::Permit& permit, UserId user) {
  permit.require(gate::Operation::BridgeQuery);
  for (const Registration& service : services_.all()) {
    if (service.url.empty() || user == service.sender || !services_.covers(service, user)) continue;
    auto asking = asks_yes(service, "/users/" + text::percent_encode(user.view()));
    const bool is_made = co_await std::move(asking);
    if (is_made) co_return true;
  }
  co_return false;
}

Task<Result<bool>> Questions::make_alias(const gate::Permit& permit, RoomAlias alias) {
  permit.require(gate::Operation::BridgeQuery);
  for (const Registration& service : services_.all()) {
    if (service.url.empty() || !service.covers_alias(alias.view())) continue;
    auto asking = asks_yes(service, "/rooms/" + text::percent_encode(alias.view()));
    const bool is_made = co_await std::move(asking);
    if (is_made) co_return true;
  }
  co_return false;
}

bool Questions::is_spoken(std::string_view protocol) const {
  return std::ranges::any_of(services_.all(), [&](const Registration& service) {
    return std::ranges::find(service.protocols, protocol) != service.protocols.end();
  });
}

std::vector<std::string> Questions::protocols() const {
  std::vector<std::string> all;
  for (const Registration& service : services_.all()) {
    for (const std::string& protocol : service.protocols) {
      if (std::ranges::find(all, protocol) == all.end()) all.push_back(protocol);
    }
  }
  return all;
}

Task<std::vector<json::Value>> Questions::thirdparty(const gate::Permit& permit, std::string protocol,
                                                     std::string rest) {
  permit.require(gate::Operation::DirectoryRead);
  std::vector<json::Value> answers;
  for (const Registration& service : services_.all()) {
    const bool speaks = std::ranges::find(service.protocols, protocol) != service.protocols.end();
    if (service.url.empty() || service.protocols.empty() || (!protocol.empty() && !speaks)) continue;
    auto asking =
        get(service, "/_matrix/app/v1/thirdparty" + rest, "/_matrix/app/unstable/thirdparty" + rest);
    const auto answer = co_await std::move(asking);
    if (!answer || !is_success(answer->status)) continue;
    auto value = json::parse(answer->body, {.bytes_max = kAnswerBytesMax});
    if (value) answers.push_back(*std::move(value));
  }
  co_return answers;
}

Task<Result<Pong>> Questions::ping(gate::Permit permit, const Registration& service,
                                   std::optional<std::string> transaction_id) {
  permit.require(gate::Operation::BridgePing);
  net::OutgoingRequest request = request_to(service, net::Method::Post, "/_matrix/app/v1/ping");
  json::Object body;
  if (transaction_id) body["transaction_id"] = *transaction_id;
  request.body = json::serialize(body);
  request.timeout = kTimeout;
  const SteadyTime started = ports_.clock.steady_now();
  const std::stop_token never;
  auto sending = ports_.http.send(std::move(request), never);
  auto answer = co_await std::move(sending);
  (answer ? asked_ : unanswered_).add();
  if (!answer) co_return std::move(answer).error();
  Pong pong{.took = std::chrono::duration_cast<Milliseconds>(ports_.clock.steady_now() - started)};
  if (!is_success(answer->status)) {
    pong.bad_status = answer->status;
    pong.body = answer->body.substr(0, kShownBytesMax);
  }
  co_return pong;
}

}  // namespace kuramori::appservices
