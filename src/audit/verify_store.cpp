#include "audit/verify_store.hpp"

#include "audit/store_verifier.hpp"

namespace kuramori::audit {

Result<StoreReport> verify_store(storage::Reader& reader, StoreVerification options) {
  detail::StoreVerifier verifier(std::move(options));
  const auto begin = [&](storage::Snapshot& snapshot) { return verifier.begin(snapshot); };
  KURAMORI_CHECK(reader.read_blocking(begin));
  bool more = true;
  while (more) {
    const auto step = [&](storage::Snapshot& snapshot) { return verifier.step(snapshot); };
    KURAMORI_TRY(stepped, reader.read_blocking(step));
    more = stepped;
  }
  return verifier.finish();
}

}  // namespace kuramori::audit
