// Answers are what anybody's client sends: nothing crashes, and reasons stay within their bound and valid.
#include <cstdlib>

#include "approvals/answer.hpp"
#include "base/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto content = json::parse_object(text);
  if (!content) return 0;
  for (const std::string_view type : {"m.reaction", "m.room.message"}) {
    const auto answer = approvals::read_answer(type, *content);
    if (!answer) continue;
    if (answer->reason.size() > approvals::kReasonMax || !text::is_valid_utf8(answer->reason)) std::abort();
  }
  static_cast<void>(approvals::from_detail(*content));
  return 0;
}
