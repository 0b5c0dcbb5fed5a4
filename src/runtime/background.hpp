// Threads that nobody waits for.
#pragma once

namespace kuramori::runtime {

// The calling thread steps back behind those that people wait for, relative to what the operator gave the
// process. There is no way back without privileges.
void work_in_background();

}  // namespace kuramori::runtime
