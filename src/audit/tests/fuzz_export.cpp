// Export files come from whoever hands them to an auditor.
#include <sstream>

#include "audit/csv.hpp"
#include "audit/offline_verifier.hpp"
#include "audit/tile.hpp"
#include "base/assert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  using namespace kuramori::audit;
  const std::string text(as_text({data, size}));
  std::istringstream in(text);
  const auto report = verify_stream(in, {});
  ensure(report && !report->key_trusted, "a key is trusted that nobody named");
  // The all-zero key verifies nothing, and the fuzzer cannot sign.
  static_cast<void>(parse_entry(as_bytes(text)));
  if (const auto address = parse_tile_path(text)) ensure(address->to_path() == text, "a tile has two paths");
  if (const auto fields = parse_csv_record(text)) {
    std::string again;
    for (const std::string& field : *fields) append_csv_field(again, field);
    ensure(again == text, "a CSV record has two spellings");
  }
  return 0;
}
