// How a thread shares a core with the others.
#pragma once

namespace kuramori::storage::sqlite {

// The calling thread works briefly, and many wait for it: it asks for short turns, which Linux (6.12 and
// later) gives sooner. Where the kernel knows nothing of the kind, nothing changes.
void ask_for_short_turns();

}  // namespace kuramori::storage::sqlite
