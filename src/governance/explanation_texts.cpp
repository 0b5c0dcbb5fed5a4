#include "governance/explanation_texts.hpp"

#include <algorithm>
#include <array>

namespace kuramori::governance {

namespace {

const Explanation& content_template(Effect effect) {
  static const Explanation kRefuse{
      "This was not accepted because it contains {findings} (rule “{rule}”). Remove it and try again; if you "
      "need an "
      "exception, ask your compliance officer.",
      "内容包含{findings},依据规则“{rule}”未予接受。请删除后重试;如需例外,请联系合规负责人。",
      "內容包含{findings},依據規則「{rule}」未予接受。請移除後再試;如需例外處理,請聯絡合規主任。",
      "{findings}が含まれているため、ルール「{rule}"
      "」により受け付けられませんでした。該当箇所を削除してもう一度お試しください。"
      "例外が必要な場合は、コンプライアンス担当者にご相談ください。"};
  static const Explanation kWarn{"Take care: this contains {findings} (rule “{rule}”).",
                                 "请注意:内容包含{findings}(规则“{rule}”)。",
                                 "請注意:內容包含{findings}(規則「{rule}」)。",
                                 "ご注意ください。{findings}が含まれています(ルール「{rule}」)。"};
  static const Explanation kHold{"This contains {findings} and needs an approval (rule “{rule}”).",
                                 "内容包含{findings},需经审批(规则“{rule}”)。",
                                 "內容包含{findings},需經審批(規則「{rule}」)。",
                                 "{findings}が含まれているため、承認が必要です(ルール「{rule}」)。"};
  static const Explanation kMask{
      "Parts were hidden because they contain {findings} (rule “{rule}”). If the recipients need them, ask "
      "your "
      "compliance officer for a permitted way.",
      "内容包含{findings},依据规则“{rule}”已隐去相关部分。如收件人确有需要,请向合规负责人咨询允许的方式。",
      "內容包含{findings},依據規則「{rule}」已隱去相關部分。如收件人確有需要,請向合規主任查詢獲准的方式。",
      "{findings}が含まれているため、ルール「{rule}"
      "」により該当箇所を伏せました。相手に伝える必要がある場合は、"
      "認められた方法をコンプライアンス担当者にご確認ください。"};
  switch (effect) {
    case Effect::Mask:
      return kMask;
    case Effect::Warn:
      return kWarn;
    case Effect::Hold:
      return kHold;
    default:
      return kRefuse;
  }
}

const Explanation& plain_template(Effect effect) {
  static const Explanation kRefuse{
      "This is not allowed by the rule “{rule}” ({description}). Try from a permitted device, network or "
      "account, or ask "
      "your compliance officer.",
      "依据规则“{rule}”({description}),不允许此操作。请改用获准的设备、网络或账号,或联系合规负责人。",
      "依據規則「{rule}」({description}),不允許此操作。請改用獲准的裝置、網絡或帳戶,或聯絡合規主任。",
      "ルール「{rule}」({description})"
      "により、この操作は許可されていません。許可された端末、ネットワーク、アカウントから行うか、"
      "コンプライアンス担当者にご相談ください。"};
  static const Explanation kWarn{"Take care: the rule “{rule}” ({description}) applies here.",
                                 "请注意:此操作适用规则“{rule}”({description})。",
                                 "請注意:此操作適用規則「{rule}」({description})。",
                                 "ご注意ください。ルール「{rule}」({description})が適用されます。"};
  static const Explanation kHold{"This needs an approval by the rule “{rule}” ({description}).",
                                 "依据规则“{rule}”({description}),此操作需经审批。",
                                 "依據規則「{rule}」({description}),此操作需經審批。",
                                 "ルール「{rule}」({description})により、この操作には承認が必要です。"};
  return effect == Effect::Warn ? kWarn : effect == Effect::Hold ? kHold : kRefuse;
}

void fill(std::string& text, const std::string& fallback) {
  if (text.empty()) text = fallback;
}

void fill(Explanation& texts, const Explanation& fallback) {
  fill(texts.en, fallback.en);
  fill(texts.zh_hans, fallback.zh_hans);
  fill(texts.zh_hant, fallback.zh_hant);
  fill(texts.ja, fallback.ja);
}

using Language = std::string Explanation::*;

std::string joined(const std::vector<const Explanation*>& found, Language language,
                   std::string_view separator) {
  std::string result;
  for (const Explanation* names : found) {
    if (!result.empty()) result.append(separator);
    result.append(names->*language);
  }
  return result;
}

std::string replaced(const std::string& text, const Rule& rule, const std::string& findings) {
  const std::array<std::pair<std::string_view, std::string_view>, 3> values{
      {{"{rule}", rule.id},
       {"{findings}", findings},
       {"{description}", rule.description.empty() ? rule.id : rule.description}}};
  std::string result;
  std::string_view rest = text;
  for (std::size_t brace = rest.find('{'); brace != std::string_view::npos; brace = rest.find('{')) {
    result.append(rest.substr(0, brace));
    rest.remove_prefix(brace);
    const auto value =
        std::ranges::find_if(values, [&](const auto& each) { return rest.starts_with(each.first); });
    result.append(value == values.end() ? rest.substr(0, 1) : value->second);
    rest.remove_prefix(value == values.end() ? 1 : value->first.size());
  }
  return result.append(rest);
}

}  // namespace

bool looks_at_content(const Condition& condition) {
  if (condition.kind == Condition::Kind::Not) return false;  // what is absent cannot be named
  return condition.kind == Condition::Kind::Finding || condition.kind == Condition::Kind::Keyword ||
         std::ranges::any_of(condition.children, looks_at_content);
}

bool shows_only(const Rule& rule) {
  return std::ranges::any_of(rule.obligations, [](const json::Value& obligation) {
    if (!obligation.is_object()) return false;
    const json::Value* flag = json::find(obligation.get_object(), "view_only");
    return flag != nullptr && flag->is_bool() && flag->get_bool();
  });
}

Explanation view_only_explanation(std::string_view rule) {
  const std::string name(rule);
  return {
      "This file is shown page by page and not given out (rule “" + name +
          "”). Open it in the viewer; each page bears your name and the time.",
      "此文件仅可逐页查看,不提供下载(规则“" + name + "”)。请在查看器中打开;每页均带有您的姓名和时间水印。",
      "此檔案只可逐頁檢視,不提供下載(規則「" + name +
          "」)。請在檢視器中開啟;每頁均帶有您的姓名和時間浮水印。",
      "このファイルはページごとの閲覧のみで、ダウンロードはできません(ルール「" + name +
          "」)。ビューアーで開いてください。各ページにはお名前と時刻が透かしで入ります。"};
}

void complete_explanation(Rule& rule) {
  if (shows_only(rule) && rule.effect == Effect::Allow)
    fill(rule.explanation, view_only_explanation("{rule}"));
  if (rule.effect == Effect::Allow) return;
  const bool content = rule.when && looks_at_content(*rule.when);
  fill(rule.explanation, content ? content_template(rule.effect) : plain_template(rule.effect));
}

Explanation unmatched_explanation() {
  return {
      "No rule of the policy allows this, and what is not allowed is refused (rule “unmatched”). Ask an "
      "officer of "
      "your organisation.",
      "策略中没有任何规则允许此操作,未获允许的操作一律拒绝(规则“unmatched”)。请联系贵组织的相关负责人。",
      "政策中沒有任何規則允許此操作,未獲允許的操作一律拒絕(規則「unmatched」)。請聯絡貴機構的相關主任。",
      "この操作を許可するルールがないため拒否されました(ルール「unmatched」)"
      "。組織の担当責任者にご相談ください。"};
}

void complete_names(Explanation& names, const std::string& description) {
  const std::string fallback = !names.en.empty() ? names.en : description;
  fill(names, {fallback, fallback, fallback, fallback});
}

Explanation explain(const Rule& rule, const std::vector<const Explanation*>& found) {
  const Explanation& texts = rule.explanation;
  return {replaced(texts.en, rule, joined(found, &Explanation::en, ", ")),
          replaced(texts.zh_hans, rule, joined(found, &Explanation::zh_hans, "、")),
          replaced(texts.zh_hant, rule, joined(found, &Explanation::zh_hant, "、")),
          replaced(texts.ja, rule, joined(found, &Explanation::ja, "、"))};
}

}  // namespace kuramori::governance
