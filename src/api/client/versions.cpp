// GET /versions.
#include "api/client/identity_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr int kLastMinorVersion = 19;

std::string render_versions() {
  json::Array versions;
  versions.emplace_back("r0.6.1");
  for (int minor = 1; minor <= kLastMinorVersion; ++minor)
    versions.emplace_back("v1." + std::to_string(minor));
  // Names under which clients look for what has become part of the specification since.
  json::Object features;
  features["org.matrix.msc2285.stable"] = true;  // private read receipts
  features["uk.half-shot.msc2666.query_mutual_rooms"] = true;
  features["org.matrix.msc3440.stable"] = true;  // threads
  features["org.matrix.msc3981"] = true;         // relations of relations
  features["uk.tcpip.msc4133"] = true;           // profile fields
  features["uk.tcpip.msc4133.stable"] = true;
  features["org.matrix.e2e_cross_signing"] = true;
  features["org.matrix.simplified_msc3575"] = true;  // sliding sync
  features["org.matrix.msc3814"] = true;  // dehydrated devices
  features["org.matrix.msc4140"] = true;  // delayed events
  features["org.matrix.msc4354"] = true;  // sticky events
  json::Object body;
  body["versions"] = std::move(versions);
  body["unstable_features"] = std::move(features);
  return json::serialize(body);
}

Task<Response> get_versions(std::string text) {
  co_return ok_text(std::move(text));
}

}  // namespace

void add_versions_routes(net::Router& router, Pipeline& pipeline) {
  pipeline.add(router, net::Method::Get, {"/_matrix/client/versions"},
               {.access = Access::Public, .limit = ""},
               [text = render_versions()](Call&) { return get_versions(text); });
}

}  // namespace kuramori::api::client
