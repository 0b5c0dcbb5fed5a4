// What a policy would say of an act that nobody tries: asked of the policy itself, so that nothing is
// recorded or counted as if it had been tried.
//
//   auto said = try_policy(*gate.policy(), *json::parse_object(R"({"operation":"room.send","text":"…"})"));
#pragma once
#include "base/result.hpp"
#include "governance/compiled_policy.hpp"
#include "json/json.hpp"

namespace kuramori::gate {

// operation (room.send), text (as the body of a message), role (member), user, device, address, event_type
// (m.room.message), room; and the world as it is supposed to be: department, organisation_role, clearance,
// region, employment, destination, room_class, room_label, link, forwarded ("true"), no_forward ("true"),
// origin_label, may_contact ("false"). M_INVALID_PARAM for an operation that there is not. The answer:
// effect, rule, policy_version, findings, obligations, label, explanation (unless allowed), masked_content
// (when there is one), and under `rules` each rule that names the operation, with the tree of its conditions
// and what each came to.
Result<json::Object> try_policy(const governance::CompiledPolicy& policy, const json::Object& arguments);

}  // namespace kuramori::gate
