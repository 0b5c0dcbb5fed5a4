// How a change of the policy is carried out, whatever asks for it: PUT /policy, a rollback, or a resource
// that is a part of the document. One at a time, from the document in force to the next version, which is
// checked as a whole.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "api/admin/policy_routes.hpp"

namespace kuramori::api::admin {

struct EditedPolicy {
  std::string document;
  // Where what was sent stands in it (JSON pointer; empty: nowhere): mistakes there are told from its own
  // beginning. Nothing: the document itself was sent, and mistakes have line and column.
  std::optional<std::string> place = {};
};
// On a worker. The document in force and its version; an error ends the change.
using PolicyEdit = std::function<Result<EditedPolicy>(const governance::PolicyDocument& in_force)>;

// 422 with "errors".
net::Response invalid_policy(json::Array mistakes, const net::Request& request);

// AdminPolicySwap, ?reason=, If-Match; 422 with "errors" that name their places; then the new version with
// its entity tag.
runtime::Task<net::Response> change_policy(resource::Call& call, resource::Pipeline& pipeline,
                                           PolicyServices& services, PolicyEdit edit);

}  // namespace kuramori::api::admin
