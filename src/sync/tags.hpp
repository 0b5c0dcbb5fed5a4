// Tags of rooms: kept as account data m.tag of the room (client-server API, module tags).
#pragma once
#include <optional>
#include <string>

#include "sync/account_data.hpp"

namespace kuramori::sync {

constexpr std::size_t kTagBytesMax = 255;
constexpr std::size_t kTagsPerRoomMax = 100;

// By name; empty when there are none.
runtime::Task<Result<json::Object>> tags(AccountData& account_data, const gate::Permit& permit, UserId user,
                                         RoomId room);
// Sets the tag, or removes it when `tag` is nothing. Removing one that is not there changes nothing.
runtime::Task<Result<void>> change_tag(AccountData& account_data, gate::Permit permit, UserId user,
                                       RoomId room, std::string name, std::optional<json::Object> tag);

}  // namespace kuramori::sync
