// What rooms ask others to provide.
#pragma once
#include <optional>
#include <string>

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

}  // namespace kuramori::rooms
