#include "api/resource/problem.hpp"

#include "api/access/failure_log.hpp"
#include "api/access/language.hpp"

namespace kuramori::api::resource {
namespace {

constexpr std::string_view kTypePrefix = "urn:kuramori:problem:";

ProblemType type_of(const Error& error) {
  if (error.reason() == "KURAMORI_VERSION_CHANGED") return ProblemType::VersionChanged;
  switch (error.code()) {
    case ErrorCode::InvalidArgument:
      return ProblemType::InvalidRequest;
    case ErrorCode::Unauthenticated:
      return ProblemType::Unauthenticated;
    case ErrorCode::Forbidden:
      return ProblemType::Forbidden;
    case ErrorCode::NotFound:
      return ProblemType::NotFound;
    case ErrorCode::Conflict:
      return ProblemType::Conflict;
    case ErrorCode::TooLarge:
      return ProblemType::TooLarge;
    case ErrorCode::Exhausted:
      return ProblemType::TooManyRequests;
    case ErrorCode::Unsupported:
      return ProblemType::InvalidContent;
    case ErrorCode::Unavailable:
      return ProblemType::Unavailable;
    case ErrorCode::DeadlineExceeded:
      return ProblemType::DeadlineExceeded;
    case ErrorCode::Corrupt:
    case ErrorCode::Internal:
      return ProblemType::Internal;
  }
  return ProblemType::Internal;
}

net::Response render(ProblemType type, std::string_view language, json::Object body) {
  net::Response response;
  response.status = status_of(type);
  response.content_type = "application/problem+json";
  response.headers.emplace_back("Content-Language", std::string(language));
  response.headers.emplace_back("Cache-Control", "no-store");
  if (type == ProblemType::Unauthenticated) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  response.body = json::serialize(body);
  return response;
}

json::Object head_of(ProblemType type, std::string_view language) {
  return {{"type", std::string(kTypePrefix) + std::string(name_of(type))},
          {"title", title_of(type).in(language)},
          {"status", status_of(type)}};
}

}  // namespace

Problem problem_of(const Error& error) {
  const ProblemType type = type_of(error);
  if (status_of(type) >= 500) note_failure(error.to_log());
  return {.type = type,
          .detail = error.message(),
          .code = std::string(error.reason()),
          .members = {},
          .retry_after_ms = error.retry_after_ms()};
}

net::Response to_response(const Problem& problem, const net::Request& request) {
  const std::string_view language = best_language(request.header("accept-language"));
  json::Object body = head_of(problem.type, language);
  body.emplace("detail", problem.detail);
  body.emplace("instance", "urn:kuramori:request:" + std::to_string(request.id));
  if (!problem.code.empty()) body.emplace("code", problem.code);
  for (const auto& [key, value] : problem.members) body.insert_or_assign(key, value);
  net::Response response = render(problem.type, language, std::move(body));
  if (problem.retry_after_ms > 0) {
    response.headers.emplace_back("Retry-After", std::to_string((problem.retry_after_ms + 999) / 1000));
  }
  return response;
}

net::Response refused(const gate::Refusal& refusal) {
  constexpr ProblemType kType = ProblemType::RefusedByPolicy;
  json::Object body = head_of(kType, refusal.language);
  body.emplace("detail", refusal.message());
  body.emplace("instance", "urn:kuramori:decision:" + refusal.decision_id);
  const bool is_step_up = refusal.kind == gate::Refusal::Kind::StepUp;
  body.emplace("code", is_step_up ? "ORG_KURAMORI_STEP_UP" : "M_FORBIDDEN");
  body.emplace("rule", refusal.rule);
  body.emplace("policy_version", refusal.policy_version);
  body.emplace("decision_id", refusal.decision_id);
  // What the person can do: send it again, have it approved, or give the password.
  if (refusal.kind == gate::Refusal::Kind::Confirm) body.emplace("resolution", "confirm");
  if (refusal.kind == gate::Refusal::Kind::Hold) body.emplace("resolution", "approval");
  if (is_step_up) {
    body.emplace("resolution", "step_up");
    body.emplace("within_minutes", refusal.step_up_minutes);
  }
  body.emplace("explanation", json::Object{{"en", refusal.explanation.en},
                                           {"zh-Hans", refusal.explanation.zh_hans},
                                           {"zh-Hant", refusal.explanation.zh_hant},
                                           {"ja", refusal.explanation.ja}});
  return render(kType, refusal.language.empty() ? "en" : std::string_view(refusal.language), std::move(body));
}

}  // namespace kuramori::api::resource
