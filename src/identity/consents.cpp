#include "identity/consents.hpp"

#include <limits>
#include <mutex>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "crypto/base64.hpp"
#include "crypto/key_tree.hpp"
#include "identity/tables.hpp"

namespace kuramori::identity {
namespace {

enum Column : std::uint8_t { kUser, kVersion };

constexpr std::string_view kPurpose = "consent link";
constexpr std::string_view kPath = "/_kuramori/v1/consent?token=";
constexpr std::size_t kTokenBytesMax = 1'024;

}  // namespace

Consents::Consents(storage::Reader& reader, gate::Gate& gate, const storage::KeyRing& keys,
                   const Clock& clock, Random& random, Options options)
    : gate_(gate),
      key_(crypto::derive_key(keys.organisation_key(), kPurpose)),
      clock_(clock),
      random_(random),
      options_(std::move(options)) {
  if (!is_required()) return;
  const auto query = [](storage::Snapshot& snapshot) {
    return snapshot.scan({.table = &kConsents,
                          .index = nullptr,
                          .prefix = {},
                          .from = std::nullopt,
                          .below = std::nullopt,
                          .limit = std::numeric_limits<std::size_t>::max()});
  };
  const auto rows = reader.read_blocking(query);
  ensure(rows.has_value(), "the consents can be read at start-up");
  for (const storage::Row& row : *rows) {
    if (storage::text(row[kVersion]) == options_.required_version) given_.emplace(storage::text(row[kUser]));
  }
}

bool Consents::is_missing(const UserId& user) const {
  if (!is_required() || user.empty()) return false;
  if (options_.is_exempt && options_.is_exempt(user)) return false;
  const std::shared_lock lock(mutex_);
  return !given_.contains(user);
}

std::string Consents::link(const UserId& user) const {
  const std::string statement = std::to_string(to_unix_ms(clock_.now() + kLinkLifetime)) + "\n" + user.str() +
                                "\n" + options_.required_version;
  return options_.base_url + std::string(kPath) +
         crypto::to_base64_url(
             crypto::seal(key_, as_bytes(statement), as_bytes(std::string_view(kPurpose)), random_));
}

std::optional<UserId> Consents::owner(std::string_view token) const {
  if (!is_required() || token.size() > kTokenBytesMax) return std::nullopt;
  const auto sealed = crypto::from_base64_url(token);
  if (!sealed) return std::nullopt;
  const auto opened = crypto::open(key_, *sealed, as_bytes(std::string_view(kPurpose)));
  if (!opened) return std::nullopt;
  const std::string_view statement = as_text(*opened);
  const std::size_t first = statement.find('\n');
  const std::size_t second = first == std::string_view::npos ? first : statement.find('\n', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto expires = text::to_integer(statement.substr(0, first));
  if (!expires || *expires <= clock_.now_ms()) return std::nullopt;
  if (statement.substr(second + 1) != options_.required_version) return std::nullopt;
  return UserId(statement.substr(first + 1, second - first - 1));
}

runtime::Task<Result<void>> Consents::give(gate::Permit permit) {
  permit.require(gate::Operation::ConsentGive);
  const UserId user = permit.subject().user;
  storage::UnitOfWork work;
  work.upsert(kConsents, {user.str(), options_.required_version, clock_.now_ms()});
  auto change = std::make_shared<ConsentGiven>();
  change->user = user;
  change->version = options_.required_version;
  work.publish(work.next(storage::Sequence::Stream), std::move(change));
  auto committing = gate_.commit(std::move(permit), std::move(work),
                                 {.detail = "agreed to version " + options_.required_version});
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  co_return Result<void>();
}

void Consents::committed(std::span<const Change> changes) {
  for (const Change& change : changes) {
    const auto* given = dynamic_cast<const ConsentGiven*>(change.payload.get());
    if (given == nullptr || given->version != options_.required_version) continue;
    const std::unique_lock lock(mutex_);
    given_.insert(given->user);
  }
}

}  // namespace kuramori::identity
