#include "link_risk/explanations.hpp"

#include <array>

namespace kuramori::link_risk {
namespace {

using governance::Explanation;

struct Texts {
  std::string_view en;
  std::string_view zh_hans;
  std::string_view zh_hant;
  std::string_view ja;
};

// In the order of ReasonCode. {host}, {detail}.
constexpr auto kReasonTexts = std::to_array<Texts>({
    {"{host} is on your organisation's allow list.", "{host} 在贵组织的允许列表中。",
     "{host} 在貴組織的允許清單中。", "{host} は組織の許可リストに登録されています。"},
    {"{host} shortens links: it does not show where it leads.", "{host} 是短链接服务，看不出实际去向。",
     "{host} 是短網址服務，看不出實際去向。", "{host} は短縮リンクで、行き先が表示されません。"},
    {"The link leads to the address {host} instead of a name.", "该链接指向 IP 地址 {host}，而不是域名。",
     "此連結指向 IP 位址 {host}，而不是網域名稱。", "リンク先が名前ではなく IP アドレス {host} です。"},
    {"The address {host} is written in a way that hides it.", "地址 {host} 的写法具有隐蔽性。",
     "位址 {host} 的寫法具有隱蔽性。", "アドレス {host} が分かりにくい形式で書かれています。"},
    {"What stands before the @ sign only pretends to be the host; the link leads to {host}.",
     "@ 符号前的内容并非真正的网站，链接实际指向 {host}。",
     "@ 符號前的內容並非真正的網站，連結實際指向 {host}。",
     "@ の前の文字列は見せかけで、実際のリンク先は {host} です。"},
    {"The link to {host} holds invisible characters.", "指向 {host} 的链接含有不可见字符。",
     "指向 {host} 的連結含有不可見字元。", "{host} へのリンクに見えない文字が含まれています。"},
    {"The link to {host} was written so that it is not followed by accident.",
     "指向 {host} 的链接采用了防误点的写法。", "指向 {host} 的連結採用了防誤點的寫法。",
     "{host} へのリンクは誤って開かれないように書かれています。"},
    {"There are more links than can be checked.", "链接过多，无法全部检查。", "連結過多，無法全部檢查。",
     "リンクが多すぎるため、すべてを確認できません。"},
    {"The text shows {detail}, but the link leads to {host}.", "文字显示的是 {detail}，链接实际指向 {host}。",
     "文字顯示的是 {detail}，連結實際指向 {host}。",
     "表示は {detail} ですが、実際のリンク先は {host} です。"},
    {"{host} is read as {detail}.", "{host} 显示为 {detail}。", "{host} 顯示為 {detail}。",
     "{host} は {detail} と表示されます。"},
    {"{host} looks like {detail}, but is another site.", "{host} 外观酷似 {detail}，但并非同一网站。",
     "{host} 外觀酷似 {detail}，但並非同一網站。", "{host} は {detail} に見えますが、別のサイトです。"},
    {"{host} differs from {detail} by a letter or two.", "{host} 与 {detail} 只差一两个字母。",
     "{host} 與 {detail} 只差一兩個字母。", "{host} は {detail} と一、二文字しか違いません。"},
    {"{host} has the name of {detail} under another suffix.", "{host} 使用了 {detail} 的名称，但后缀不同。",
     "{host} 使用了 {detail} 的名稱，但後綴不同。",
     "{host} は {detail} と同じ名前ですが、末尾が異なります。"},
    {"{host} carries the name {detail}, but belongs to somebody else.",
     "{host} 包含 {detail} 的名称，但不属于其所有者。", "{host} 包含 {detail} 的名稱，但不屬於其擁有者。",
     "{host} は {detail} の名前を含みますが、別の所有者のものです。"},
    {"The name {host} mixes letters of different scripts.", "{host} 混用了不同文字的字母。",
     "{host} 混用了不同文字的字母。", "{host} は異なる文字体系の文字を混ぜています。"},
    {"{host} is on a list of dangerous sites.", "{host} 在危险网站列表中。", "{host} 在危險網站清單中。",
     "{host} は危険なサイトのリストに登録されています。"},
});
static_assert(kReasonTexts.size() == static_cast<std::size_t>(ReasonCode::Blocked) + 1);

constexpr Texts kAdvice{"Ask the sender in another way, or your administrator, before you trust it.",
                        "请先通过其他方式向发送者或管理员确认。", "請先透過其他方式向傳送者或管理員確認。",
                        "信用する前に、別の方法で送信者か管理者に確認してください。"};

std::string filled(std::string_view text, const LinkFinding& finding, const Reason& reason) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    constexpr std::string_view kHost = "{host}";
    constexpr std::string_view kDetail = "{detail}";
    if (text.substr(at).starts_with(kHost)) {
      out += finding.host;
      at += kHost.size();
    } else if (text.substr(at).starts_with(kDetail)) {
      out += reason.detail;
      at += kDetail.size();
    } else {
      out.push_back(text[at++]);
    }
  }
  return out;
}

void append(std::string& text, const std::string& sentence, std::string_view between) {
  if (!text.empty()) text += between;
  text += sentence;
}

}  // namespace

Explanation explain(const LinkFinding& finding, const Reason& reason) {
  const Texts& texts = kReasonTexts[static_cast<std::size_t>(reason.code)];
  return {.en = filled(texts.en, finding, reason),
          .zh_hans = filled(texts.zh_hans, finding, reason),
          .zh_hant = filled(texts.zh_hant, finding, reason),
          .ja = filled(texts.ja, finding, reason)};
}

Explanation explain(const LinkFinding& finding) {
  Explanation whole;
  for (const Reason& reason : finding.reasons) {
    const Explanation sentence = explain(finding, reason);
    append(whole.en, sentence.en, " ");
    append(whole.zh_hans, sentence.zh_hans, "");
    append(whole.zh_hant, sentence.zh_hant, "");
    append(whole.ja, sentence.ja, "");
  }
  if (finding.verdict > Verdict::Allowed) {
    append(whole.en, std::string(kAdvice.en), " ");
    append(whole.zh_hans, std::string(kAdvice.zh_hans), "");
    append(whole.zh_hant, std::string(kAdvice.zh_hant), "");
    append(whole.ja, std::string(kAdvice.ja), "");
  }
  return whole;
}

}  // namespace kuramori::link_risk
