#include "approvals/file_texts.hpp"

namespace kuramori::approvals {
namespace {

std::string file_name(const Request& request) {
  const std::string_view name = json::string_or(request.file, "name", "");
  return std::string(name.empty() ? json::string_or(request.file, "uri", "") : name);
}

std::string rules_of(const Request& request) {
  std::string text;
  for (const std::string& rule : request.rules) {
    if (!text.empty()) text += ", ";
    text += rule;
  }
  return text;
}

std::string size_of(const Request& request) {
  constexpr std::int64_t kKilo = 1'000;
  const std::int64_t bytes = json::integer_or(request.file, "bytes", 0);
  if (bytes < kKilo) return std::to_string(bytes) + " B";
  if (bytes < kKilo * kKilo) return std::to_string(bytes / kKilo) + " kB";
  return std::to_string(bytes / (kKilo * kKilo)) + " MB";
}

// "report.pdf, application/pdf, 12 kB; hk_identity_card × 2": what was found is never shown itself.
std::string facts_of(const Request& request) {
  std::string text = "“" + file_name(request) + "”, " +
                     std::string(json::string_or(request.file, "type", "")) + ", " + size_of(request);
  const json::Object* found = json::object_at(request.file, "found");
  if (found == nullptr || found->empty()) return text;
  std::string_view separator = "; ";
  for (const auto& [source, count] : *found) {
    text += separator;
    text += std::string(source) + " × " + std::to_string(count.is_int64() ? count.get_int64() : 0);
    separator = ", ";
  }
  return text;
}

}  // namespace

gate::Localised file_question_text(const Request& request, const std::string& requester) {
  const std::string rules = rules_of(request);
  const std::string facts = facts_of(request);
  const std::string view(json::string_or(request.file, "view", ""));
  return {requester + " uploaded a file that is held (rule “" + rules + "”): " + facts +
              ".\nLook at it page by page: " + view +
              "\nReact with 👍 or ✅ to release it, 👎 or ❌ to have it removed; or reply “approve”, or "
              "“refuse” and "
              "why.",
          requester + " 上传的文件被暂扣(规则“" + rules + "”):" + facts + "。\n逐页查看:" + view +
              "\n放行请回应 👍 或 ✅,拒绝并删除请回应 👎 或 ❌;也可回复“批准”,或“拒绝”加理由。",
          requester + " 上傳的檔案被暫扣(規則「" + rules + "」):" + facts + "。\n逐頁檢視:" + view +
              "\n放行請回應 👍 或 ✅,拒絕並刪除請回應 👎 或 ❌;也可回覆「批准」,或「拒絕」加理由。",
          requester + " さんのファイルが保留されています(ルール「" + rules + "」):" + facts +
              "\nページごとの閲覧:" + view +
              "\n許可は 👍 か ✅、却下(削除)は 👎 か ❌ "
              "でリアクションしてください。「承認」または「却下」と理由を返信してもかまいません。"};
}

gate::Localised file_asked_text(const Request& request, const std::string& asked) {
  const std::string name = file_name(request);
  const std::string rules = rules_of(request);
  return {"Your file “" + name + "” is held (rule “" + rules + "”) until it is approved by: " + asked +
              ". Nobody can open it before. Request " + request.id + ".",
          "您的文件“" + name + "”被暂扣(规则“" + rules + "”),等待审批:" + asked +
              "。获批前任何人都无法打开。申请编号 " + request.id + "。",
          "您的檔案「" + name + "」被暫扣(規則「" + rules + "」),等待審批:" + asked +
              "。獲批前任何人都無法開啟。申請編號 " + request.id + "。",
          "ファイル「" + name + "」は保留中です(ルール「" + rules + "」)。承認者:" + asked +
              "。承認されるまで誰も開けません。申請番号 " + request.id + "。"};
}

gate::Localised file_outcome_text(const Request& request, const std::string& last) {
  const std::string name = file_name(request);
  const bool is_released = request.failure == "released";
  switch (request.state) {
    case State::Refused:
      return {"Your file “" + name + "” was refused by " + last + ". It is removed.",
              "您的文件“" + name + "”未获批准(" + last + "),已删除。",
              "您的檔案「" + name + "」未獲批准(" + last + "),已刪除。",
              "ファイル「" + name + "」は却下され(" + last + ")、削除されました。"};
    case State::Withdrawn:
      return {"You withdrew the request for your file “" + name + "”. It is removed.",
              "您已撤回文件“" + name + "”的申请,文件已删除。",
              "您已撤回檔案「" + name + "」的申請,檔案已刪除。",
              "ファイル「" + name + "」の申請は取り下げられ、ファイルは削除されました。"};
    case State::Expired:
      return {"Nobody decided in time about your file “" + name +
                  "”. It stays held; a security officer can release it.",
              "您的文件“" + name + "”无人及时审批,仍被暂扣;可联系安全负责人放行。",
              "您的檔案「" + name + "」無人及時審批,仍被暫扣;可聯絡保安主任放行。",
              "ファイル「" + name +
                  "」は期限内に判断されませんでした。保留のままです。セキュリティ担当者が許可できます。"};
    case State::Delivered:
      return {"Your file “" + name + "” was approved by " + last + " and can be opened now.",
              "您的文件“" + name + "”已获批准(" + last + "),现在可以打开。",
              "您的檔案「" + name + "」已獲批准(" + last + "),現在可以開啟。",
              "ファイル「" + name + "」は承認され(" + last + ")、開けるようになりました。"};
    case State::Undeliverable:
      return {"Your file “" + name + "” was approved but could not be released: " + request.failure,
              "您的文件“" + name + "”已获批准,但无法放行:" + request.failure,
              "您的檔案「" + name + "」已獲批准,但無法放行:" + request.failure,
              "ファイル「" + name + "」は承認されましたが、公開できませんでした:" + request.failure};
    default:
      if (is_released)
        return {"Your file “" + name + "” was released by an officer and can be opened now.",
                "您的文件“" + name + "”已由负责人放行,现在可以打开。",
                "您的檔案「" + name + "」已由主任放行,現在可以開啟。",
                "ファイル「" + name + "」は担当者が許可し、開けるようになりました。"};
      return {"Your file “" + name + "” was removed by an officer or a new inspection.",
              "您的文件“" + name + "”已被负责人或重新检查删除。",
              "您的檔案「" + name + "」已被主任或重新檢查刪除。",
              "ファイル「" + name + "」は担当者または再検査により削除されました。"};
  }
}

}  // namespace kuramori::approvals
