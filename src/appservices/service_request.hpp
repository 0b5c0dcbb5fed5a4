// Requests to a service carry its hs_token (application-service API, "Authorisation").
#pragma once
#include <string>
#include <string_view>

#include "appservices/registration.hpp"
#include "net/http_client.hpp"

namespace kuramori::appservices {

// `path` begins with a slash; it may end with a query.
inline net::OutgoingRequest request_to(const Registration& service, net::Method method,
                                       std::string_view path) {
  net::OutgoingRequest request;
  request.method = method;
  request.url = service.url + std::string(path);
  request.headers.emplace_back("Authorization", "Bearer " + service.hs_token);
  return request;
}

inline constexpr int kNotFound = 404;
inline constexpr int kMethodNotAllowed = 405;

inline bool is_success(int status) {
  return status >= 200 && status < 300;
}

}  // namespace kuramori::appservices
