// What approvals store. Who asked, what for and who decided is sealed under the requester's key; content that
// waits is sealed under its room's key.
#pragma once
#include <span>

#include "storage/schema.hpp"

namespace kuramori::approvals {

// approval_requests(id | requester, state, created_ms, sealed). Indexes: requester (requester, created_ms),
// state.
extern const storage::Table kRequests;
// held_contents(request_id | room_id, sealed): as long as it waits.
extern const storage::Table kHeldContents;
// approval_delegations(person | delegate, from_ms, until_ms)
extern const storage::Table kDelegations;

namespace request_column {
enum : std::size_t { Id, Requester, State, Created, Sealed };
}

std::span<const storage::Table* const> tables();

}  // namespace kuramori::approvals
