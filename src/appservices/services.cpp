#include "appservices/services.hpp"

#include <algorithm>

namespace kuramori::appservices {
namespace {

constexpr std::size_t kKeyCharacters = 43;

// 1 where they are equal, without a branch on their content.
unsigned same(const crypto::Sha256& a, const crypto::Sha256& b) {
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return 1U ^ ((difference + 0xFFU) >> 8U);
}

}  // namespace

Services::Services(std::vector<Registration> registrations, ServerName server, Random& random)
    : registrations_(std::move(registrations)),
      server_(std::move(server)),
      key_(random.alphanumeric(kKeyCharacters)) {
  for (const Registration& service : registrations_)
    token_hashes_.push_back(
        crypto::hmac_sha256(as_bytes(std::string_view(key_)), as_bytes(std::string_view(service.as_token))));
}

const Registration* Services::find(std::string_view id) const {
  const auto found = std::ranges::find(registrations_, id, &Registration::id);
  return found == registrations_.end() ? nullptr : &*found;
}

const Registration* Services::by_token(std::string_view token) const {
  if (token.empty() || token.size() > kTokenBytesMax) return nullptr;
  const crypto::Sha256 hash = crypto::hmac_sha256(as_bytes(std::string_view(key_)), as_bytes(token));
  std::size_t found = 0;  // one more than the index; tokens differ, so at most one adds to it
  for (std::size_t i = 0; i < token_hashes_.size(); ++i) found += same(token_hashes_[i], hash) * (i + 1);
  return found == 0 ? nullptr : &registrations_[found - 1];
}

bool Services::is_ours(const UserId& user) const {
  const std::string_view id = user.view();
  const std::size_t colon = id.find(':');
  return colon != std::string_view::npos && id.substr(colon + 1) == server_.view();
}

bool Services::covers(const Registration& service, const UserId& user) const {
  return is_ours(user) && service.covers_user(user);
}

const Registration* Services::owner_of(const UserId& user) const {
  for (const Registration& service : registrations_) {
    if (user == service.sender || is_exclusive(service.users, user.view())) return &service;
  }
  return nullptr;
}

const Registration* Services::owner_of(const RoomAlias& alias) const {
  for (const Registration& service : registrations_) {
    if (is_exclusive(service.aliases, alias.view())) return &service;
  }
  return nullptr;
}

}  // namespace kuramori::appservices
