// Closes the process that calls it in: after this, it can compute, use bounded memory and processor time,
// read its input and write its answer, and nothing else. Any other system call kills it.
//
// Everything that needs files (libraries, tables) must have been loaded and used before. There is no way
// back.
#pragma once
#include "base/result.hpp"
#include "sandbox/limits.hpp"

namespace kuramori::sandbox {

// The exit codes of a sandboxed process, for its end without an answer.
constexpr int kExitOutOfMemory = 12;
constexpr int kExitNotConfined = 13;
constexpr int kExitBadRequest = 14;

// What happens to a process that asks for a file, or what the machine is. Refuse: it is told that there is
// none, for libraries that look for what they can do without. It gets nothing either way.
enum class Probes : std::uint8_t { Kill, Refuse };

Result<void> confine(const Limits& limits, Probes probes = Probes::Kill);

}  // namespace kuramori::sandbox
