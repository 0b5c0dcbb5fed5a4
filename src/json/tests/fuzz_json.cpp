// Whatever the parser accepts must be written back as JSON that means the same, in both forms.
#include "base/assert.hpp"
#include "base/text.hpp"
#include "json/json.hpp"

using namespace kuramori;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = as_text({data, size});
  const Result<json::Value> value = json::parse(input, {.bytes_max = 65'536, .depth_max = 32});
  if (!value) return 0;
  ensure(text::is_valid_utf8(input), "accepted ill-formed UTF-8");

  const std::string written = json::serialize(*value);
  const Result<json::Value> again = json::parse(written, {.bytes_max = written.size(), .depth_max = 32});
  ensure(again.has_value(), "wrote what cannot be read");
  ensure(*again == *value, "wrote another value");

  const std::string canonical = json::canonical(*value);
  const Result<json::Value> sorted = json::parse(canonical, {.bytes_max = canonical.size(), .depth_max = 32});
  ensure(sorted.has_value(), "wrote a canonical form that cannot be read");
  ensure(json::canonical(*sorted) == canonical, "the canonical form is not stable");
  if (json::check_canonical(*value)) ensure(*sorted == *value, "the canonical form is another value");
  return 0;
}
