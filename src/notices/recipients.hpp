// Who is told of an act: the names of an obligation {"notify": […]}, looked up in the organisation. Pure.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "base/identifiers.hpp"
#include "organisation/directory.hpp"

namespace kuramori::notices {

struct Scene {
  const organisation::Directory& directory;
  UserId who;    // acted
  UserId owner;  // of the room; empty: not known
};

constexpr std::size_t kRecipientsMax = 50;

// "manager", "department_head", "owner", "role:NAME", "@user:server". Each once, and never who acted.
std::vector<UserId> recipients_of(std::span<const std::string> names, const Scene& scene);

}  // namespace kuramori::notices
