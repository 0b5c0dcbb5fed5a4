// Hosts that lead to an address which the link does not show.
#pragma once
#include <string_view>

namespace kuramori::link_risk {

// `host`: as in Host::name. Subdomains of a shortener count.
bool is_shortener(std::string_view host);

}  // namespace kuramori::link_risk
