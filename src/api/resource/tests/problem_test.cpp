#include "api/resource/problem.hpp"

#include <gtest/gtest.h>

#include "api/access/failure_log.hpp"

namespace kuramori::api::resource {
namespace {

net::Request request(std::string language = "") {
  net::Request made;
  made.id = 81;
  if (!language.empty()) made.headers.emplace_back("accept-language", language);
  return made;
}

std::string header(const net::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

TEST(Problem, ErrorsHaveStatusesAndTypes) {
  const std::tuple<Error, int, std::string> cases[] = {
      {invalid_argument("x"), 400, "invalid-request"},
      {Error(ErrorCode::Unauthenticated, "M_UNKNOWN_TOKEN", "x"), 401, "unauthenticated"},
      {forbidden("x"), 403, "forbidden"},
      {not_found("x"), 404, "not-found"},
      {Error(ErrorCode::Conflict, "M_LAST_ADMINISTRATOR", "x"), 409, "conflict"},
      {Error(ErrorCode::Conflict, "KURAMORI_VERSION_CHANGED", "x"), 412, "version-changed"},
      {Error(ErrorCode::TooLarge, "M_TOO_LARGE", "x"), 413, "too-large"},
      {Error(ErrorCode::Unsupported, "KURAMORI_X", "x"), 422, "invalid-content"},
      {Error(ErrorCode::Exhausted, "M_LIMIT_EXCEEDED", "x"), 429, "too-many-requests"},
      {internal_error("the detail"), 500, "internal"},
      {corrupt("the detail"), 500, "internal"},
      {unavailable("x", "the detail"), 503, "unavailable"},
      {Error(ErrorCode::DeadlineExceeded, "M_UNKNOWN", "x"), 504, "deadline-exceeded"},
  };
  for (const auto& [error, status, name] : cases) {
    const net::Response response = failed(error, request());
    EXPECT_EQ(response.status, status) << error.to_log();
    EXPECT_EQ(response.content_type, "application/problem+json");
    const json::Object body = *json::parse_object(response.body);
    EXPECT_EQ(json::string_or(body, "type", ""), "urn:kuramori:problem:" + name);
    EXPECT_EQ(json::integer_or(body, "status", 0), status);
    EXPECT_EQ(json::string_or(body, "instance", ""), "urn:kuramori:request:81");
    EXPECT_EQ(json::string_or(body, "code", ""), error.reason());
    EXPECT_FALSE(json::string_or(body, "title", "").empty());
    EXPECT_EQ(response.body.find("the detail"), std::string::npos);
    EXPECT_EQ(take_last_failure().has_value(), status >= 500);
  }
}

TEST(Problem, TheTitleIsInTheLanguageOfTheReader) {
  const std::pair<std::string, std::string> cases[] = {
      {"en", "There is no such thing"}, {"zh-CN", "未找到"}, {"zh-HK", "未找到"}, {"ja", "見つかりません"}};
  for (const auto& [language, title] : cases) {
    const net::Response response = failed(not_found("x"), request(language));
    EXPECT_EQ(json::string_or(*json::parse_object(response.body), "title", ""), title);
    EXPECT_FALSE(header(response, "Content-Language").empty());
  }
}

TEST(Problem, EveryTypeHasItsTexts) {
  for (std::size_t i = 0; i < kProblemTypes; ++i) {
    const auto type = static_cast<ProblemType>(i);
    const gate::Localised title = title_of(type);
    EXPECT_GE(status_of(type), 400) << name_of(type);
    for (const std::string& text : {title.en, title.zh_hans, title.zh_hant, title.ja})
      EXPECT_FALSE(text.empty()) << name_of(type);
  }
}

TEST(Problem, WhenToTryAgainIsAHeader) {
  const net::Response response =
      failed(Error(ErrorCode::Exhausted, "M_LIMIT_EXCEEDED", "x").with_retry_after_ms(1'500), request());
  EXPECT_EQ(header(response, "Retry-After"), "2");
  EXPECT_EQ(header(failed(Error(ErrorCode::Unauthenticated, "M_MISSING_TOKEN", "x"), request()),
                   "WWW-Authenticate"),
            "Bearer");
}

TEST(Problem, ARefusalNamesItsRuleAndItsDecision) {
  gate::Refusal refusal;
  refusal.rule = "no-imports";
  refusal.policy_version = 3;
  refusal.explanation = {.en = "No.", .zh_hans = "否。", .zh_hant = "否。", .ja = "不可。"};
  refusal.language = "ja";
  refusal.decision_id = "abcdef";
  const net::Response response = refused(refusal);
  EXPECT_EQ(response.status, 403);
  const json::Object body = *json::parse_object(response.body);
  EXPECT_EQ(json::string_or(body, "type", ""), "urn:kuramori:problem:refused-by-policy");
  EXPECT_EQ(json::string_or(body, "detail", ""), "不可。");
  EXPECT_EQ(json::string_or(body, "rule", ""), "no-imports");
  EXPECT_EQ(json::integer_or(body, "policy_version", 0), 3);
  EXPECT_EQ(json::string_or(body, "instance", ""), "urn:kuramori:decision:abcdef");
  EXPECT_EQ(json::string_or(*json::object_at(body, "explanation"), "en", ""), "No.");
  EXPECT_FALSE(body.contains("resolution"));
  refusal.kind = gate::Refusal::Kind::Hold;
  EXPECT_EQ(json::string_or(*json::parse_object(refused(refusal).body), "resolution", ""), "approval");
}

}  // namespace
}  // namespace kuramori::api::resource
