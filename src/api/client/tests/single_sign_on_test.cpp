// What is not configured says so as the specification has it: OAuth 2.0, single sign-on, a policy server.
#include "harness.hpp"

namespace kuramori::api::client::testing {
namespace {

TEST(SingleSignOn, TheOAuthApiIsNotOffered) {
  Harness server;
  for (const std::string path :
       {"/_matrix/client/v1/auth_metadata", "/_matrix/client/unstable/org.matrix.msc2965/auth_metadata"}) {
    const Reply reply = server.get(path);
    EXPECT_EQ(reply.status, 404);
    EXPECT_EQ(reply.errcode(), "M_UNRECOGNIZED");
  }
}

TEST(SingleSignOn, ThereIsNoProvider) {
  Harness server;
  const std::string path = "/_matrix/client/v3/login/sso/redirect";
  EXPECT_EQ(server.get(path).errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(server.get(path).status, 400);
  for (const std::string& one : {path, path + "/corporate"}) {
    const Reply reply = server.get(one + "?redirectUrl=https%3A%2F%2Fapp.example.org");
    EXPECT_EQ(reply.status, 404);
    EXPECT_EQ(reply.errcode(), "M_NOT_FOUND");
  }
}

TEST(PolicyServer, TellsItsKeyWhereThereIsOne) {
  Harness without;
  EXPECT_EQ(without.get("/.well-known/matrix/policy_server").status, 404);
  HarnessOptions options;
  options.identity.policy_server_key = "6yhHGKhCiXTSEN2ksjV7kX/N6rBQZ3Xb+M7LlC6NS+s";
  Harness with(std::move(options));
  const Reply reply = with.get("/.well-known/matrix/policy_server");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body.at("public_keys").at("ed25519").as_string(),
            "6yhHGKhCiXTSEN2ksjV7kX/N6rBQZ3Xb+M7LlC6NS+s");
}

}  // namespace
}  // namespace kuramori::api::client::testing
