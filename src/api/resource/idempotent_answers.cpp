#include "api/resource/idempotent_answers.hpp"

#include <algorithm>

#include "crypto/key_tree.hpp"
#include "json/json.hpp"
#include "runtime/sleep.hpp"

namespace kuramori::api::resource {

using runtime::Task;
using storage::ColumnType;
using storage::Nullable;

const storage::Table kIdempotentRequests{.name = "idempotent_requests",
                                         .columns = {{"user_id", ColumnType::Text},
                                                     {"key_sha256", ColumnType::Blob},
                                                     {"request_sha256", ColumnType::Blob},
                                                     {"created_ms", ColumnType::Integer},
                                                     {"answer", ColumnType::Blob, Nullable::Yes}},
                                         .key_columns = 2,
                                         .indexes = {{"idempotent_requests_by_time", {"created_ms"}}}};

namespace {

enum Column : std::size_t { kUser, kKey, kRequest, kCreated, kAnswer };
constexpr std::size_t kExpiredPerUnit = 500;
constexpr std::int64_t kTryAgainMs = 1'000;

Bytes bytes_of(const crypto::Sha256& digest) {
  return {digest.begin(), digest.end()};
}

bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= IdempotentAnswers::kKeyBytesMax &&
         std::ranges::all_of(key, [](char c) { return c >= 0x21 && c <= 0x7E; });
}

std::string to_text(const net::Response& response) {
  json::Array headers;
  for (const auto& [name, value] : response.headers) headers.emplace_back(json::Array{name, value});
  return json::serialize(json::Object{{"status", response.status},
                                      {"content_type", response.content_type},
                                      {"headers", std::move(headers)},
                                      {"body", response.body}});
}

Result<net::Response> from_text(std::string_view text) {
  KURAMORI_TRY(object, json::parse_object(text, {.bytes_max = 8 * IdempotentAnswers::kAnswerBytesMax}));
  net::Response response;
  response.status = static_cast<int>(json::integer_or(object, "status", 500));
  response.content_type = std::string(json::string_or(object, "content_type", "application/json"));
  response.body = std::string(json::string_or(object, "body", ""));
  if (const json::Array* headers = json::array_at(object, "headers")) {
    for (const json::Value& header : *headers) {
      const json::Array& pair = header.as_array();
      response.headers.emplace_back(json::view(pair.at(0).as_string()), json::view(pair.at(1).as_string()));
    }
  }
  response.headers.emplace_back("Idempotent-Replayed", "true");
  return response;
}

Error under_way() {
  return Error(ErrorCode::Conflict, "KURAMORI_IDEMPOTENT_REQUEST_UNDER_WAY",
               "A request with this Idempotency-Key is under way, or was broken off: look at what it was to "
               "change before you repeat it with another key.")
      .with_retry_after_ms(kTryAgainMs);
}

}  // namespace

IdempotentAnswers::IdempotentAnswers(Ports ports)
    : ports_(ports), key_(crypto::derive_key(ports.keys.organisation_key(), "idempotent answers")) {}

crypto::Sha256 IdempotentAnswers::digest_of(const net::Request& request) {
  // NUL is in none of the first two, so that their boundaries are plain.
  std::string head(net::to_string(request.method));
  head.append(1, '\0').append(request.target).append(1, '\0');
  return crypto::sha256({as_bytes(head), as_bytes(request.body)});
}

std::string IdempotentAnswers::place(const Claim& claim) const {
  std::string text = "idempotent_requests.answer";
  text.append(1, '\0').append(claim.user.view()).append(1, '\0').append(as_text(claim.key));
  return text;
}

// What a row that is there says to a request.
Result<IdempotentAnswers::Claim> IdempotentAnswers::judge(const storage::Row& row, Claim claim,
                                                          const crypto::Sha256& request) const {
  if (storage::blob(row[kRequest]) != bytes_of(request)) {
    return Error(ErrorCode::Conflict, "KURAMORI_IDEMPOTENCY_KEY_REUSED",
                 "This Idempotency-Key was sent with another request. Use a new key for each act.");
  }
  if (storage::is_null(row[kAnswer])) return under_way();
  KURAMORI_TRY(text, crypto::open(key_, storage::blob(row[kAnswer]), as_bytes(place(claim))));
  KURAMORI_TRY(response, from_text(as_text(text)));
  claim.replay = std::move(response);
  return claim;
}

