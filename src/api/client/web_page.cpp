#include "api/client/web_page.hpp"

namespace kuramori::api::client {

net::Response web_page(int status, std::string_view language, std::string_view content) {
  net::Response response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'none'; form-action 'self'; frame-ancestors 'none'");
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.body = "<!doctype html><html lang=\"" + std::string(language) +
                  "\"><meta name=\"viewport\" content=\"width=device-width\"><title>Kuramori</title><body>" +
                  std::string(content) + "</body></html>";
  return response;
}

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

}  // namespace kuramori::api::client
