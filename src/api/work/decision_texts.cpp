#include "api/work/explained_decisions.hpp"

namespace kuramori::api::work {

gate::Localised what_to_do(Stopped stopped) {
  switch (stopped) {
    case Stopped::Refused:
      return {
          "Take out or change what the rule names, use a permitted device, network or room, or ask one of "
          "the people named here for another way.",
          "请删除或修改规则所指的内容,改用获准的设备、网络或聊天室,或向此处列出的人员咨询其他办法。",
          "請刪除或修改規則所指的內容,改用獲准的裝置、網絡或聊天室,或向此處列出的人員查詢其他方法。",
          "ルールに該当する部分を削除または変更するか、許可された端末・ネットワーク・ルームを使ってください。"
          "ほかの方法については、ここに示す担当者にご相談ください。"};
    case Stopped::Asked:
      return {
          "Nothing was sent. Send the same again and confirm it within a minute; it then goes through and "
          "is recorded as confirmed.",
          "内容尚未发送。请再次发送相同内容并在一分钟内确认;确认后即会发出并留有记录。",
          "內容尚未發送。請再次發送相同內容並在一分鐘內確認;確認後即會發出並留有記錄。",
          "まだ送信されていません。同じ内容をもう一度送信し、1分以内に確認してください。"
          "確認されたものとして送信され、記録されます。"};
    case Stopped::Held:
      return {
          "It waits for an approval and is sent by itself once it is approved. Your requests show how it "
          "stands; the people named here can decide or tell you who does.",
          "该操作正在等待审批,获批后会自动发出。您可在“我的申请”中查看进度;"
          "此处列出的人员可以审批,或告知由谁审批。",
          "該操作正在等待審批,獲批後會自動發出。您可在「我的申請」中查看進度;"
          "此處列出的人員可以審批,或告知由誰審批。",
          "承認待ちです。承認されると自動的に送信されます。状況は「自分の申請」で確認できます。"
          "ここに示す人が承認するか、承認者をご案内します。"};
    case Stopped::NeedsPassword:
      return {
          "Nothing was done. Confirm your password in your account settings or with "
          "POST /_kuramori/v1/step-up, and try the same again.",
          "操作尚未执行。请在账号设置中或通过 POST /_kuramori/v1/step-up 验证密码后重试。",
          "操作尚未執行。請在帳戶設定中或透過 POST /_kuramori/v1/step-up 驗證密碼後再試。",
          "まだ実行されていません。アカウント設定または POST /_kuramori/v1/step-up "
          "でパスワードを確認してから、もう一度お試しください。"};
  }
  return {};
}

gate::Localised rule_is_gone(std::string_view rule) {
  const std::string name(rule);
  return {
      "The rule “" + name + "” decided. It is in no policy that is kept; ask one of the people named here.",
      "由规则“" + name + "”作出决定。现存策略中已无该规则,请向此处列出的人员咨询。",
      "由規則「" + name + "」作出決定。現存政策中已無該規則,請向此處列出的人員查詢。",
      "ルール「" + name +
          "」による判断です。現在保存されているポリシーにこのルールはありません。"
          "ここに示す担当者にご相談ください。"};
}

}  // namespace kuramori::api::work
