// Addresses in place of a host name, in every notation that browsers understand: "3232235777",
// "0xC0.0250.257", "192.168.1.1", "[2001:db8::1]" (WHATWG URL, "host parsing").
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace kuramori::link_risk {

struct AddressLiteral {
  std::string text;         // "192.168.1.1" or "[2001:db8::1]"
  bool is_unusual = false;  // not written as four decimal numbers
};

// Nothing when `host` is a name. `is_invalid`: it ends like an IPv4 address and is none; no browser opens it.
struct AddressReading {
  std::optional<AddressLiteral> address;
  bool is_invalid = false;
};
AddressReading read_address(std::string_view host);

}  // namespace kuramori::link_risk
