#include "link_risk/link.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.hpp"
#include "governance/characters.hpp"
#include "link_risk/text_characters.hpp"

namespace kuramori::link_risk {
namespace {

struct KnownScheme {
  std::string_view written;
  std::string_view meant;
};
// Longer ones first.
constexpr auto kSchemes = std::to_array<KnownScheme>({{"https", "https"},
                                                      {"hxxps", "https"},
                                                      {"ftps", "ftps"},
                                                      {"http", "http"},
                                                      {"hxxp", "http"},
                                                      {"ftp", "ftp"}});

bool is_slash(char c) {
  return c == '/' || c == '\\';
}

std::uint16_t own_port(std::string_view scheme) {
  if (scheme == "https") return 443;
  if (scheme == "http") return 80;
  return scheme == "ftps" ? 990 : 21;
}

bool is_unreserved(char c) {
  return governance::is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

int hex_value(char c) {
  if (governance::is_digit(c)) return c - '0';
  return governance::upper(c) - 'A' + 10;
}

// RFC 3986 section 6.2.2: escapes of unreserved characters resolved, others in capitals; what is not ASCII
// escaped.
std::string normal_escapes(std::string_view path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  out.reserve(path.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    const bool is_escape = c == '%' && i + 2 < path.size() && governance::is_hexadecimal(path[i + 1]) &&
                           governance::is_hexadecimal(path[i + 2]);
    if (is_escape) {
      const char decoded = static_cast<char>(hex_value(path[i + 1]) * 16 + hex_value(path[i + 2]));
      if (is_unreserved(decoded)) {
        out.push_back(decoded);
      } else {
        out.append({'%', governance::upper(path[i + 1]), governance::upper(path[i + 2])});
      }
      i += 2;
    } else if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F || c == '"' ||
               c == '<' || c == '>') {
      const auto octet = static_cast<unsigned char>(c);
      out.append({'%', kHex[octet >> 4], kHex[octet & 15]});
    } else {
      out.push_back(c);
    }
  }
  return out;
}

// RFC 3986 section 5.2.4.
std::string without_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  const auto segments = text::split(path.substr(1), '/');
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const bool is_last = i + 1 == segments.size();
    if (segments[i] == "." || segments[i] == "..") {
      if (segments[i] == ".." && !kept.empty()) kept.pop_back();
      if (is_last) kept.emplace_back();
    } else {
      kept.push_back(segments[i]);
    }
  }
  std::string out;
  for (const auto segment : kept) {
    out.push_back('/');
    out.append(segment);
  }
  return out.empty() ? "/" : out;
}

std::string canonical_path(std::string_view rest) {
  rest = rest.substr(0, rest.find('#'));
  const std::size_t query = rest.find('?');
  std::string path(rest.substr(0, query));
  std::ranges::replace(path, '\\', '/');
  if (!path.starts_with('/')) path.insert(0, 1, '/');
  path = without_dot_segments(normal_escapes(path));
  if (query != std::string_view::npos && query + 1 < rest.size()) path += normal_escapes(rest.substr(query));
  return path;
}

struct Authority {
  std::string_view host;
  std::optional<std::uint16_t> port;
  bool has_user_information = false;
};

std::optional<Authority> read_authority(std::string_view authority) {
  Authority read;
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    read.has_user_information = true;
    authority.remove_prefix(at + 1);
  }
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    const std::string_view digits = authority.substr(colon + 1);
    if (!digits.empty()) {
      const auto port = text::to_integer(digits);
      if (!port || *port < 0 || *port > 65'535) return std::nullopt;
      read.port = static_cast<std::uint16_t>(*port);
    }
    authority = authority.substr(0, colon);
  }
  read.host = authority;
  return read;
}

// "example.com。次の文": the sentence goes on after the host.
std::optional<Host> read_host(const HostReader& hosts, std::string_view written) {
  auto host = hosts.read(written);
  if (host && (host->has_known_suffix || host->kind == HostKind::Address)) return host;
  for (const std::string_view dot : {"\xE3\x80\x82", "\xEF\xBC\x8E", "\xEF\xBD\xA1"}) {
    for (std::size_t cut = written.rfind(dot); cut != std::string_view::npos && cut > 0;
         cut = written.rfind(dot, cut - 1)) {
      auto shorter = hosts.read(written.substr(0, cut));
      if (shorter && (shorter->has_known_suffix || shorter->kind == HostKind::Address)) return shorter;
    }
  }
  return host;
}

}  // namespace

std::optional<SchemePrefix> scheme_prefix(std::string_view text) {
  for (const auto& [written, meant] : kSchemes) {
    if (text.size() <= written.size() + 1 || text[written.size()] != ':') continue;
    if (text::to_lower_ascii(text.substr(0, written.size())) != written) continue;
    std::size_t length = written.size() + 1;
    while (length < text.size() && is_slash(text[length])) ++length;
    // Browsers need no slashes after these schemes; running text does ("http: see above").
    if (length == written.size() + 1) return std::nullopt;
    return SchemePrefix{.scheme = std::string(meant), .length = length, .is_defanged = written[1] == 'x'};
  }
  return std::nullopt;
}

std::optional<Link> read_link(const HostReader& hosts, std::string_view written) {
  if (written.size() > Link::kOctetsMax) written = written.substr(0, Link::kOctetsMax);
  Link link;
  link.scheme = "http";
  if (auto prefix = scheme_prefix(written)) {
    link.scheme = std::move(prefix->scheme);
    link.is_defanged = prefix->is_defanged;
    written.remove_prefix(prefix->length);
  } else if (written.starts_with("//")) {
    written.remove_prefix(2);
  }
  const std::size_t end = std::min(written.find_first_of("/\\?#"), written.size());
  const auto authority = read_authority(written.substr(0, end));
  if (!authority) return std::nullopt;
  auto host = read_host(hosts, authority->host);
  if (!host) return std::nullopt;
  link.host = *std::move(host);
  link.has_user_information = authority->has_user_information;
  if (authority->port && *authority->port != own_port(link.scheme)) link.port = authority->port;
  link.path = canonical_path(written.substr(end));
  link.url = link.scheme + "://" + link.host.name;
  if (link.port) link.url += ":" + std::to_string(*link.port);
  link.url += link.path;
  return link;
}

bool is_permalink(const Link& link) {
  return link.host.name == "matrix.to" && link.path == "/" && !link.port && !link.has_user_information;
}

}  // namespace kuramori::link_risk
