#include "gate/refusal_texts.hpp"

namespace kuramori::gate {

namespace {

Localised joined(Localised explanation, const Localised& more) {
  explanation.en.append(1, ' ').append(more.en);
  explanation.zh_hans.append(more.zh_hans);
  explanation.zh_hant.append(more.zh_hant);
  explanation.ja.append(more.ja);
  return explanation;
}

}  // namespace

Localised with_question(Localised explanation) {
  static const Localised kQuestion{
      "Nothing was sent. If you mean it, send it again within a minute to confirm.",
      "内容尚未发送。如确认无误,请在一分钟内再次发送。", "內容尚未發送。如確認無誤,請在一分鐘內再次發送。",
      "まだ送信されていません。間違いがなければ、1分以内にもう一度送信してください。"};
  return joined(std::move(explanation), kQuestion);
}

Localised with_notice(Localised explanation) {
  static const Localised kNotice{"It was let through and recorded.", "本次已放行并留有记录。",
                                 "本次已放行並留有記錄。", "今回は許可され、記録されました。"};
  return joined(std::move(explanation), kNotice);
}

Localised brake_explanation() {
  return {
      "Your account sent the same to many within a short time and was stopped (rule “worm-brake”). If it was "
      "not "
      "you, change your password and tell your security officer; only an administrator can release the "
      "account.",
      "您的账号在短时间内向多处发送了相同内容,已被停止发送(规则“worm-brake”)。如非本人操作,"
      "请更改密码并通知安全负责人;"
      "只有管理员可以解除限制。",
      "您的帳戶在短時間內向多處發送了相同內容,已被停止發送(規則「worm-brake」)。如非本人操作,"
      "請更改密碼並通知保安主任;"
      "只有管理員可以解除限制。",
      "短時間に同じ内容が多数の宛先へ送られたため、アカウントの送信を停止しました(ルール「worm-brake」)。"
      "心当たりがない場合はパスワードを変更し、セキュリティ担当者に連絡してください。解除できるのは管理者だけ"
      "です。"};
}

Localised step_up_explanation(std::string_view rule, std::int64_t minutes) {
  const std::string name(rule);
  const std::string time = std::to_string(minutes);
  return {
      "This asks for your password, given within the last " + time + " minutes (rule “" + name +
          "”). Confirm your password in your account settings or with POST /_kuramori/v1/step-up, and try "
          "again.",
      "依据规则“" + name + "”,此操作要求在最近" + time +
          "分钟内验证过密码。请在账号设置中或通过 POST /_kuramori/v1/step-up 验证密码后重试。",
      "依據規則「" + name + "」,此操作要求在最近" + time +
          "分鐘內驗證過密碼。請在帳戶設定中或透過 POST /_kuramori/v1/step-up 驗證密碼後再試。",
      "ルール「" + name + "」により、この操作には" + time +
          "分以内のパスワード確認が必要です。アカウント設定または POST /_kuramori/v1/step-up "
          "でパスワードを確認してから、もう一度お試しください。"};
}

}  // namespace kuramori::gate
