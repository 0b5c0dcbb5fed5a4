#include "sync/tags.hpp"

namespace kuramori::sync {

using runtime::Task;

namespace {

constexpr std::string_view kType = "m.tag";

Result<void> check_tag(std::string_view name, const std::optional<json::Object>& tag) {
  if (name.size() > kTagBytesMax) return invalid_argument("The name of a tag has at most 255 octets.");
  if (!tag) return {};
  const json::Value* order = json::find(*tag, "order");
  if (order != nullptr && !order->is_number()) return bad_json("'order' must be a number.");
  return {};
}

json::Object tags_in(const json::Object& content) {
  const json::Object* tags = json::object_at(content, "tags");
  return tags == nullptr ? json::Object() : *tags;
}

}  // namespace

Task<Result<json::Object>> tags(AccountData& account_data, const gate::Permit& permit, UserId user,
                                RoomId room) {
  auto content = co_await account_data.get(permit, std::move(user), std::move(room), std::string(kType));
  if (!content && content.error().code() == ErrorCode::NotFound) co_return json::Object();
  if (!content) co_return std::move(content).error();
  co_return tags_in(*content);
}

Task<Result<void>> change_tag(AccountData& account_data, gate::Permit permit, UserId user, RoomId room,
                              std::string name, std::optional<json::Object> tag) {
  auto valid = check_tag(name, tag);
  if (!valid) co_return std::move(valid).error();
  AccountData::Change change = [name = std::move(name), tag = std::move(tag)](
                                   json::Object content) -> Result<std::optional<json::Object>> {
    json::Object all = tags_in(content);
    if (!tag && all.erase(name) == 0) return std::optional<json::Object>();
    if (tag) all[name] = *tag;
    if (all.size() > kTagsPerRoomMax) return invalid_argument("A room has at most 100 tags.");
    content["tags"] = std::move(all);
    return std::optional<json::Object>(std::move(content));
  };
  auto changed = co_await account_data.change(std::move(permit), std::move(user), std::move(room),
                                              std::string(kType), std::move(change));
  co_return changed;
}

}  // namespace kuramori::sync
