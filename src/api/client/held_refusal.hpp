// The refusal behind a 403 of an act that is held. The pipeline leaves it for the handler that can keep the
// act: it answers the handler on the same thread, without suspending in between (as
// api/access/failure_log.hpp).
#pragma once
#include <optional>

#include "gate/refusal.hpp"

namespace kuramori::api::client {

// At each denial; nothing for one that is no hold.
void note_held(std::optional<gate::Refusal> refusal);
// Once; nothing when the last denial of this thread was no hold.
std::optional<gate::Refusal> take_held();

}  // namespace kuramori::api::client
