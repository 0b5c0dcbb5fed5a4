// The application services of this server: who they are and what is theirs. Immutable after start-up; any
// thread. A service has one place in the list (its index).
#pragma once
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "appservices/registration.hpp"
#include "base/random.hpp"
#include "crypto/hash.hpp"

namespace kuramori::appservices {

class Services {
 public:
  Services(std::vector<Registration> registrations, ServerName server, Random& random);

  std::span<const Registration> all() const { return registrations_; }
  bool empty() const { return registrations_.empty(); }
  const Registration* find(std::string_view id) const;  // null: there is none
  // By its as_token. Takes the same time for every token of a length: what is compared are keyed hashes, all
  // of them.
  const Registration* by_token(std::string_view token) const;

  bool is_ours(const UserId& user) const;
  // Users of ours that the service may act as.
  bool covers(const Registration& service, const UserId& user) const;
  // The service that alone may make this user or alias; null where anybody may.
  const Registration* owner_of(const UserId& user) const;
  const Registration* owner_of(const RoomAlias& alias) const;

 private:
  std::vector<Registration> registrations_;
  ServerName server_;
  std::string key_;  // of the hashes of tokens; made anew at each start
  std::vector<crypto::Sha256> token_hashes_;
};

}  // namespace kuramori::appservices
