// Content of any shape: marks are bounded, the same twice, and words hold no doubled blanks.
#include <string>

#include "base/assert.hpp"
#include "provenance/marks.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  static const provenance::MarkKey key(crypto::SecretKey({1}));
  auto content = json::parse_object({reinterpret_cast<const char*>(data), size});
  if (!content) return 0;
  const auto once = provenance::marks_of(*content, key);
  const auto twice = provenance::marks_of(*content, key);
  ensure(once.files == twice.files && once.text == twice.text && once.answered == twice.answered,
         "it varies");
  ensure(once.files.size() <= provenance::kFilesMax, "too many files");
  const std::string words = provenance::words_of(*content);
  ensure(words.find("  ") == std::string::npos, "doubled blanks");
  ensure(words.empty() || (words.front() != ' ' && words.back() != ' '), "blanks at the ends");
  return 0;
}
