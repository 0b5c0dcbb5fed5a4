// Whatever a scanner answers: clean, a name, too large, or an error that says so; never two of them.
#include <cstdint>
#include <string_view>

#include "inspection/clamd.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori::inspection;
  const auto scan = parse_scan_answer({reinterpret_cast<const char*>(data), size});
  if (!scan) return 0;
  if (scan->is_too_large && !scan->signature.empty()) __builtin_trap();
  if (scan->signature.size() > size) __builtin_trap();
  return 0;
}
