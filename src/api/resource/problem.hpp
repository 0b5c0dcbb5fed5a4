// What our own interfaces answer when something is not done: problem details (RFC 9457).
//
//   {"type": "urn:kuramori:problem:version-changed", "title": "…", "status": 412, "detail": "…",
//    "instance": "urn:kuramori:request:81", "code": "KURAMORI_VERSION_CHANGED"}
//
// The title is in the language of who asks; the detail is a sentence about this very case.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "gate/refusal.hpp"
#include "json/json.hpp"
#include "net/http_types.hpp"

namespace kuramori::api::resource {

// The types of problems, each with its status and its titles (problem_texts.cpp).
enum class ProblemType : std::uint8_t {
  InvalidRequest,        // 400
  Unauthenticated,       // 401
  Forbidden,             // 403
  RefusedByPolicy,       // 403
  NotFound,              // 404
  Conflict,              // 409
  NeedsConfirmation,     // 409
  VersionChanged,        // 412
  TooLarge,              // 413
  UnsupportedMediaType,  // 415
  InvalidContent,        // 422
  IdempotencyKeyReused,  // 422
  PreconditionRequired,  // 428
  TooManyRequests,       // 429
  Internal,              // 500
  Unavailable,           // 503
  DeadlineExceeded,      // 504
};
constexpr std::size_t kProblemTypes = 17;

int status_of(ProblemType type);
std::string_view name_of(ProblemType type);  // "version-changed": the end of the type's URN
gate::Localised title_of(ProblemType type);

struct Problem {
  ProblemType type = ProblemType::Internal;
  std::string detail;
  std::string code = {};      // for programs, as errors have it; empty: none
  json::Object members = {};  // further members of the object (RFC 9457 section 3.2)
  std::int64_t retry_after_ms = 0;
};

// 5xx never carry detail: it is left for the log (api/access/failure_log.hpp).
Problem problem_of(const Error& error);

net::Response to_response(const Problem& problem, const net::Request& request);
inline net::Response failed(const Error& error, const net::Request& request) {
  return to_response(problem_of(error), request);
}
// 403 with the rule, the version of the policy and the decision's id, which is the instance: a user can ask
// about it. The explanation in the user's language is the detail; all four are in "explanation".
net::Response refused(const gate::Refusal& refusal);

}  // namespace kuramori::api::resource
