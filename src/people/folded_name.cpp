#include "people/folded_name.hpp"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include "base/assert.hpp"

namespace kuramori::people {

std::string fold_name(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* fold = icu::Normalizer2::getNFKCCasefoldInstance(status);
  ensure(U_SUCCESS(status) != 0, "ICU has its data");
  const auto given =
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
  const icu::UnicodeString folded = fold->normalize(given, status);
  std::string out;
  if (U_SUCCESS(status) != 0) folded.toUTF8String(out);
  return out;
}

int rank_of(std::string_view folded_name, std::string_view folded_term) {
  const std::size_t at = folded_name.find(folded_term);
  if (at == std::string_view::npos) return -1;
  if (folded_name.size() == folded_term.size()) return 0;
  if (at == 0) return 1;
  return folded_name[at - 1] == ' ' ? 2 : 3;
}

}  // namespace kuramori::people
