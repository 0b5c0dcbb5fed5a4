#include "request.hpp"

namespace kuramori::bench {

std::string render_request(const Endpoint& endpoint, RequestLine line, std::string_view token,
                           std::string_view body) {
  std::string out;
  out.reserve(256 + line.target.size() + token.size() + body.size());
  out.append(line.method).append(" ").append(line.target).append(" HTTP/1.1\r\nHost: ");
  out.append(endpoint.host_header);
  if (!token.empty()) out.append("\r\nAuthorization: Bearer ").append(token);
  if (!body.empty() || line.method != "GET") {
    out.append("\r\nContent-Type: application/json\r\nContent-Length: ").append(std::to_string(body.size()));
  }
  out.append("\r\n\r\n").append(body);
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.push_back('%');
      out.push_back(kHex[byte >> 4U]);
      out.push_back(kHex[byte & 15U]);
    }
  }
  return out;
}

std::string_view string_member(std::string_view json, std::string_view name) {
  for (std::size_t at = json.find(name); at != std::string_view::npos; at = json.find(name, at + 1)) {
    std::size_t next = at + name.size();
    if (at == 0 || json[at - 1] != '"' || next >= json.size() || json[next] != '"') continue;
    ++next;
    while (next < json.size() && (json[next] == ' ' || json[next] == ':')) ++next;
    if (next >= json.size() || json[next] != '"') continue;
    const std::size_t end = json.find('"', ++next);
    if (end != std::string_view::npos) return json.substr(next, end - next);
  }
  return {};
}

}  // namespace kuramori::bench
