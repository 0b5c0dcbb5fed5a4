#include "net/detail/refusal.hpp"

namespace kuramori::net::detail {

Response to_response(const Refusal& refusal, std::int64_t retry_after_ms) {
  Response response;
  response.status = refusal.status;
  response.body.append("{\"errcode\":\"")
      .append(refusal.reason)
      .append("\",\"error\":\"")
      .append(refusal.message);
  response.body.append("\"");
  if (retry_after_ms > 0) {
    response.body.append(",\"retry_after_ms\":").append(std::to_string(retry_after_ms));
    response.headers.emplace_back("Retry-After", std::to_string((retry_after_ms + 999) / 1000));
  }
  response.body.append("}");
  return response;
}

}  // namespace kuramori::net::detail
