// What imports and rollbacks of the organisation answer.
#pragma once
#include "api/resource/pipeline.hpp"
#include "workforce/organisation_store.hpp"

namespace kuramori::api::admin {

// More of a difference is told by the version itself.
constexpr std::size_t kChangesTold = 1'000;

net::Response to_response(const workforce::ImportOutcome& outcome, const net::Request& request);
// 422 with "errors": [{"subject", "detail"}].
net::Response invalid_content(const std::vector<organisation::Problem>& problems,
                              const net::Request& request);

// ?reason=…&confirm_removals=true, which all changes have.
struct ChangeParameters {
  std::string reason;
  workforce::Removals removals = workforce::Removals::Refuse;
};
Result<ChangeParameters> change_parameters(const net::Request& request);

}  // namespace kuramori::api::admin
