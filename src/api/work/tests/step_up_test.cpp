#include "api/work/step_up.hpp"

#include <gmock/gmock.h>

#include "company.hpp"

namespace kuramori::api::work::testing {
namespace {

// Its answers are those of user-interactive authentication, which has tests of its own: here it is that the
// session is remembered, and that a refusal tells the way.
class StepUp : public ::testing::Test {
 protected:
  StepUp() {
    add_step_up_routes(server.router, server.pipeline, services);
    server.gate.provide({.proofs = &proofs});
  }

  Server server{{.tables = tables()}};
  identity::PasswordProofBook proofs;
  identity::InteractiveAuthentication authentication{
      server.accounts, server.clock, server.random, {.registration_token = "", .proofs = &proofs}};
  StepUpServices services{authentication};
  const std::string aiko = server.sign_up("aiko");
};

TEST_F(StepUp, AsksForThePasswordInTheFormOfClients) {
  const Reply asked = server.post("/_kuramori/v1/step-up", "{}", aiko);
  ASSERT_EQ(asked.status, 401) << asked.response.body;
  EXPECT_THAT(asked.response.body, ::testing::HasSubstr("m.login.password"));
  EXPECT_FALSE(asked.text("session").empty());
  const Reply wrong = server.post("/_kuramori/v1/step-up",
                                  R"({"auth":{"type":"m.login.password","identifier":{"type":"m.id.user",)"
                                  R"("user":"aiko"},"password":"nonsense","session":")" +
                                      std::string(asked.text("session")) + R"("}})",
                                  aiko);
  EXPECT_EQ(wrong.status, 401) << wrong.response.body;
}

TEST_F(StepUp, NobodyProvesAnythingWithoutASession) {
  EXPECT_EQ(server.post("/_kuramori/v1/step-up", "{}", "").status, 401);
}

}  // namespace
}  // namespace kuramori::api::work::testing
