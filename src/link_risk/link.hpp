// A link in one form, so that two ways of writing it compare alike.
//
//   auto link = read_link(hosts, "hxxps://user@EXAMPLE.com:443/a/../b%7E?q#f");
//   link->url == "https://example.com/b~?q"; link->has_user_information;
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "link_risk/host.hpp"

namespace kuramori::link_risk {

struct Link {
  static constexpr std::size_t kOctetsMax = 8192;

  std::string url;  // canonical; without user information and fragment
  std::string scheme;
  Host host;
  std::optional<std::uint16_t> port = {};  // unless it is the scheme's own
  std::string path;                        // from '/', with the query
  bool has_user_information = false;       // "https://bank.example@evil.example"
  bool is_defanged = false;                // hxxp
};

// Reads a link that begins with its scheme (http, https, hxxp, hxxps, ftp) or with its host. Nothing for
// everything else ("mailto:", "mxc:", "matrix:", a path).
std::optional<Link> read_link(const HostReader& hosts, std::string_view written);

// The scheme at the start of `text`, in small letters, and where what follows its slashes begins.
struct SchemePrefix {
  std::string scheme;
  std::size_t length = 0;
  bool is_defanged = false;
};
std::optional<SchemePrefix> scheme_prefix(std::string_view text);

// A permalink to a room, person or event of Matrix: it leads to no other page.
bool is_permalink(const Link& link);

}  // namespace kuramori::link_risk
