#include "api/client/service_login.hpp"

namespace kuramori::api::client {

net::Response no_service(const Call& call) {
  const bool has_token =
      !call.request.header("authorization").empty() || call.request.query_value("access_token").has_value();
  json::Object body;
  body["errcode"] = has_token ? "M_UNKNOWN_TOKEN" : "M_MISSING_TOKEN";
  body["error"] = has_token ? "The token is no application service's."
                            : "The token of an application service is required.";
  return with_status(401, body);
}

Error outside_namespace() {
  return {ErrorCode::InvalidArgument, "M_EXCLUSIVE",
          "This name does not lie in the application service's namespaces."};
}

}  // namespace kuramori::api::client
