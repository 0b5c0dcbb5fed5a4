#include "endpoint.hpp"

#include <netdb.h>

#include <cstring>
#include <memory>
#include <stdexcept>

namespace kuramori::bench {

Endpoint resolve_endpoint(std::string_view url) {
  Endpoint out;
  while (url.ends_with('/')) url.remove_suffix(1);
  out.url = url;
  if (url.starts_with("https://")) {
    out.tls = true;
    url.remove_prefix(8);
  } else if (url.starts_with("http://")) {
    url.remove_prefix(7);
  } else {
    throw std::runtime_error("the URL must begin with http:// or https://, found '" + out.url + "'");
  }
  out.host_header = url;
  const auto colon = url.rfind(':');
  const std::string host(url.substr(0, colon));
  const std::string port(colon == std::string_view::npos ? (out.tls ? "443" : "80") : url.substr(colon + 1));

  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = getaddrinfo(host.c_str(), port.c_str(), &hints, &found); code != 0) {
    throw std::runtime_error("cannot resolve '" + out.url + "': " + gai_strerror(code));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> guard(found, &freeaddrinfo);
  std::memcpy(&out.address, found->ai_addr, found->ai_addrlen);
  out.address_length = found->ai_addrlen;
  return out;
}

}  // namespace kuramori::bench
