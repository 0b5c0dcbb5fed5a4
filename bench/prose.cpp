#include "prose.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <unordered_set>

namespace kuramori::bench {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::array<std::string_view, 80> kFunctionWords{
    "the",   "to",   "of",     "and",  "a",    "in",    "is",   "that",  "for",  "it",    "we",    "you",
    "on",    "with", "be",     "this", "are",  "not",   "have", "from",  "as",   "but",   "at",    "can",
    "will",  "they", "by",     "if",   "or",   "was",   "our",  "there", "what", "all",   "has",   "me",
    "so",    "my",   "do",     "your", "an",   "them",  "when", "no",    "who",  "which", "would", "about",
    "out",   "up",   "then",   "how",  "been", "just",  "its",  "more",  "were", "some",  "could", "only",
    "after", "also", "should", "any",  "now",  "than",  "into", "here",  "well", "still", "again", "before",
    "other", "very", "too",    "both", "most", "until", "each", "yet"};

constexpr std::array<std::string_view, 240> kStems{
    "meet",     "plan",    "report",  "review",  "test",     "build",   "deploy",  "server",  "client",
    "price",    "order",   "ship",    "pay",     "call",     "mail",    "team",    "project", "budget",
    "quarter",  "figure",  "page",    "file",    "folder",   "share",   "read",    "write",   "draft",
    "sign",     "print",   "scan",    "check",   "update",   "change",  "move",    "open",    "close",
    "start",    "stop",    "finish",  "wait",    "work",     "office",  "desk",    "lunch",   "coffee",
    "travel",   "train",   "flight",  "hotel",   "visit",    "guest",   "host",    "room",    "floor",
    "door",     "window",  "key",     "card",    "badge",    "lock",    "store",   "stock",   "sell",
    "market",   "trade",   "tax",     "rate",    "cost",     "profit",  "loss",    "account", "bank",
    "invoice",  "bill",    "credit",  "debit",   "loan",     "grant",   "fund",    "audit",   "law",
    "contract", "clause",  "term",    "party",   "claim",    "court",   "appeal",  "permit",  "patent",
    "design",   "model",   "sketch",  "paint",   "colour",   "shape",   "frame",   "panel",   "button",
    "screen",   "link",    "network", "router",  "cable",    "port",    "packet",  "signal",  "sensor",
    "device",   "machine", "engine",  "motor",   "pump",     "valve",   "pipe",    "tank",    "filter",
    "heat",     "cool",    "freeze",  "data",    "table",    "index",   "query",   "record",  "field",
    "column",   "backup",  "restore", "archive", "log",      "trace",   "debug",   "crash",   "error",
    "fault",    "fix",     "patch",   "merge",   "branch",   "commit",  "release", "version", "ticket",
    "issue",    "bug",     "feature", "request", "demand",   "offer",   "quote",   "supply",  "vendor",
    "buyer",    "partner", "agent",   "broker",  "retail",   "outlet",  "parcel",  "truck",   "driver",
    "route",    "map",     "depot",   "pallet",  "crate",    "label",   "weight",  "load",    "nurse",
    "doctor",   "patient", "clinic",  "ward",    "dose",     "drug",    "vaccine", "sample",  "lab",
    "study",    "paper",   "survey",  "answer",  "question", "topic",   "lesson",  "teacher", "student",
    "class",    "school",  "grade",   "exam",    "course",   "degree",  "skill",   "hire",    "interview",
    "salary",   "bonus",   "holiday", "leave",   "absence",  "shift",   "roster",  "hour",    "minute",
    "morning",  "evening", "week",    "month",   "year",     "spring",  "summer",  "autumn",  "winter",
    "rain",     "snow",    "storm",   "wind",    "garden",   "tree",    "flower",  "field",   "river",
    "bridge",   "road",    "street",  "city",    "village",  "kitchen", "recipe",  "bread",   "cheese",
    "apple",    "orange",  "sugar",   "salt",    "water",    "wine"};

constexpr std::array<std::string_view, 14> kEndings{"",     "s",   "ed",   "ing",  "er",   "ers",  "able",
                                                    "less", "ful", "ness", "like", "ment", "wise", "ish"};
constexpr std::array<std::string_view, 9> kBeginnings{"re",    "un",    "pre", "over", "sub",
                                                      "inter", "multi", "non", "co"};

constexpr std::array<std::string_view, 64> kChineseNouns{
    "会议",   "报告", "项目", "预算", "合同", "客户", "产品", "服务器", "数据库", "文件", "图片",
    "方案",   "价格", "订单", "发票", "账户", "银行", "市场", "销售",   "财务",   "人事", "办公室",
    "会议室", "机票", "酒店", "火车", "航班", "午餐", "咖啡", "电话",   "邮件",   "密码", "网络",
    "系统",   "版本", "测试", "设计", "代码", "问题", "答案", "日程",   "计划",   "目标", "结果",
    "培训",   "课程", "学生", "老师", "医生", "医院", "药品", "仓库",   "库存",   "物流", "司机",
    "地图",   "工厂", "机器", "零件", "质量", "安全", "规定", "法律",   "专利"};
constexpr std::array<std::string_view, 20> kChineseTraditionalNouns{
    "會議", "報告", "專案", "預算", "合約", "客戶", "產品", "伺服器", "資料庫", "檔案",
    "價格", "訂單", "發票", "帳戶", "銀行", "市場", "銷售", "財務",   "辦公室", "測試"};
constexpr std::array<std::string_view, 24> kChinesePeople{
    "我们", "你们",   "他们", "大家", "经理", "主任", "王小明", "李伟", "张丽华", "刘洋", "陈静", "杨帆",
    "赵敏", "黄建国", "周杰", "吴芳", "徐磊", "孙燕", "马超",   "朱琳", "胡军",   "郭涛", "何欣", "高志强"};
constexpr std::array<std::string_view, 20> kChineseTimes{
    "今天",     "明天", "昨天",         "下周一", "下周三",   "本月底",   "上午十点",
    "下午三点", "晚上", "周末",         "年底",   "第一季度", "第三季度", "春节以后",
    "刚才",     "现在", "两个小时以内", "中午",   "月初",     "上个星期"};
constexpr std::array<std::string_view, 24> kChineseVerbs{
    "讨论", "检查", "更新", "准备", "发送", "打印", "签署", "取消", "推迟", "安排", "修改", "审批",
    "确认", "分析", "整理", "提交", "翻译", "保存", "删除", "恢复", "购买", "介绍", "评估", "公布"};
constexpr std::array<std::string_view, 12> kChineseTails{
    "，请尽快回复",   "，谢谢",         "，有问题请联系我", "，不用着急", "，辛苦了",       "，细节见附件",
    "，大家有意见吗", "，我已经看过了", "，需要再讨论一下", "，费用不变", "，地点另行通知", ""};

constexpr std::array<std::string_view, 56> kJapaneseNouns{
    "会議",     "報告書", "予算",     "契約", "顧客",   "製品",       "サーバー",     "データベース",
    "ファイル", "写真",   "提案",     "価格", "注文",   "請求書",     "口座",         "銀行",
    "市場",     "営業",   "経理",     "人事", "事務所", "会議室",     "航空券",       "ホテル",
    "新幹線",   "昼食",   "コーヒー", "電話", "メール", "パスワード", "ネットワーク", "システム",
    "試験",     "設計",   "問題",     "回答", "日程",   "計画",       "目標",         "結果",
    "研修",     "授業",   "学生",     "先生", "病院",   "倉庫",       "在庫",         "物流",
    "工場",     "機械",   "部品",     "品質", "安全",   "規則",       "法律",         "特許"};
constexpr std::array<std::string_view, 16> kJapaneseTimes{
    "今日", "明日", "昨日",       "来週の月曜日", "今月末", "午前十時",   "午後三時", "夕方",
    "週末", "年末", "第一四半期", "先ほど",       "今",     "二時間以内", "お昼",     "先週"};
constexpr std::array<std::string_view, 16> kJapanesePeople{
    "私たち",   "皆さん",   "部長",     "課長",     "田中さん", "鈴木さん", "佐藤さん", "高橋さん",
    "伊藤さん", "渡辺さん", "山本さん", "中村さん", "小林さん", "加藤さん", "吉田さん", "山田さん"};
constexpr std::array<std::string_view, 20> kJapaneseVerbs{
    "確認しました", "更新します",       "準備してください", "送ります",         "印刷しておきます",
    "署名しました", "取り消します",     "延期しましょう",   "手配します",       "修正しました",
    "承認待ちです", "分析しています",   "整理します",       "提出してください", "翻訳します",
    "保存しました", "削除してください", "復元しました",     "購入します",       "検討中です"};
constexpr std::array<std::string_view, 10> kJapaneseTails{"よろしくお願いします", "お疲れさまです",
                                                          "ありがとうございます", "詳細は添付をご覧ください",
                                                          "急ぎではありません",   "ご意見をください",
                                                          "もう見ました",         "あとで連絡します",
                                                          "場所は未定です",       ""};

constexpr double kChineseShare = 0.15;
constexpr double kTraditionalShare = 0.33;  // of the Chinese ones
constexpr double kJapaneseShare = 0.15;

std::string_view one_of(Dice& dice, Words words) {
  // The square of a share: the first words of a list come more often than its last ones.
  const double share = dice.share();
  return words[static_cast<std::size_t>(share * share * static_cast<double>(words.size()))];
}

void shuffle_tail(std::vector<std::string>& words, std::size_t from) {
  Dice dice(from);
  for (std::size_t index = words.size() - 1; index > from; --index)
    std::swap(words[index], words[from + dice.below(index - from + 1)]);
}

// Function words, then stems, their forms, and their rarer relatives.
std::vector<std::string> make_vocabulary() {
  std::vector<std::string> words;
  std::unordered_set<std::string> seen;
  const auto add = [&](std::string word) {
    if (seen.insert(word).second) words.push_back(std::move(word));
  };
  for (const std::string_view word : kFunctionWords) add(std::string(word));
  std::size_t tier = words.size();
  for (const std::string_view stem : kStems) add(std::string(stem));
  shuffle_tail(words, tier);
  tier = words.size();
  for (const std::string_view stem : kStems) {
    for (const std::string_view ending : kEndings) add(std::string(stem).append(ending));
  }
  shuffle_tail(words, tier);
  tier = words.size();
  for (const std::string_view beginning : kBeginnings) {
    for (const std::string_view stem : kStems) {
      for (const std::string_view ending : kEndings) add(std::string(beginning).append(stem).append(ending));
    }
  }
  shuffle_tail(words, tier);
  return words;
}

std::string chinese(Dice& dice) {
  std::string out;
  const bool traditional = dice.share() < kTraditionalShare;
  const Words nouns = traditional ? Words(kChineseTraditionalNouns) : Words(kChineseNouns);
  const std::size_t sentences = 1 + dice.below(3);
  for (std::size_t sentence = 0; sentence < sentences; ++sentence) {
    out.append(one_of(dice, kChinesePeople)).append(one_of(dice, kChineseTimes));
    out.append(one_of(dice, kChineseVerbs)).append(one_of(dice, nouns)).append("的");
    out.append(one_of(dice, nouns)).append(one_of(dice, kChineseTails)).append("。");
  }
  return out;
}

std::string japanese(Dice& dice) {
  std::string out;
  const std::size_t sentences = 1 + dice.below(3);
  for (std::size_t sentence = 0; sentence < sentences; ++sentence) {
    out.append(one_of(dice, kJapaneseTimes)).append("、").append(one_of(dice, kJapanesePeople)).append("が");
    out.append(one_of(dice, kJapaneseNouns)).append("の").append(one_of(dice, kJapaneseNouns)).append("を");
    out.append(one_of(dice, kJapaneseVerbs)).append("。").append(one_of(dice, kJapaneseTails)).append("。");
  }
  return out;
}

}  // namespace

