// What rooms ask others to provide.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include "base/identifiers.hpp"
#include "base/result.hpp"
#include "runtime/task.hpp"

namespace kuramori::rooms {

// What a member event says of a person.
struct MemberProfile {
  std::optional<std::string> display_name = {};
  std::optional<std::string> avatar_url = {};
};

// `identity` answers it. A user without a profile (or of another server) has an empty one.
class ProfileSource {
 public:
  virtual ~ProfileSource() = default;
  virtual runtime::Task<Result<MemberProfile>> profile_of(UserId user) = 0;
};

using IgnoredUsers = std::shared_ptr<const std::unordered_set<UserId>>;  // null: nobody

// What people have decided about others. `sync` answers it from their account data.
class PersonalChoices {
 public:
  virtual ~PersonalChoices() = default;
  virtual runtime::Task<Result<IgnoredUsers>> ignored_by(UserId user) = 0;
  enum class Invitation : bool { Accepted, Blocked };
  virtual runtime::Task<Result<Invitation>> invitation(UserId invited, UserId inviter) = 0;
};

}  // namespace kuramori::rooms
