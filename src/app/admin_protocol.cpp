#include "app/admin_protocol.hpp"

namespace kuramori::app {
namespace {

constexpr ErrorCode kCodes[] = {
    ErrorCode::InvalidArgument, ErrorCode::Unauthenticated, ErrorCode::Forbidden,
    ErrorCode::NotFound,        ErrorCode::Conflict,        ErrorCode::TooLarge,
    ErrorCode::Exhausted,       ErrorCode::Unsupported,     ErrorCode::Unavailable,
    ErrorCode::Corrupt,         ErrorCode::DeadlineExceeded};

ErrorCode parse_code(std::string_view text) {
  for (const ErrorCode code : kCodes) {
    if (to_string(code) == text) return code;
  }
  return ErrorCode::Internal;
}

std::string render_object(json::Object object) {
  return json::serialize(object) + "\n";
}

}  // namespace

std::string render(const AdminRequest& request) {
  return render_object({{"operation", request.operation}, {"arguments", request.arguments}});
}

Result<AdminRequest> parse_admin_request(std::string_view line) {
  KURAMORI_TRY(object, json::parse_object(line, {.bytes_max = kAdminLineBytesMax}));
  KURAMORI_TRY(operation, json::required_string(object, "operation"));
  KURAMORI_TRY(arguments, json::optional_object(object, "arguments"));
  return AdminRequest{std::move(operation), arguments == nullptr ? json::Object() : *arguments};
}

std::string render_progress(double fraction) {
  return render_object({{"progress", fraction}});
}
std::string render_line(std::string_view line) {
  return render_object({{"line", line}});
}

std::string render_outcome(const Result<json::Object>& outcome) {
  if (outcome) return render_object({{"result", *outcome}});
  const Error& error = outcome.error();
  return render_object({{"error", json::Object{{"code", to_string(error.code())},
                                               {"reason", error.reason()},
                                               {"message", error.message()}}}});
}

Result<std::optional<Result<json::Object>>> parse_admin_answer(std::string_view line,
                                                               const AdminOutput& output) {
  using Answer = std::optional<Result<json::Object>>;
  KURAMORI_TRY(object, json::parse_object(line, {.bytes_max = kAdminLineBytesMax}));
  if (const json::Value* progress = json::find(object, "progress");
      progress != nullptr && progress->is_double()) {
    output.progress(progress->get_double());
    return Answer();
  }
  if (const json::Value* text = json::find(object, "line"); text != nullptr && text->is_string()) {
    output.line(json::view(text->get_string()));
    return Answer();
  }
  if (const json::Object* result = json::object_at(object, "result"))
    return Answer(Result<json::Object>(*result));
  if (const json::Object* error = json::object_at(object, "error")) {
    // The reason of an answer is only shown, so one name stands for all of them.
    return Answer(
        Result<json::Object>(Error(parse_code(json::string_or(*error, "code", "")), "KURAMORI_ADMIN",
                                   std::string(json::string_or(*error, "message", "")))));
  }
  return bad_json("The server's answer is not understood; are both of the same version?");
}

}  // namespace kuramori::app
