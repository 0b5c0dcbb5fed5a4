// A target with a bug on purpose: if fuzzing does not find it, fuzzing finds nothing.
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.starts_with("sou")) std::abort();
  return 0;
}
