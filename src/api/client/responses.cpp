#include "api/client/responses.hpp"

#include "api/access/failure_log.hpp"

namespace kuramori::api::client {
namespace {

// Codes of the specification that have a status of their own.
int status_of(const Error& error) {
  if (error.reason() == "M_UNRECOGNIZED") return 404;
  switch (error.code()) {
    case ErrorCode::InvalidArgument:
      return 400;
    case ErrorCode::Unauthenticated:
      return 401;
    case ErrorCode::Forbidden:
      return 403;
    case ErrorCode::NotFound:
      return 404;
    case ErrorCode::Conflict:
      // "in use" and "exclusive" are 400 in the specification; an alias that exists is 409 M_UNKNOWN.
      return error.reason().ends_with("_IN_USE") || error.reason() == "M_EXCLUSIVE" ? 400 : 409;
    case ErrorCode::TooLarge:
      return 413;
    case ErrorCode::Exhausted:
      return 429;
    case ErrorCode::Unsupported:
      return 400;
    case ErrorCode::Unavailable:
      return 503;
    case ErrorCode::DeadlineExceeded:
      return 504;
    case ErrorCode::Corrupt:
    case ErrorCode::Internal:
      return 500;
  }
  return 500;
}

std::string_view kind_word(gate::Refusal::Kind kind) {
  switch (kind) {
    case gate::Refusal::Kind::Confirm:
      return "confirm";
    case gate::Refusal::Kind::Hold:
      return "hold";
    case gate::Refusal::Kind::StepUp:
      return "step_up";
    case gate::Refusal::Kind::Final:
      break;
  }
  return "final";
}

net::Response json_response(int status, std::string body) {
  net::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

}  // namespace

net::Response ok(const json::Object& body) {
  return json_response(200, json::serialize(body));
}
net::Response ok_text(std::string json_text) {
  return json_response(200, std::move(json_text));
}
net::Response empty_ok() {
  return json_response(200, "{}");
}
net::Response with_status(int status, const json::Object& body) {
  return json_response(status, json::serialize(body));
}

net::Response failed(const Error& error) {
  const int status = status_of(error);
  // Names of our own say nothing to a Matrix client.
  const std::string_view code = error.reason().starts_with("KURAMORI_") ? "M_UNKNOWN" : error.reason();
  if (status >= 500) note_failure(error.to_log());
  json::Object body;
  body["errcode"] = code;
  body["error"] = error.message();
  if (error.retry_after_ms() > 0) body["retry_after_ms"] = error.retry_after_ms();
  net::Response response = with_status(status, body);
  if (error.retry_after_ms() > 0) {
    response.headers.emplace_back("Retry-After", std::to_string((error.retry_after_ms() + 999) / 1000));
  }
  return response;
}

net::Response refused(const gate::Refusal& refusal, std::string_view view) {
  json::Object explanation;
  explanation["en"] = refusal.explanation.en;
  explanation["zh-Hans"] = refusal.explanation.zh_hans;
  explanation["zh-Hant"] = refusal.explanation.zh_hant;
  explanation["ja"] = refusal.explanation.ja;
  json::Object detail;
  detail["kind"] = kind_word(refusal.kind);
  detail["rule"] = refusal.rule;
  detail["policy_version"] = refusal.policy_version;
  detail["decision_id"] = refusal.decision_id;
  detail["explanation"] = std::move(explanation);
  json::Object body;
  body["errcode"] = "M_FORBIDDEN";
  body["error"] = refusal.message();
  body["org.kuramori.refusal"] = std::move(detail);
  if (!view.empty()) body["org.kuramori.view"] = view;
  if (refusal.kind == gate::Refusal::Kind::StepUp) {
    body["errcode"] = "ORG_KURAMORI_STEP_UP";
    body["org.kuramori.step_up"] =
        json::Object{{"endpoint", "/_kuramori/v1/step-up"}, {"within_minutes", refusal.step_up_minutes}};
  }
  return with_status(403, body);
}

}  // namespace kuramori::api::client
