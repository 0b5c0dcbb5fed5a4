// Assertions for our own mistakes, never for input. They stay on in release: a server that has lost its
// invariants must stop rather than acknowledge what it cannot keep.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <source_location>

namespace kuramori {

[[noreturn]] inline void assertion_failed(const char* what, std::source_location where) {
  std::fprintf(stderr, "kuramori: assertion failed: %s (%s:%u)\n", what, where.file_name(), where.line());
  std::abort();
}

constexpr void ensure(bool condition, const char* what,
                      std::source_location where = std::source_location::current()) {
  if (!condition) [[unlikely]]
    assertion_failed(what, where);
}

}  // namespace kuramori
