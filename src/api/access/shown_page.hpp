// A page of a file as it is given to who may look at it and not have it: kept nowhere.
#pragma once
#include "base/bytes.hpp"
#include "net/http_types.hpp"

namespace kuramori::api {

inline net::Response shown_page(const Bytes& png) {
  net::Response response;
  response.content_type = "image/png";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("Content-Security-Policy", "sandbox; default-src 'none'");
  response.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.body = std::string(as_text(png));
  return response;
}

}  // namespace kuramori::api
