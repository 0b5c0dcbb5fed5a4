#include "notices/words.hpp"

#include <array>

namespace kuramori::notices {
namespace {

using gate::Localised;

struct Words {
  std::string_view key;
  Localised text;
};

template <std::size_t Count>
const Localised& find_words(const std::array<Words, Count>& list, std::string_view key) {
  for (const Words& words : list) {
    if (words.key == key) return words.text;
  }
  return list.front().text;
}

const Localised& outcome_words(std::string_view outcome) {
  static const std::array<Words, 7> kOutcomes{
      Words{"allowed", {"It was let through.", "已放行。", "已放行。", "許可されました。"}},
      Words{"refused", {"It was refused.", "已拒绝。", "已拒絕。", "拒否されました。"}},
      Words{"held", {"It waits for an approval.", "正在等待审批。", "正在等待審批。", "承認待ちです。"}},
      Words{"masked",
            {"It was let through with parts hidden.", "已隐去部分内容后放行。", "已隱去部分內容後放行。",
             "一部を伏せて許可されました。"}},
      Words{"warned",
            {"It was let through with a warning.", "已警告并放行。", "已警告並放行。",
             "警告のうえ許可されました。"}},
      Words{"confirmed",
            {"It was let through after the person confirmed it.", "经本人确认后已放行。",
             "經本人確認後已放行。", "本人の確認のうえ許可されました。"}},
      Words{"approved",
            {"It was let through after an approval.", "经审批后已放行。", "經審批後已放行。",
             "承認のうえ許可されました。"}}};
  return find_words(kOutcomes, outcome);
}

const Localised& severity_words(governance::Severity severity) {
  static const std::array<Localised, 3> kWords{
      Localised{"Alert (low)", "警报(低)", "警示(低)", "アラート(低)"},
      Localised{"Alert (medium)", "警报(中)", "警示(中)", "アラート(中)"},
      Localised{"Alert (high)", "警报(高)", "警示(高)", "アラート(高)"}};
  return kWords[static_cast<std::size_t>(severity)];
}

const Localised& title_of(const Heading& heading) {
  static const Localised kNotice{"Notice", "通知", "通知", "お知らせ"};
  return heading.alert ? severity_words(*heading.alert) : kNotice;
}

template <class Id>
std::string listed(const std::vector<Id>& ids, std::string_view separator) {
  std::string text;
  for (const Id& id : ids) {
    if (!text.empty()) text.append(separator);
    text.append(id.view());
  }
  return text.empty() ? "–" : text;
}

struct Facts {
  std::string rule;
  std::string operation;
  std::string acts;
  std::string since;
  std::string until;
};

Localised of_one(const Localised& title, const Facts& facts, const Notice& notice) {
  const std::string who = listed(notice.people, ", ");
  const std::string where = listed(notice.rooms, ", ");
  const Localised& outcome = outcome_words(notice.last.outcome);
  return {title.en + " by the rule “" + facts.rule + "”: " + who + ", " + facts.operation + ", room " +
              where + ", " + facts.until + ". " + outcome.en,
          title.zh_hans + "(规则“" + facts.rule + "”):" + who + "," + facts.operation + ",房间 " + where +
              "," + facts.until + "。" + outcome.zh_hans,
          title.zh_hant + "(規則「" + facts.rule + "」):" + who + "," + facts.operation + ",聊天室 " + where +
              "," + facts.until + "。" + outcome.zh_hant,
          title.ja + "(ルール「" + facts.rule + "」):" + who + "、" + facts.operation + "、ルーム " + where +
              "、" + facts.until + "。" + outcome.ja};
}

Localised of_many(const Localised& title, const Facts& facts, const Notice& notice) {
  const std::string more = notice.names_more ? ", …" : "";
  const std::string who = listed(notice.people, ", ") + more;
  const std::string where = listed(notice.rooms, ", ") + more;
  return {title.en + " by the rule “" + facts.rule + "”: " + facts.acts + " acts from " + facts.since +
              " to " + facts.until + ". Who: " + who + ". Rooms: " + where +
              ". The last: " + facts.operation + ".",
          title.zh_hans + "(规则“" + facts.rule + "”):" + facts.since + " 至 " + facts.until + " 共 " +
              facts.acts + " 次。人员:" + who + "。房间:" + where + "。最后一次:" + facts.operation + "。",
          title.zh_hant + "(規則「" + facts.rule + "」):" + facts.since + " 至 " + facts.until + " 共 " +
              facts.acts + " 次。人員:" + who + "。聊天室:" + where + "。最後一次:" + facts.operation + "。",
          title.ja + "(ルール「" + facts.rule + "」):" + facts.since + " から " + facts.until + " まで " +
              facts.acts + " 件。操作した人:" + who + "。ルーム:" + where +
              "。最後の操作:" + facts.operation + "。"};
}

}  // namespace

gate::Localised words_of(const Notice& notice) {
  const Facts facts{.rule = notice.heading.rule,
                    .operation = std::string(gate::to_string(notice.last.operation)),
                    .acts = std::to_string(notice.acts),
                    .since = to_rfc3339(notice.first_at),
                    .until = to_rfc3339(notice.last.when)};
  const Localised& title = title_of(notice.heading);
  return notice.acts == 1 ? of_one(title, facts, notice) : of_many(title, facts, notice);
}

}  // namespace kuramori::notices
