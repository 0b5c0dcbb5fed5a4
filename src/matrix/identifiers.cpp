#include "matrix/identifiers.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "matrix/event.hpp"

namespace kuramori::matrix {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, is_digit);
}

// The grammar of "Server Name": a DNS name (which covers IPv4 literals) or a bracketed IPv6 literal, and a
// port.
bool is_server_name(std::string_view text) {
  std::string_view host = text;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
    const bool literal = host.size() >= 2 && host.size() <= 45 &&
                         std::ranges::all_of(host, [](char c) { return is_hex(c) || c == ':' || c == '.'; });
    if (!literal) return false;
  } else {
    const std::size_t colon = text.find(':');
    host = text.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
    const auto allowed = [](char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '.'; };
    if (host.empty() || host.size() > 255 || !std::ranges::all_of(host, allowed)) return false;
  }
  return rest.empty() || (rest.starts_with(':') && is_port(rest.substr(1)));
}

// Any code points but NUL; the colon is excluded by how the identifier is split.
bool is_opaque(std::string_view text) {
  return text.find('\0') == std::string_view::npos && text::is_valid_utf8(text);
}

// Unpadded URL-safe Base64 of a SHA-256: the reference hash that events and, from version 12 on, rooms are
// named by.
bool is_hash(std::string_view text) {
  const auto allowed = [](char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '_'; };
  return text.size() == 43 && std::ranges::all_of(text, allowed);
}

// `&localpart:domain`, both checked. The localpart holds no colon, so the first one separates.
bool has_localpart_and_domain(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  return is_opaque(text.substr(1, colon - 1)) && is_server_name(text.substr(colon + 1));
}

bool starts_as(std::string_view text, char sigil) {
  return text.starts_with(sigil) && text.size() <= kIdentifierBytesMax;
}

std::string_view before_colon(std::string_view id) {
  const std::size_t colon = id.find(':');
  return id.empty() ? id : id.substr(1, colon == std::string_view::npos ? colon : colon - 1);
}
std::string_view after_colon(std::string_view id) {
  const std::size_t colon = id.find(':');
  return colon == std::string_view::npos ? std::string_view() : id.substr(colon + 1);
}

Error invalid_username(std::string message) {
  return {ErrorCode::InvalidArgument, "M_INVALID_USERNAME", std::move(message)};
}

}  // namespace

Result<UserId> parse_user_id(std::string_view text) {
  if (!starts_as(text, '@') || !has_localpart_and_domain(text))
    return invalid_argument("Not a valid user ID.");
  return UserId(text);
}

Result<UserId> make_user_id(std::string_view localpart, const ServerName& server) {
  const auto allowed = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') ||
           std::string_view("._=-/+").find(c) != std::string_view::npos;
  };
  if (localpart.empty()) return invalid_username("A user name must not be empty.");
  if (!std::ranges::all_of(localpart, allowed)) {
    return invalid_username("A user name may contain only a-z, 0-9 and the characters . _ = - / +");
  }
  if (localpart.size() + server.view().size() + 2 > kIdentifierBytesMax) {
    return invalid_username("The user name is too long.");
  }
  std::string id;
  id.reserve(localpart.size() + server.view().size() + 2);
  id.append(1, '@').append(localpart).append(1, ':').append(server.view());
  return UserId(std::move(id));
}

Result<RoomId> parse_room_id(std::string_view text) {
  if (!starts_as(text, '!') || !(is_hash(text.substr(1)) || has_localpart_and_domain(text))) {
    return invalid_argument("Not a valid room ID.");
  }
  return RoomId(text);
}

Result<EventId> parse_event_id(std::string_view text) {
  // Opaque to us: rooms that we only hear of may be of a version that names events otherwise.
  if (!starts_as(text, '$') || text.size() < 2 || !is_opaque(text)) {
    return invalid_argument("Not a valid event ID.");
  }
  return EventId(text);
}

Result<RoomAlias> parse_room_alias(std::string_view text) {
  if (!starts_as(text, '#') || !has_localpart_and_domain(text)) {
    return invalid_argument("Not a valid room alias.");
  }
  return RoomAlias(text);
}

Result<ServerName> parse_server_name(std::string_view text) {
  if (!is_server_name(text)) return invalid_argument("Not a valid server name.");
  return ServerName(text);
}

std::string_view localpart(const UserId& user) {
  return before_colon(user.view());
}
std::string_view server_of(const UserId& user) {
  return after_colon(user.view());
}
std::string_view server_of(const RoomAlias& alias) {
  return after_colon(alias.view());
}

}  // namespace kuramori::matrix
