#include "approvals/answer.hpp"

#include <array>

#include "base/text.hpp"

namespace kuramori::approvals {
namespace {

struct Word {
  std::string_view text;
  Verdict verdict;
};

// Longer words first where one begins another.
constexpr std::array kWords{
    Word{"approved", Verdict::Approve}, Word{"approve", Verdict::Approve}, Word{"ok", Verdict::Approve},
    Word{"yes", Verdict::Approve},      Word{"批准", Verdict::Approve},    Word{"同意", Verdict::Approve},
    Word{"承認", Verdict::Approve},     Word{"許可", Verdict::Approve},    Word{"refused", Verdict::Refuse},
    Word{"refuse", Verdict::Refuse},    Word{"reject", Verdict::Refuse},   Word{"no", Verdict::Refuse},
    Word{"拒绝", Verdict::Refuse},      Word{"拒絕", Verdict::Refuse},     Word{"却下", Verdict::Refuse},
    Word{"拒否", Verdict::Refuse}};

// Variation selectors and skin tones follow the sign.
constexpr std::array kSigns{Word{"👍", Verdict::Approve}, Word{"✅", Verdict::Approve},
                            Word{"👎", Verdict::Refuse}, Word{"❌", Verdict::Refuse}};

// Older clients repeat what they reply to: lines that begin with ">", then an empty line.
std::string_view without_quotation(std::string_view body) {
  while (body.starts_with("> ") || body.starts_with(">\n")) {
    const std::size_t end = body.find('\n');
    body = end == std::string_view::npos ? std::string_view() : body.substr(end + 1);
  }
  return text::trim(body);
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string bounded(std::string_view reason) {
  std::string_view cut = reason.substr(0, kReasonMax);
  while (!cut.empty() && !text::is_valid_utf8(cut)) cut.remove_suffix(1);
  return std::string(cut);
}

std::string_view reason_after(std::string_view rest) {
  constexpr std::array<std::string_view, 10> kMarks{" ",  ":",      ",",      ".",      "-",
                                                    "\n", "\uFF1A", "\uFF0C", "\u3002", "\u3001"};
  for (bool goes_on = true; goes_on;) {
    goes_on = false;
    for (const std::string_view mark : kMarks) {
      if (!rest.starts_with(mark)) continue;
      rest.remove_prefix(mark.size());
      goes_on = true;
    }
  }
  return rest;
}

std::optional<Answer> from_reaction(const json::Object& relates) {
  const std::string_view key = json::string_or(relates, "key", "");
  for (const Word& sign : kSigns) {
    if (key.starts_with(sign.text))
      return Answer{.to = EventId(json::string_or(relates, "event_id", "")), .verdict = sign.verdict};
  }
  return std::nullopt;
}

std::optional<Answer> from_words(const json::Object& relates, std::string_view body) {
  const json::Object* reply = json::object_at(relates, "m.in_reply_to");
  if (reply == nullptr) return std::nullopt;
  const std::string_view said = without_quotation(body);
  const std::string lower = text::to_lower_ascii(said);
  for (const auto* words : {kWords.data(), kSigns.data()}) {
    const std::size_t size = words == kWords.data() ? kWords.size() : kSigns.size();
    for (std::size_t i = 0; i < size; ++i) {
      const Word& word = words[i];
      if (!lower.starts_with(word.text)) continue;
      const std::string_view rest = said.substr(word.text.size());
      if (!rest.empty() && is_letter(word.text.back()) && is_letter(rest.front())) continue;
      return Answer{.to = EventId(json::string_or(*reply, "event_id", "")),
                    .verdict = word.verdict,
                    .reason = bounded(reason_after(rest))};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Answer> read_answer(std::string_view event_type, const json::Object& content) {
  const json::Object* relates = json::object_at(content, "m.relates_to");
  if (relates == nullptr) return std::nullopt;
  if (event_type == "m.reaction") return from_reaction(*relates);
  if (event_type != "m.room.message") return std::nullopt;
  return from_words(*relates, json::string_or(content, "body", ""));
}

}  // namespace kuramori::approvals
