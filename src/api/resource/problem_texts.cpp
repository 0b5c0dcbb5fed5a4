// The statuses, names and titles of problems: one table.
#include <array>

#include "api/resource/problem.hpp"
#include "base/assert.hpp"

namespace kuramori::api::resource {
namespace {

struct Entry {
  ProblemType type;
  int status;
  std::string_view name;
  std::string_view en;
  std::string_view zh_hans;
  std::string_view zh_hant;
  std::string_view ja;
};

constexpr std::array<Entry, kProblemTypes> kEntries{{
    {ProblemType::InvalidRequest, 400, "invalid-request", "The request is not valid", "请求无效", "請求無效",
     "リクエストが正しくありません"},
    {ProblemType::Unauthenticated, 401, "unauthenticated", "Sign in first", "请先登录", "請先登入",
     "ログインが必要です"},
    {ProblemType::Forbidden, 403, "forbidden", "You may not do this", "您无权执行此操作", "您無權執行此操作",
     "この操作は許可されていません"},
    {ProblemType::RefusedByPolicy, 403, "refused-by-policy", "The organisation's policy refuses this",
     "贵组织的策略不允许此操作", "貴機構的政策不允許此操作", "組織のポリシーにより拒否されました"},
    {ProblemType::NotFound, 404, "not-found", "There is no such thing", "未找到", "未找到", "見つかりません"},
    {ProblemType::Conflict, 409, "conflict", "This does not fit the present state", "与当前状态冲突",
     "與目前狀態衝突", "現在の状態と矛盾します"},
    {ProblemType::NeedsConfirmation, 409, "needs-confirmation", "Confirm that this is meant", "需要确认",
     "需要確認", "確認が必要です"},
    {ProblemType::VersionChanged, 412, "version-changed", "It was changed meanwhile", "内容已被他人更改",
     "內容已被他人更改", "ほかの人が先に変更しました"},
    {ProblemType::TooLarge, 413, "too-large", "This is too large", "内容过大", "內容過大", "大きすぎます"},
    {ProblemType::UnsupportedMediaType, 415, "unsupported-media-type",
     "This kind of content is not understood", "不支持的内容类型", "不支援的內容類型",
     "対応していない形式です"},
    {ProblemType::InvalidContent, 422, "invalid-content", "The content has mistakes", "内容有误", "內容有誤",
     "内容に誤りがあります"},
    {ProblemType::IdempotencyKeyReused, 422, "idempotency-key-reused",
     "The Idempotency-Key belongs to another request", "该幂等键已用于其他请求", "該冪等鍵已用於其他請求",
     "この冪等キーは別のリクエストで使われています"},
    {ProblemType::PreconditionRequired, 428, "precondition-required", "Say which version you change",
     "请说明要更改的版本", "請說明要更改的版本", "変更するバージョンを指定してください"},
    {ProblemType::TooManyRequests, 429, "too-many-requests", "Too many requests", "请求过多", "請求過多",
     "リクエストが多すぎます"},
    {ProblemType::Internal, 500, "internal", "Something went wrong in the server", "服务器出错", "伺服器出錯",
     "サーバーでエラーが発生しました"},
    {ProblemType::Unavailable, 503, "unavailable", "Not available at the moment", "暂时不可用",
     "暫時無法使用", "現在ご利用いただけません"},
    {ProblemType::DeadlineExceeded, 504, "deadline-exceeded", "It took too long", "处理超时", "處理逾時",
     "時間がかかりすぎました"},
}};

const Entry& entry_of(ProblemType type) {
  const Entry& entry = kEntries.at(static_cast<std::size_t>(type));
  ensure(entry.type == type, "the table of problems is in the order of their types");
  return entry;
}

}  // namespace

int status_of(ProblemType type) {
  return entry_of(type).status;
}

std::string_view name_of(ProblemType type) {
  return entry_of(type).name;
}

gate::Localised title_of(ProblemType type) {
  const Entry& entry = entry_of(type);
  return {.en = std::string(entry.en),
          .zh_hans = std::string(entry.zh_hans),
          .zh_hant = std::string(entry.zh_hant),
          .ja = std::string(entry.ja)};
}

}  // namespace kuramori::api::resource
