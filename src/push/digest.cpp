#include "push/digest.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kuramori::push {
namespace {

constexpr std::size_t kItemsMax = 50;
constexpr std::size_t kTextBytesMax = 1'000;

struct Words {
  std::string_view language;
  std::string_view subject;      // before the number
  std::string_view subject_end;  // after it
  std::string_view heading;
  std::string_view in_room;  // between sender and room
  std::string_view others;   // before the number of those left out
  std::string_view open;
  std::string_view stop;
};
constexpr Words kWords[] = {
    {"en", "Unread messages: ", "", "You have unread messages from:", " in ",
     "and others: ", "Open your messages:",
     "To receive no more of these e-mails, switch off notifications by e-mail in your client."},
    {"zh-Hans", "未读消息：", " 条", "您有来自以下人员的未读消息：", "，聊天室：", "以及其他未读消息：",
     "打开消息：", "如不想再收到此类邮件，请在客户端中关闭邮件通知。"},
    {"zh-Hant", "未讀訊息：", " 則", "您有來自以下人員的未讀訊息：", "，聊天室：", "以及其他未讀訊息：",
     "開啟訊息：", "如不想再收到此類郵件，請在用戶端關閉電郵通知。"},
    {"ja", "未読メッセージ：", "件", "次の方からの未読メッセージがあります：", "、ルーム：",
     "その他の未読メッセージ：", "メッセージを開く：",
     "このメールの受信を停止するには、クライアントでメール通知をオフにしてください。"}};

const Words& words_of(std::string_view tag) {
  const std::string language = text::to_lower_ascii(tag);
  std::string_view best = "en";
  if (language.starts_with("ja")) best = "ja";
  if (language.starts_with("zh")) {
    const bool is_traditional = language.contains("hant") || language.contains("tw") ||
                                language.contains("hk") || language.contains("mo");
    best = is_traditional ? "zh-Hant" : "zh-Hans";
  }
  return *std::ranges::find(kWords, best, &Words::language);
}

// Names are what people chose: one line stays one line.
std::string on_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) line.push_back(static_cast<unsigned char>(c) < 0x20 || c == '\x7f' ? ' ' : c);
  return line;
}

// Not in the middle of a character.
std::string_view shortened(std::string_view text) {
  if (text.size() <= kTextBytesMax) return text;
  std::size_t end = kTextBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

Letter make_digest(const DigestContext& context, const std::vector<DigestItem>& items) {
  const Words& words = words_of(context.language);
  std::string text(words.heading);
  text += "\n\n";
  const std::size_t shown = std::min(items.size(), kItemsMax);
  for (std::size_t i = 0; i < shown; ++i) {
    const DigestItem& item = items[i];
    text += "- " + on_one_line(item.sender);
    if (!item.room.empty()) text += std::string(words.in_room) + on_one_line(item.room);
    text += "\n";
    if (!item.text.empty()) text += "  " + on_one_line(shortened(item.text)) + "\n";
  }
  if (shown < items.size()) text += std::string(words.others) + std::to_string(items.size() - shown) + "\n";
  if (!context.base_url.empty()) text += "\n" + std::string(words.open) + " " + context.base_url + "\n";
  text += "\n" + std::string(words.stop) + "\n";
  std::string subject = std::string(words.subject) + std::to_string(items.size()) +
                        std::string(words.subject_end) + " (" + context.organisation + ")";
  return {.to = context.to, .subject = std::move(subject), .text = std::move(text)};
}

}  // namespace kuramori::push
