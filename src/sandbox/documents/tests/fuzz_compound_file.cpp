// Any octets as a compound file, and its streams as documents: no chain leads outside or around for ever.
#include <cstdint>

#include "sandbox/documents/compound_file.hpp"
#include "sandbox/documents/legacy_office.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  using namespace kuramori::sandbox::documents;
  const ByteView bytes(data, size);
  const CompoundFile file(bytes);
  for (const std::string& name : file.names()) {
    if (const auto stream = file.stream(name); stream && stream->size() > size + 4'096) __builtin_trap();
  }
  static_cast<void>(text_of_workbook(bytes));
  static_cast<void>(text_of_presentation(bytes));
  const std::size_t half = size / 2;
  // Three octets of UTF-8 for each character at most.
  if (text_of_word(bytes.first(half), bytes.subspan(half)).text.size() > 3 * size) __builtin_trap();
  return 0;
}
