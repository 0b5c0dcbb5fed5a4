#include "governance/derived_rules.hpp"

#include <algorithm>

#include "governance/explanation_texts.hpp"
#include "governance/obligations.hpp"

namespace kuramori::governance {

namespace {

using Kind = Condition::Kind;

constexpr std::uint64_t bit(Destination destination) {
  return std::uint64_t{1} << static_cast<unsigned>(destination);
}

std::uint64_t beyond(Reach reach) {
  std::uint64_t bits = bit(Destination::Outside);
  if (reach != Reach::Customers) bits |= bit(Destination::Customer);
  if (reach == Reach::Organisation) bits |= bit(Destination::Partner);
  return bits;
}

Condition all_of(std::vector<Condition> children) {
  return {.kind = Kind::All, .children = std::move(children)};
}

Condition has_label(LabelSet labels) {
  return {.kind = Kind::Label, .bits = labels};
}

// {label} stands for the label's name in each language.
std::string with_name(std::string_view text, const std::string& name) {
  std::string result(text);
  const auto at = result.find("{label}");
  if (at != std::string::npos) result.replace(at, 7, name);
  return result;
}

Rule label_rule(const Label& label, std::string_view what, std::vector<std::string> operations,
                Condition condition, const Explanation& texts) {
  Rule rule;
  rule.id = "label." + label.id + "." + std::string(what);
  rule.description = "Handling of the label '" + label.id + "'";
  rule.operations = std::move(operations);
  rule.when = std::move(condition);
  rule.effect = Effect::Refuse;
  rule.explanation = {with_name(texts.en, label.names.en), with_name(texts.zh_hans, label.names.zh_hans),
                      with_name(texts.zh_hant, label.names.zh_hant), with_name(texts.ja, label.names.ja)};
  return rule;
}

const Explanation kReachExplanation{
    "What is labelled “{label}” may not go to the people in this room (rule “{rule}”). Send it in a room of "
    "people "
    "who may have it, or ask for a lower label.",
    "标记为“{label}”的内容不得发送给此房间中的人员(规则“{rule}”)。请在仅有可接收人员的房间中发送,"
    "或申请降低密级。",
    "標示為「{label}」的內容不得發送給此房間中的人員(規則「{rule}」)。請在只有可接收人員的房間中發送,"
    "或申請降低密級。",
    "「{label}」のラベルが付いた内容は、このルームの参加者には送れません(ルール「{rule}」)"
    "。受け取ってよい人だけのルームで送るか、"
    "ラベルの引き下げを申請してください。"};
const Explanation kForward{
    "What is labelled “{label}” is not passed on to other rooms (rule “{rule}”). Ask the person you have it "
    "from, or "
    "for a lower label.",
    "标记为“{label}”的内容不得转发到其他房间(规则“{rule}”)。请联系内容来源人员,或申请降低密级。",
    "標示為「{label}」的內容不得轉傳到其他房間(規則「{rule}」)。請聯絡內容來源人員,或申請降低密級。",
    "「{label}」のラベルが付いた内容は、ほかのルームに転送できません(ルール「{rule}」)"
    "。入手元の方に相談するか、ラベルの引き下げを申請してください。"};
const Explanation kDownload{
    "Files labelled “{label}” are not given out (rule “{rule}”). Ask the person you have it from, or for a "
    "lower label.",
    "标记为“{label}”的文件不提供下载(规则“{rule}”)。请联系文件来源人员,或申请降低密级。",
    "標示為「{label}」的檔案不提供下載(規則「{rule}」)。請聯絡檔案來源人員,或申請降低密級。",
    "「{label}」のラベルが付いたファイルはダウンロードできません(ルール「{rule}」)"
    "。入手元の方に相談するか、ラベルの引き下げを申請してください。"};
const Explanation kShown{
    "Files labelled “{label}” are shown page by page and not given out (rule “{rule}”). Open the file in the "
    "viewer; each page bears your name and the time.",
    "标记为“{label}”的文件仅可逐页查看,不提供下载(规则“{rule}”)。请在查看器中打开;"
    "每页均带有您的姓名和时间水印。",
    "標示為「{label}」的檔案只可逐頁檢視,不提供下載(規則「{rule}」)。請在檢視器中開啟;"
    "每頁均帶有您的姓名和時間浮水印。",
    "「{label}」のラベルが付いたファイルはページごとの閲覧のみで、ダウンロードはできません(ルール「{rule}」)"
    "。ビューアーで開いてください。各ページにはお名前と時刻が透かしで入ります。"};
const Explanation kEncrypt{
    "What is labelled “{label}” is sent only in rooms with end-to-end encryption (rule “{rule}”).",
    "标记为“{label}”的内容只能在端到端加密的房间中发送(规则“{rule}”)。",
    "標示為「{label}」的內容只可在端對端加密的房間中發送(規則「{rule}」)。",
    "「{label}」のラベルが付いた内容は、エンドツーエンド暗号化されたルームでのみ送れます(ルール「{rule}」)"
    "。"};

const Explanation kRed{
    "People of your department may not send this there (rule “{rule}”). Send it to colleagues who may have "
    "it, or ask "
    "your department to do so.",
    "您所在部门的人员不得将此内容发送到该处(规则“{rule}”)。请发送给可接收的同事,或与本部门负责人商议。",
    "您所屬部門的人員不得將此內容發送到該處(規則「{rule}」)。請發送給可接收的同事,或與部門主管商議。",
    "所属部署の方は、この内容をその宛先に送れません(ルール「{rule}」)"
    "。受け取ってよい同僚に送るか、部署の責任者にご相談ください。"};

const Explanation kSealed{
    "Rooms with end-to-end encryption may be made by certain people alone (rule “{rule}”). Use the room "
    "without it, or ask "
    "your security officer.",
    "仅特定人员可建立端到端加密的房间(规则“{rule}”)。请使用未启用端到端加密的房间,或联系安全管理员。",
    "只有特定人員可建立端對端加密的房間(規則「{rule}」)。請使用未啟用端對端加密的房間,或聯絡安全管理員。",
    "エンドツーエンド暗号化されたルームを作れるのは、決められた方だけです(ルール「{rule}」)"
    "。暗号化なしでご利用になるか、セキュリティ担当者にご相談ください。"};

const Explanation kEncryptedOnly{
    "This may be done only in a room with end-to-end encryption (rule “{rule}”). Use or make such a room, or "
    "ask "
    "your security officer.",
    "此操作只能在端到端加密的房间中进行(规则“{rule}”)。请使用或新建此类房间,或联系安全管理员。",
    "此操作只可在端對端加密的房間中進行(規則「{rule}」)。請使用或新建此類房間,或聯絡保安主任。",
    "この操作は、エンドツーエンド暗号化されたルームでのみ行えます(ルール「{rule}」)"
    "。そのようなルームを使うか新しく作るか、セキュリティ担当者にご相談ください。"};

const Explanation kNotPassedOn{
    "This was marked as not to be passed on to other rooms (rule “{rule}”). Ask the person you have it from "
    "to "
    "send it there.",
    "该内容已标记为不得转发到其他房间(规则“{rule}”)。如有需要,请联系内容来源人员由其发送。",
    "該內容已標示為不得轉傳到其他房間(規則「{rule}」)。如有需要,請聯絡內容來源人員由其發送。",
    "この内容には、ほかのルームへ転送しない印が付いています(ルール「{rule}」)"
    "。必要な場合は、入手元の方に送ってもらってください。"};

Condition either_of(const std::vector<std::string>& departments, const std::vector<std::string>& roles) {
  std::vector<Condition> either;
  if (!departments.empty()) either.push_back({.kind = Kind::Department, .values = departments});
  if (!roles.empty()) either.push_back({.kind = Kind::OrganisationRole, .values = roles});
  return {.kind = Kind::Any, .children = std::move(either)};
}

Condition who(const MatrixRow& row) {
  return either_of(row.departments, row.roles);
}

bool is_for_everybody(const MatrixRow& row) {
  return row.departments.empty() && row.roles.empty();
}

Rule cell_rule(const MatrixRow& row, std::span<const MatrixRow> earlier, Destination destination,
               Colour colour, LabelSet labels) {
  Rule rule;
  rule.id =
      "matrix." + row.id + "." + std::string(to_string(destination)) + "." + std::string(to_string(colour));
  rule.description = "Tri-colour matrix, row '" + row.id + "'";
  rule.operations = {"room.send", "room.invite"};
  rule.effect = colour == Colour::Red ? Effect::Refuse : Effect::Hold;
  std::vector<Condition> conditions;
  if (!is_for_everybody(row)) conditions.push_back(who(row));
  for (const MatrixRow& other : earlier) {
    conditions.push_back({.kind = Kind::Not, .children = {who(other)}});
  }
  conditions.push_back({.kind = Kind::Destination, .bits = bit(destination)});
  conditions.push_back(has_label(labels));
  rule.when = all_of(std::move(conditions));
  if (colour == Colour::Red) rule.explanation = kRed;
  complete_explanation(rule);
  return rule;
}

}  // namespace

std::string_view to_string(Colour colour) {
  constexpr std::array<std::string_view, 3> kNames{"green", "yellow", "red"};
  return kNames[static_cast<std::size_t>(colour)];
}

std::vector<Rule> label_rules(const LabelLattice& lattice) {
  std::vector<Rule> rules;
  for (std::size_t i = 0; i < lattice.labels().size(); ++i) {
    const Label& label = lattice.labels()[i];
    const Handling& handling = label.handling;
    const LabelSet only = LabelSet{1} << i;
    if (handling.reach != Reach::Anywhere) {
      Condition leaves{.kind = Kind::Destination, .bits = beyond(handling.reach)};
      rules.push_back(label_rule(label, "reach", {"room.send", "room.invite"},
                                 all_of({has_label(only), std::move(leaves)}), kReachExplanation));
    }
    if (!handling.may_forward) {
      Condition forwarded{.kind = Kind::Forwarded, .minimum = 1};
      rules.push_back(label_rule(label, "forward", {"room.send"},
                                 all_of({has_label(only), std::move(forwarded)}), kForward));
    }
    if (handling.encrypt) {
      Condition managed{.kind = Kind::RoomClass, .bits = Condition::kManaged};
      rules.push_back(label_rule(label, "encrypt", {"room.send"},
                                 all_of({has_label(only), std::move(managed)}), kEncrypt));
    }
    if (handling.view_only) {
      rules.push_back(label_rule(label, "download", {"media.download"}, has_label(only), kShown));
      rules.back().obligations.emplace_back(json::Object{{"view_only", true}});
    } else if (!handling.may_download) {
      rules.push_back(label_rule(label, "download", {"media.download"}, has_label(only), kDownload));
    }
  }
  return rules;
}

std::vector<Rule> matrix_rules(std::span<const MatrixRow> matrix, const LabelLattice& labels) {
  std::vector<Rule> rules;
  for (std::size_t row = 0; row < matrix.size(); ++row) {
    for (std::size_t destination = 0; destination < kDestinations; ++destination) {
      for (const Colour colour : {Colour::Yellow, Colour::Red}) {
        LabelSet set = 0;
        for (std::size_t label = 0; label < labels.labels().size(); ++label) {
          if (matrix[row].cells[destination][label] == colour) set |= LabelSet{1} << label;
        }
        if (set == 0) continue;
        rules.push_back(
            cell_rule(matrix[row], matrix.first(row), static_cast<Destination>(destination), colour, set));
      }
    }
  }
  return rules;
}

std::optional<Rule> sealed_rooms_rule(const SealedRooms& rooms) {
  if (rooms.allowed == SealedRooms::For::Everybody) return std::nullopt;
  Rule rule;
  rule.id = "sealed_rooms.encrypt";
  rule.description = "Who may make rooms end-to-end encrypted";
  rule.operations = {"room.state.set"};
  rule.resource.event_types = {"m.room.encryption"};
  rule.effect = Effect::Refuse;
  rule.explanation = kSealed;
  if (rooms.allowed == SealedRooms::For::Named)
    rule.when = Condition{.kind = Kind::Not, .children = {either_of(rooms.departments, rooms.roles)}};
  return rule;
}

std::vector<Rule> encryption_rules(std::span<const Rule> rules) {
  std::vector<Rule> derived;
  for (const Rule& rule : rules) {
    if (!rule.enabled || !asks_to_encrypt(rule)) continue;
    Rule refusal;
    refusal.id = rule.id + ".encrypt";
    refusal.layer = rule.layer;
    refusal.description = rule.description;
    refusal.operations = rule.operations;
    refusal.resource = rule.resource;
    refusal.effect = Effect::Refuse;
    refusal.explanation = kEncryptedOnly;
    Condition managed{.kind = Kind::RoomClass, .bits = Condition::kManaged};
    std::vector<Condition> conditions{std::move(managed)};
    if (rule.when) conditions.push_back(*rule.when);
    refusal.when = all_of(std::move(conditions));
    derived.push_back(std::move(refusal));
  }
  return derived;
}

Rule not_passed_on_rule() {
  Rule rule;
  rule.id = "content.no_forward";
  rule.description = "What is marked as not to be passed on";
  rule.operations = {"room.send"};
  rule.effect = Effect::Refuse;
  rule.explanation = kNotPassedOn;
  Condition forwarded{.kind = Kind::Forwarded, .minimum = 1};
  Condition marked{.kind = Kind::NoForward, .minimum = 1};
  rule.when = all_of({std::move(forwarded), std::move(marked)});
  return rule;
}

}  // namespace kuramori::governance