std::uint64_t Dice::next() {
  state_ += 0x9E3779B97F4A7C15U;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  return mixed ^ (mixed >> 31U);
}

Prose::Prose(std::uint64_t seed) : seed_(seed), words_(make_vocabulary()) {
  cumulative_.reserve(words_.size());
  double sum = 0;
  for (std::size_t rank = 0; rank < words_.size(); ++rank) {
    sum += 1.0 / static_cast<double>(rank + 1);
    cumulative_.push_back(sum);
  }
}

Tongue Prose::tongue_of(std::size_t number) const {
  const double share = Dice(seed_ * 31 + number).share();
  if (share < kChineseShare) return Tongue::Chinese;
  return share < kChineseShare + kJapaneseShare ? Tongue::Japanese : Tongue::English;
}

std::string Prose::english(Dice& dice) const {
  std::string out;
  const std::size_t words = 4 + dice.below(18);
  for (std::size_t index = 0; index < words; ++index) {
    const double at = dice.share() * cumulative_.back();
    const auto found = std::ranges::upper_bound(cumulative_, at);
    const auto rank = static_cast<std::size_t>(found - cumulative_.begin());
    if (!out.empty()) out.push_back(' ');
    out.append(words_[std::min(rank, words_.size() - 1)]);
  }
  if (dice.below(10) == 0) out.append(" #").append(std::to_string(1000 + dice.below(9000)));
  out.front() = static_cast<char>(out.front() - 'a' + 'A');
  out.push_back(dice.below(6) == 0 ? '?' : '.');
  return out;
}

