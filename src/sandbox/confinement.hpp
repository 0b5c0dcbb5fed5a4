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

Result<void> confine(const Limits& limits);

}  // namespace kuramori::sandbox
