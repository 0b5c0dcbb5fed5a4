// Registration files: nothing crashes, whatever they hold, and a file is either good or says what is wrong.
#include <cstdlib>

#include "appservices/registration.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto reading = appservices::read_registration_text(text, ServerName("example.org"));
  if (reading.registration.has_value() != reading.problems.empty()) std::abort();
  if (reading.registration) {
    if (reading.registration->as_token.size() < appservices::kTokenBytesMin) std::abort();
    static_cast<void>(reading.registration->covers_user(UserId("@_bridge_someone:example.org")));
    static_cast<void>(reading.registration->covers_alias("#_bridge_room:example.org"));
  }
  return 0;
}
