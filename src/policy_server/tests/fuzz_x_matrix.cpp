// Headers, key documents and delegations of other servers: nothing crashes, and what is accepted is written
// and read again as the same.
#include <cstdlib>

#include "policy_server/key_document.hpp"
#include "policy_server/server_address.hpp"
#include "policy_server/x_matrix.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(policy_server::read_key_document(text, ServerName("a.example"), from_unix_ms(0)));
  static_cast<void>(policy_server::delegated_in(text));
  const auto address = policy_server::address_of(ServerName(text));
  if (address && policy_server::url_of(*address, "/x").find(' ') != std::string::npos) std::abort();
  const auto parsed = policy_server::parse_x_matrix(text);
  if (!parsed) return 0;
  const std::string written = policy_server::to_header(*parsed);
  const auto again = policy_server::parse_x_matrix(written);
  if (written.size() <= policy_server::kHeaderBytesMax && (!again || *again != *parsed)) std::abort();
  return 0;
}
