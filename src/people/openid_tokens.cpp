#include "people/openid_tokens.hpp"

#include "base/text.hpp"
#include "crypto/base64.hpp"
#include "crypto/key_tree.hpp"

namespace kuramori::people {
namespace {

constexpr std::string_view kPurpose = "openid token";
constexpr std::size_t kTokenBytesMax = 1'024;

}  // namespace

OpenIdTokens::OpenIdTokens(gate::Gate& gate, const storage::KeyRing& keys, const Clock& clock, Random& random)
    : gate_(gate),
      key_(crypto::derive_key(keys.organisation_key(), kPurpose)),
      clock_(clock),
      random_(random) {}

runtime::Task<Result<std::string>> OpenIdTokens::issue(gate::Permit permit) {
  permit.require(gate::Operation::OpenIdIssue);
  const std::int64_t expires = to_unix_ms(clock_.now() + kLifetime);
  const std::string statement = std::to_string(expires) + "\n" + permit.subject().user.str();
  auto recording = gate_.record(std::move(permit), {.detail = "openid token"});
  const auto recorded = co_await std::move(recording);
  if (!recorded) co_return recorded.error();
  co_return crypto::to_base64_url(
      crypto::seal(key_, as_bytes(statement), as_bytes(std::string_view(kPurpose)), random_));
}

std::optional<UserId> OpenIdTokens::owner(std::string_view token) const {
  if (token.size() > kTokenBytesMax) return std::nullopt;
  const auto sealed = crypto::from_base64_url(token);
  if (!sealed) return std::nullopt;
  const auto opened = crypto::open(key_, *sealed, as_bytes(std::string_view(kPurpose)));
  if (!opened) return std::nullopt;
  const std::string_view statement = as_text(*opened);
  const std::size_t end = statement.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto expires = text::to_integer(statement.substr(0, end));
  if (!expires || *expires <= clock_.now_ms()) return std::nullopt;
  return UserId(statement.substr(end + 1));
}

}  // namespace kuramori::people