Task<Result<IdempotentAnswers::Claim>> IdempotentAnswers::begin(UserId user, std::string key,
                                                                crypto::Sha256 request) {
  if (!is_key(key)) {
    co_return invalid_argument("The Idempotency-Key must be 1 to 255 visible ASCII characters.");
  }
  Claim claim{.user = std::move(user), .key = crypto::sha256(key)};
  const storage::Key primary{claim.user.str(), bytes_of(claim.key)};
  auto query = [primary](storage::Snapshot& snapshot) { return snapshot.get(kIdempotentRequests, primary); };
  KURAMORI_CO_TRY(row, co_await ports_.store.read(std::move(query)));
  const Timestamp now = ports_.clock.now();
  const bool is_old = row && from_unix_ms(storage::integer((*row)[kCreated])) + kKept <= now;
  if (row && !is_old) co_return judge(*row, std::move(claim), request);

  storage::UnitOfWork work;
  if (is_old) work.erase(kIdempotentRequests, primary);
  storage::Row reserved{claim.user.str(), bytes_of(claim.key), bytes_of(request), to_unix_ms(now),
                        storage::Null()};
  work.insert(kIdempotentRequests, std::move(reserved));
  auto ticket = ports_.store.submit(std::move(work));
  const auto receipt = co_await ticket;
  if (!receipt && receipt.error().code() == ErrorCode::Conflict) co_return under_way();
  if (!receipt) co_return receipt.error();
  co_return claim;
}

Task<Result<void>> IdempotentAnswers::finish(Claim claim, const net::Response& response) {
  const storage::Key primary{claim.user.str(), bytes_of(claim.key)};
  auto query = [primary](storage::Snapshot& snapshot) { return snapshot.get(kIdempotentRequests, primary); };
  KURAMORI_CO_TRY(row, co_await ports_.store.read(std::move(query)));
  if (!row) co_return Result<void>();  // expired while the act went on
  const bool is_kept = response.status >= 200 && response.status < 300 && response.stream == nullptr &&
                       response.body.size() <= kAnswerBytesMax;
  storage::UnitOfWork work;
  if (is_kept) {
    (*row)[kAnswer] = crypto::seal(key_, as_bytes(to_text(response)), as_bytes(place(claim)), ports_.random);
    work.upsert(kIdempotentRequests, *std::move(row));
  } else {
    work.erase(kIdempotentRequests, primary);
  }
  auto ticket = ports_.store.submit(std::move(work));
  const auto receipt = co_await ticket;
  if (!receipt) co_return receipt.error();
  co_return Result<void>();
}

Task<Result<std::size_t>> IdempotentAnswers::expire() {
  storage::Scan scan;
  scan.table = &kIdempotentRequests;
  scan.index = &kIdempotentRequests.index("idempotent_requests_by_time");
  scan.below = to_unix_ms(ports_.clock.now() - kKept);
  scan.limit = kExpiredPerUnit;
  std::size_t expired = 0;
  for (;;) {
    auto query = [scan](storage::Snapshot& snapshot) { return snapshot.scan(scan); };
    KURAMORI_CO_TRY(rows, co_await ports_.store.read(std::move(query)));
    if (rows.empty()) co_return expired;
    storage::UnitOfWork work;
    for (const storage::Row& row : rows) work.erase(kIdempotentRequests, {row[kUser], row[kKey]});
    auto ticket = ports_.store.submit(std::move(work));
    const auto receipt = co_await ticket;
    if (!receipt) co_return receipt.error();
    expired += rows.size();
  }
}

Task<void> IdempotentAnswers::run(std::stop_token stop) {
  constexpr Milliseconds kEvery = std::chrono::hours(1);
  for (;;) {
    const bool goes_on = co_await runtime::sleep_for(kEvery, stop);
    if (!goes_on) co_return;
    // What cannot be removed now (a full disk) is removed an hour later.
    const auto expired = co_await expire();
    static_cast<void>(expired);
  }
}

}  // namespace kuramori::api::resource
