// The answers of requests that carried an Idempotency-Key, kept for a day, so that a client that lost an
// answer repeats the request without repeating the act. A key belongs to one person and one request: method,
// target and body.
//
//   auto claim = co_await answers.begin(user, key, request);
//   if (claim->replay) co_return *std::move(claim->replay);
//   ... the act ...
//   auto kept = co_await answers.finish(*claim, response);
//
// The key is reserved durably before the act. Who asks again while the act goes on is told so (409), and also
// when the server died in between: nobody knows then how it ended. Only what succeeded is kept: what failed
// changed nothing, and may be tried again under the same key. Bookkeeping about requests, not an act of its
// own: it leaves no entry in the record. Thread-safe.
#pragma once
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "crypto/aead.hpp"
#include "crypto/hash.hpp"
#include "net/http_types.hpp"
#include "runtime/task.hpp"
#include "storage/key_ring.hpp"
#include "storage/store.hpp"

namespace kuramori::api::resource {

// idempotent_requests(user_id, key_sha256 | request_sha256, created_ms, answer? sealed): no answer yet, the
// act is under way or was broken off.
extern const storage::Table kIdempotentRequests;

class IdempotentAnswers {
 public:
  static constexpr std::size_t kKeyBytesMax = 255;
  static constexpr std::size_t kAnswerBytesMax =
      1'048'576;  // a larger one is not kept: the key is free again
  static constexpr Milliseconds kKept = std::chrono::hours(24);

  struct Ports {
    storage::Store& store;
    const storage::KeyRing& keys;
    const Clock& clock;
    Random& random;
  };
  explicit IdempotentAnswers(Ports ports);

  struct Claim {
    UserId user;
    crypto::Sha256 key{};
    std::optional<net::Response> replay = {};  // the answer that was given
  };
  // Errors: InvalidArgument for a key that is empty, too long or not of visible ASCII;
  // KURAMORI_IDEMPOTENCY_KEY_REUSED for one of another request; KURAMORI_IDEMPOTENT_REQUEST_UNDER_WAY
  // (Conflict).
  runtime::Task<Result<Claim>> begin(UserId user, std::string key, crypto::Sha256 request);
  // Keeps a 2xx answer; lets the key go otherwise.
  runtime::Task<Result<void>> finish(Claim claim, const net::Response& response);

  // Removes what is older than a day, once an hour until stopped.
  runtime::Task<void> run(std::stop_token stop);
  runtime::Task<Result<std::size_t>> expire();

  static crypto::Sha256 digest_of(const net::Request& request);

 private:
  Result<Claim> judge(const storage::Row& row, Claim claim, const crypto::Sha256& request) const;
  std::string place(const Claim& claim) const;

  Ports ports_;
  crypto::SecretKey key_;
};

}  // namespace kuramori::api::resource
