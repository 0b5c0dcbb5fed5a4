// Who is at the other end: addresses as text, and what trusted proxies say about their clients.
#pragma once
#include <set>
#include <string>
#include <string_view>

struct sockaddr_storage;

namespace kuramori::net::detail {

using AddressSet = std::set<std::string, std::less<>>;

// Without port; an IPv4 address mapped into IPv6 is written as IPv4.
std::string address_text(const sockaddr_storage& address);
// An address in its one canonical form; empty when it is none.
std::string canonical_address(std::string_view text);

// The last address of X-Forwarded-For that is not a trusted proxy's; `peer` when the list holds anything
// unreadable.
std::string forwarded_client(std::string_view forwarded_for, const std::string& peer,
                             const AddressSet& trusted);

}  // namespace kuramori::net::detail
