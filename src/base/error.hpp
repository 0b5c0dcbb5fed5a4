// What went wrong, for three audiences: a code for programs, a sentence for the user, a detail for the log.
//
//   return Error(ErrorCode::NotFound, "M_NOT_FOUND", "No such room.").with_detail("room " + id);
//
// None of the three may ever hold a secret (a token, a password, a key, the text of a message).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace kuramori {

// A small closed set: how a caller reacts. It knows nothing of HTTP; `api/` maps it to a status.
enum class ErrorCode : std::uint8_t {
  InvalidArgument,  // the caller sent something malformed
  Unauthenticated,  // who the caller is, is not known or no longer valid
  Forbidden,        // known, and not allowed
  NotFound,
  Conflict,     // exists already, or changed meanwhile
  TooLarge,     // over a documented limit
  Exhausted,    // a rate limit or a full queue: try again later
  Unsupported,  // well-formed, but not something that this server does
  Unavailable,  // a part we need does not answer (disk full, read-only, shutting down)
  Corrupt,      // stored data fails its integrity check
  DeadlineExceeded,
  Internal,  // our own mistake
};

std::string_view to_string(ErrorCode code);

class Error {
 public:
  // `reason` is the stable machine-readable name: the specification's error code where it has one
  // (`M_FORBIDDEN`), otherwise a name of ours (`KURAMORI_…`). It must have static lifetime.
  Error(ErrorCode code, std::string_view reason, std::string message)
      : code_(code), reason_(reason), message_(std::move(message)) {}

  Error with_detail(std::string detail) && {
    detail_ = std::move(detail);
    return std::move(*this);
  }
  Error with_retry_after_ms(std::int64_t retry_after_ms) && {
    retry_after_ms_ = retry_after_ms;
    return std::move(*this);
  }

  ErrorCode code() const { return code_; }
  std::string_view reason() const { return reason_; }
  const std::string& message() const { return message_; }
  const std::string& detail() const { return detail_; }
  // For `Exhausted` and `Unavailable`: when to try again, 0 when unknown.
  std::int64_t retry_after_ms() const { return retry_after_ms_; }

  // One line for the log: code, reason, message and detail.
  std::string to_log() const;

 private:
  ErrorCode code_;
  std::string_view reason_;
  std::string message_;
  std::string detail_;
  std::int64_t retry_after_ms_ = 0;
};

// The errors that every module has.
Error invalid_argument(std::string message);                 // M_INVALID_PARAM
Error missing_argument(std::string_view name);               // M_MISSING_PARAM
Error bad_json(std::string message);                         // M_BAD_JSON
Error forbidden(std::string message);                        // M_FORBIDDEN
Error not_found(std::string message);                        // M_NOT_FOUND
Error internal_error(std::string detail);                    // M_UNKNOWN
Error unavailable(std::string message, std::string detail);  // M_UNKNOWN
Error corrupt(std::string detail);                           // KURAMORI_CORRUPT

}  // namespace kuramori
