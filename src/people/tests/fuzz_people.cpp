// Names, addresses and mail from outside: nothing crashes, folding twice is folding once, and no header is
// smuggled in.
#include <cstdlib>

#include "people/contacts.hpp"
#include "people/folded_name.hpp"
#include "people/mailer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string folded = people::fold_name(text);
  if (people::fold_name(folded) != folded) std::abort();
  static_cast<void>(people::rank_of(folded, text));
  static_cast<void>(people::check_client_secret(text));
  if (const auto address = people::canonical_address(text)) {
    if (!people::canonical_address(*address)) std::abort();
  }
  const std::string mail = people::render_mail(
      {.to = std::string(text), .subject = std::string(text), .text = std::string(text)}, text, Timestamp());
  const std::size_t headers = mail.find("\r\n\r\n");
  if (headers == std::string::npos || mail.substr(0, headers).find("\nBcc") != std::string::npos)
    std::abort();
  return 0;
}
