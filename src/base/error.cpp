#include "base/error.hpp"

namespace kuramori {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument:
      return "invalid_argument";
    case ErrorCode::Unauthenticated:
      return "unauthenticated";
    case ErrorCode::Forbidden:
      return "forbidden";
    case ErrorCode::NotFound:
      return "not_found";
    case ErrorCode::Conflict:
      return "conflict";
    case ErrorCode::TooLarge:
      return "too_large";
    case ErrorCode::Exhausted:
      return "exhausted";
    case ErrorCode::Unsupported:
      return "unsupported";
    case ErrorCode::Unavailable:
      return "unavailable";
    case ErrorCode::Corrupt:
      return "corrupt";
    case ErrorCode::DeadlineExceeded:
      return "deadline_exceeded";
    case ErrorCode::Internal:
      return "internal";
  }
  return "unknown";
}

std::string Error::to_log() const {
  std::string line;
  line.append(to_string(code_)).append(" ").append(reason_).append(": ").append(message_);
  if (!detail_.empty()) line.append(" (").append(detail_).append(")");
  return line;
}

Error invalid_argument(std::string message) {
  return {ErrorCode::InvalidArgument, "M_INVALID_PARAM", std::move(message)};
}
Error missing_argument(std::string_view name) {
  return {ErrorCode::InvalidArgument, "M_MISSING_PARAM",
          "The parameter '" + std::string(name) + "' is required."};
}
Error bad_json(std::string message) {
  return {ErrorCode::InvalidArgument, "M_BAD_JSON", std::move(message)};
}
Error forbidden(std::string message) {
  return {ErrorCode::Forbidden, "M_FORBIDDEN", std::move(message)};
}
Error not_found(std::string message) {
  return {ErrorCode::NotFound, "M_NOT_FOUND", std::move(message)};
}
Error internal_error(std::string detail) {
  return Error(ErrorCode::Internal, "M_UNKNOWN", "Something went wrong on the server.")
      .with_detail(std::move(detail));
}
Error unavailable(std::string message, std::string detail) {
  return Error(ErrorCode::Unavailable, "M_UNKNOWN", std::move(message)).with_detail(std::move(detail));
}
Error corrupt(std::string detail) {
  return Error(ErrorCode::Corrupt, "KURAMORI_CORRUPT", "Stored data failed its integrity check.")
      .with_detail(std::move(detail));
}

}  // namespace kuramori
