// Grammar of identifiers that come from outside (appendices.md, "Common Identifier Format").
#pragma once
#include <optional>
#include <string_view>

#include "base/identifiers.hpp"
#include "base/result.hpp"

namespace kuramori::matrix {

Result<UserId> parse_user_id(std::string_view text);  // historical characters accepted
Result<UserId> make_user_id(std::string_view localpart,
                            const ServerName& server);  // strict grammar for new ones: M_INVALID_USERNAME
Result<RoomId> parse_room_id(std::string_view text);    // both grammars
Result<EventId> parse_event_id(std::string_view text);
Result<RoomAlias> parse_room_alias(std::string_view text);
Result<ServerName> parse_server_name(std::string_view text);
std::string_view localpart(const UserId& user);
std::string_view server_of(const UserId& user);
std::string_view server_of(const RoomAlias& alias);

}  // namespace kuramori::matrix
