#include "previews/page_url.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "base/text.hpp"

namespace kuramori::previews {
namespace {

struct Free {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(char* text) const { curl_free(text); }
};
using Url = std::unique_ptr<CURLU, Free>;

std::optional<std::string> part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return std::nullopt;
  const std::unique_ptr<char, Free> held(text);
  return std::string(text);
}

// Control characters and spaces are how two readers of one address come to differ.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != '\x7f' && c != '\\'; });
}

Error refused(std::string message) {
  return Error(ErrorCode::Forbidden, "M_FORBIDDEN", std::move(message));
}

// What is spelled as a number is meant as an address, however it is spelled: one label of digits or 0x…, or
// four. libcurl turns what it recognises into the usual form; what is left of such forms is nobody's name.
bool is_numeric(std::string_view host) {
  const auto labels = text::split(host, '.');
  const std::string_view last =
      labels.back().empty() && labels.size() > 1 ? labels[labels.size() - 2] : labels.back();
  if (last.empty()) return true;
  const bool is_hex = last.starts_with("0x");
  return std::ranges::all_of(is_hex ? last.substr(2) : last, [&](char c) {
    return (c >= '0' && c <= '9') || (is_hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
  });
}

bool is_local_name(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (!host.contains('.')) return true;  // of this network alone
  for (const std::string_view suffix : {".localhost", ".local", ".internal", ".localdomain", ".home.arpa"}) {
    if (host.ends_with(suffix)) return true;
  }
  return false;
}

}  // namespace

Result<PageUrl> parse_page_url(std::string_view text, const std::vector<std::string>& inside) {
  if (text.empty() || text.size() > kUrlBytesMax || !is_plain(text)) {
    return invalid_argument("'url' must be an http or https address of at most 4096 octets.");
  }
  const Url url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(),
                   CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE) != CURLUE_OK) {
    return invalid_argument("'url' is not a valid address.");
  }
  const auto scheme = part(url.get(), CURLUPART_SCHEME);
  if (!scheme || (*scheme != "http" && *scheme != "https")) {
    return invalid_argument("'url' must be an http or https address.");
  }
  if (part(url.get(), CURLUPART_USER) || part(url.get(), CURLUPART_PASSWORD)) {
    return refused("Addresses with a user in them are not previewed.");
  }
  curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
  const auto host = part(url.get(), CURLUPART_HOST);
  const auto port = part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  const auto whole = part(url.get(), CURLUPART_URL);
  if (!host || host->empty() || !port || !whole) return invalid_argument("'url' is not a valid address.");
  PageUrl page{.text = *whole, .host = text::to_lower_ascii(*host), .place = Place::Public};
  const bool is_usual_port = *port == "80" || *port == "443";
  const auto is_named = [&](const std::string& entry) {
    return entry == page.host + ":" + *port || (is_usual_port && entry == page.host);
  };
  if (std::ranges::any_of(inside, is_named)) {
    page.place = Place::Inside;
    return page;
  }
  if (!is_usual_port) return refused("Only pages at ports 80 and 443 are previewed.");
  if (page.host.starts_with('[') || is_numeric(page.host)) {
    return refused("Pages of addresses without a name are not previewed.");
  }
  if (is_local_name(page.host)) return refused("Pages inside the organisation's network are not previewed.");
  return page;
}

std::optional<std::string> resolve(const std::string& base, const std::string& reference) {
  if (reference.size() > kUrlBytesMax || reference.empty()) return std::nullopt;
  const Url url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK) return std::nullopt;
  if (curl_url_set(url.get(), CURLUPART_URL, reference.c_str(), CURLU_URLENCODE) != CURLUE_OK)
    return std::nullopt;
  return part(url.get(), CURLUPART_URL);
}

}  // namespace kuramori::previews
