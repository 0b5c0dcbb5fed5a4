#include "approvals/texts.hpp"

#include "approvals/file_texts.hpp"

namespace kuramori::approvals {
namespace {

std::string join(const std::vector<std::string>& parts) {
  std::string joined;
  for (const std::string& part : parts) {
    if (!joined.empty()) joined += ", ";
    joined += part;
  }
  return joined;
}

std::string last_decision(const Request& request, std::string_view between) {
  if (request.decisions.empty()) return {};
  const Decision& last = request.decisions.back();
  std::string text = last.by.str();
  if (!last.reason.empty()) text.append(between).append(last.reason);
  return text;
}

}  // namespace

std::string in_all_languages(const gate::Localised& text) {
  return text.en + "\n\n" + text.zh_hans + "\n\n" + text.zh_hant + "\n\n" + text.ja;
}

gate::Localised held_text(const Request& request) {
  const std::string rules = join(request.rules);
  return {"This is held for approval (rule “" + rules +
              "”). Whoever decides has been asked; once approved it is "
              "sent by itself, and you will be told. You need not send it again. Request " +
              request.id + ".",
          "此内容须经审批(规则“" + rules +
              "”)。已通知审批人;批准后系统会自动发送并通知您,无需重新发送。申请编号 " + request.id + "。",
          "此內容須經審批(規則「" + rules +
              "」)。已通知審批人;批准後系統會自動傳送並通知您,無須重新傳送。申請編號 " + request.id + "。",
          "この内容は承認待ちです(ルール「" + rules +
              "」)"
              "。承認者に依頼しました。承認されると自動的に送信され、お知らせします。再送信は不要です。申請番"
              "号 " +
              request.id + "。"};
}

gate::Localised question_text(const Request& request, const Question& question) {
  if (request.kind == Kind::File) return file_question_text(request, question.requester);
  const std::string rules = join(request.rules);
  const std::string where = question.room.empty() ? request.room.str() : question.room;
  const std::string whom = request.target.empty() ? std::string() : " → " + request.target.str();
  const std::string what = request.operation + whom;
  const std::string facts = question.excerpt.empty() ? std::string() : "\n“" + question.excerpt + "”";
  return {
      question.requester + " asks for your approval: " + what + " in " + where + " (rule “" + rules +
          "”).\nReason: " + request.reason + facts +
          "\nReact with 👍 or ✅ to approve, 👎 or ❌ to refuse; or reply “approve”, or “refuse” and why.",
      question.requester + " 请您审批:" + what + ",聊天室 " + where + "(规则“" + rules +
          "”)。\n理由:" + request.reason + facts +
          "\n批准请回应 👍 或 ✅,拒绝请回应 👎 或 ❌;也可回复“批准”,或“拒绝”加理由。",
      question.requester + " 請您審批:" + what + ",聊天室 " + where + "(規則「" + rules +
          "」)。\n理由:" + request.reason + facts +
          "\n批准請回應 👍 或 ✅,拒絕請回應 👎 或 ❌;也可回覆「批准」,或「拒絕」加理由。",
      question.requester + " さんから承認の依頼です:" + what + "、ルーム " + where + "(ルール「" + rules +
          "」)。\n理由:" + request.reason + facts +
          "\n承認は 👍 か ✅、却下は 👎 か ❌ "
          "でリアクションしてください。「承認」または「却下」と理由を返信してもかまいません。"};
}

gate::Localised asked_text(const Request& request, const std::string& asked) {
  if (request.kind == Kind::File) return file_asked_text(request, asked);
  return {"Your request " + request.id + " waits for: " + asked + ".",
          "您的申请 " + request.id + " 正等待审批:" + asked + "。",
          "您的申請 " + request.id + " 正等待審批:" + asked + "。",
          "申請 " + request.id + " は承認待ちです。承認者:" + asked + "。"};
}

gate::Localised outcome_text(const Request& request) {
  if (request.kind == Kind::File) return file_outcome_text(request, last_decision(request, ": "));
  const std::string& id = request.id;
  switch (request.state) {
    case State::Approved:
      return {"Your request " + id + " was approved by " + last_decision(request, ": ") + ".",
              "您的申请 " + id + " 已获批准:" + last_decision(request, ":") + "。",
              "您的申請 " + id + " 已獲批准:" + last_decision(request, ":") + "。",
              "申請 " + id + " は承認されました:" + last_decision(request, ":") + "。"};
    case State::Refused:
      return {"Your request " + id + " was refused by " + last_decision(request, ": ") + ".",
              "您的申请 " + id + " 被拒绝:" + last_decision(request, ":") + "。",
              "您的申請 " + id + " 被拒絕:" + last_decision(request, ":") + "。",
              "申請 " + id + " は却下されました:" + last_decision(request, ":") + "。"};
    case State::Expired:
      return {"Your request " + id + " has expired: nobody decided in time.",
              "您的申请 " + id + " 已过期:无人及时审批。", "您的申請 " + id + " 已逾期:無人及時審批。",
              "申請 " + id + " は期限内に判断されず失効しました。"};
    case State::Delivered:
      return {
          "Your request " + id + " was approved by " + last_decision(request, ": ") + " and is delivered.",
          "您的申请 " + id + " 已获批准(" + last_decision(request, ":") + "),内容已送达。",
          "您的申請 " + id + " 已獲批准(" + last_decision(request, ":") + "),內容已送達。",
          "申請 " + id + " は承認され(" + last_decision(request, ":") + ")、送信されました。"};
    case State::Undeliverable:
      return {"Your request " + id + " was approved but could not be delivered: " + request.failure,
              "您的申请 " + id + " 已获批准,但无法送达:" + request.failure,
              "您的申請 " + id + " 已獲批准,但無法送達:" + request.failure,
              "申請 " + id + " は承認されましたが、送信できませんでした:" + request.failure};
    case State::Ended:
      return {"The time of your approval " + id + " is over.", "您的授权 " + id + " 已到期。",
              "您的授權 " + id + " 已到期。", "承認 " + id + " の有効期間が終了しました。"};
    default:
      return {"Your request " + id + " was withdrawn.", "您的申请 " + id + " 已撤回。",
              "您的申請 " + id + " 已撤回。", "申請 " + id + " は取り下げられました。"};
  }
}

gate::Localised not_taken_text(const Error& error) {
  if (error.code() == ErrorCode::Conflict) {
    return {"Your answer was not taken: this is decided already.", "未采纳您的回复:该申请已有结果。",
            "未採納您的回覆:該申請已有結果。",
            "この申請はすでに判断済みのため、回答は反映されませんでした。"};
  }
  return {"Your answer was not taken: you are not asked about this request.",
          "未采纳您的回复:您并非此申请的审批人。", "未採納您的回覆:您並非此申請的審批人。",
          "あなたはこの申請の承認者ではないため、回答は反映されませんでした。"};
}

}  // namespace kuramori::approvals
