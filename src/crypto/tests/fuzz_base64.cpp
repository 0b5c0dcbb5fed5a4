// What either decoder accepts must survive a second round, with and without padding.
#include "base/assert.hpp"
#include "crypto/base64.hpp"

using namespace kuramori;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = as_text({data, size});
  if (const auto decoded = crypto::from_base64(input)) {
    ensure(crypto::from_base64(crypto::to_base64(*decoded)) == decoded, "unpadded form differs");
    ensure(crypto::from_base64(crypto::to_base64_padded(*decoded)) == decoded, "padded form differs");
    ensure(decoded->size() <= size * 3 / 4, "decoded more than was there");
  }
  if (const auto decoded = crypto::from_base64_url(input)) {
    ensure(crypto::from_base64_url(crypto::to_base64_url(*decoded)) == decoded, "URL-safe form differs");
  }
  return 0;
}