std::string Prose::message(std::size_t number) const {
  Dice dice(seed_ * 1'000'003 + number);
  const Tongue tongue = tongue_of(number);
  std::string out = tongue == Tongue::English   ? english(dice)
                    : tongue == Tongue::Chinese ? chinese(dice)
                                                : japanese(dice);
  if (has_unique_word(number)) out.append(" ").append(unique_word(number));
  return out;
}

// Always of the same length, so that none begins another.
std::string Prose::unique_word(std::size_t number) const {
  constexpr std::size_t kLetters = 7;
  constexpr std::uint64_t kSpace = 8'031'810'176;  // 26^7
  constexpr std::uint64_t kStep = 2'971'215'073;   // a prime: numbers apart stay apart
  std::uint64_t mixed = (number % kSpace * (kStep % kSpace) + seed_) % kSpace;
  std::string out = "zqx";
  for (std::size_t letter = 0; letter < kLetters; ++letter, mixed /= 26)
    out.push_back(static_cast<char>('a' + mixed % 26));
  return out;
}

std::string_view Prose::chinese_noun(std::size_t number) {
  return kChineseNouns[number % kChineseNouns.size()];
}

std::string_view Prose::japanese_noun(std::size_t number) {
  return kJapaneseNouns[number % kJapaneseNouns.size()];
}

}  // namespace kuramori::bench
