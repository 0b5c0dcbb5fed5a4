#include "base/bytes.hpp"
#include "storage/blobs_s3/answers.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view xml = kuramori::as_text({data, size});
  for (const std::string_view part : kuramori::storage::blobs_s3::elements(xml, "Contents")) {
    static_cast<void>(kuramori::storage::blobs_s3::element(part, "Key"));
  }
  static_cast<void>(kuramori::storage::blobs_s3::element(xml, "UploadId"));
  return 0;
}
