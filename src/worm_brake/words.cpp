#include "worm_brake/brake.hpp"

namespace kuramori::worm_brake {

gate::Localised words_for_owner(const Stop& stop) {
  const std::string rooms = std::to_string(stop.rooms);
  const std::string withdrawn = std::to_string(stop.withdrawn);
  return {.en = "Your account sent the same to " + rooms + " rooms within a short time and was stopped. " +
                withdrawn +
                " messages were taken back. If it was not you, change your password and tell your security "
                "officer; an "
                "administrator can release the account.",
          .zh_hans = "您的账号在短时间内向 " + rooms + " 个房间发送了相同内容，已被停止发送，并撤回了 " +
                     withdrawn + " 条消息。如非本人操作，请更改密码并通知安全负责人；管理员可以解除限制。",
          .zh_hant = "您的帳戶在短時間內向 " + rooms + " 個聊天室傳送了相同內容，已被停止傳送，並收回了 " +
                     withdrawn + " 則訊息。如非本人操作，請更改密碼並通知保安主任；管理員可以解除限制。",
          .ja = "短時間に同じ内容が " + rooms + " 件のルームへ送られたため、アカウントの送信を停止し、" +
                withdrawn +
                " 件のメッセージを取り消しました。心当たりがない場合はパスワードを変更し、セキュリティ担当者"
                "に連絡して"
                "ください。解除は管理者が行えます。"};
}

gate::Localised words_for_officers(const Stop& stop) {
  const std::string user = stop.user.str();
  const std::string rooms = std::to_string(stop.rooms);
  const std::string withdrawn = std::to_string(stop.withdrawn);
  const std::string failed = std::to_string(stop.failed);
  return {.en = "The account " + user + " was stopped: the same to " + rooms +
                " rooms within a short time. " + withdrawn + " messages were taken back, " + failed +
                " could not be. Look at its devices before you release it.",
          .zh_hans = "账号 " + user + " 已被停止：短时间内向 " + rooms + " 个房间发送相同内容。已撤回 " +
                     withdrawn + " 条消息，" + failed + " 条未能撤回。解除前请检查其设备。",
          .zh_hant = "帳戶 " + user + " 已被停止：短時間內向 " + rooms + " 個聊天室傳送相同內容。已收回 " +
                     withdrawn + " 則訊息，" + failed + " 則未能收回。解除前請檢查其裝置。",
          .ja = "アカウント " + user + " を停止しました。短時間に同じ内容が " + rooms +
                " 件のルームへ送られました。" + withdrawn + " 件を取り消し、" + failed +
                " 件は取り消せませんでした。解除する前に端末を確認してください。"};
}

}  // namespace kuramori::worm_brake
