#include "identity/interactive_authentication.hpp"

#include "fixture.hpp"

namespace kuramori::identity::testing {
namespace {

class InteractiveAuthenticationTest : public IdentityTest {
 protected:
  using Outcome = std::variant<Authenticated, Challenge, Error>;

  Outcome attempt(const ProtectedOperation& wanted, std::string_view auth) {
    const auto parsed = json::parse_object(auth);
    ensure(parsed.has_value(), "the test writes JSON");
    return executor.run(uia.authenticate(wanted, &*parsed));
  }
  std::string begin(const ProtectedOperation& wanted) {
    const Outcome outcome = executor.run(uia.authenticate(wanted, nullptr));
    return std::get<Challenge>(outcome).session;
  }
  std::string password_stage(std::string_view session, std::string_view name, std::string_view password) {
    json::Object identifier;
    identifier["type"] = "m.id.user";
    identifier["user"] = name;
    json::Object auth;
    auth["type"] = kPasswordStage;
    auth["identifier"] = std::move(identifier);
    auth["password"] = password;
    auth["session"] = session;
    return json::serialize(auth);
  }
  static std::string failure_of(const Outcome& outcome) {
    const auto* challenge = std::get_if<Challenge>(&outcome);
    return challenge != nullptr && challenge->failure ? std::string(challenge->failure->reason()) : "";
  }

  UserId user = alice();
  ProtectedOperation operation{
      .endpoint = "POST /account/password", .user = user, .flows = {{{"m.login.password"}}}};
  InteractiveAuthentication uia{accounts, clock, random, {.registration_token = "let me in"}};
};

TEST_F(InteractiveAuthenticationTest, ThePasswordOfTheUserCompletes) {
  const std::string session = begin(operation);
  for (const std::string_view name : {"alice", "@alice:example.org", "Alice"}) {
    const std::string one = begin(operation);
    const Outcome outcome = attempt(operation, password_stage(one, name, kPassword));
    ASSERT_TRUE(std::holds_alternative<Authenticated>(outcome)) << name;
    EXPECT_EQ(std::get<Authenticated>(outcome).user, user);
  }
  const Outcome outcome = attempt(operation, password_stage(session, "alice", "wrong"));
  EXPECT_EQ(failure_of(outcome), "M_FORBIDDEN");
  EXPECT_EQ(std::get<Challenge>(outcome).session, session) << "another attempt in the same session";
  EXPECT_TRUE(
      std::holds_alternative<Authenticated>(attempt(operation, password_stage(session, "alice", kPassword))));
}

TEST_F(InteractiveAuthenticationTest, SomebodyElsesPasswordDoesNot) {
  ASSERT_TRUE(create({.localpart = "bob", .password = "the password of bob"}));
  const std::string session = begin(operation);
  EXPECT_EQ(failure_of(attempt(operation, password_stage(session, "bob", "the password of bob"))),
            "M_FORBIDDEN");
}

TEST_F(InteractiveAuthenticationTest, ASessionIsForOneOperationOneUserOneUse) {
  const std::string session = begin(operation);
  ProtectedOperation other = operation;
  other.endpoint = "POST /account/deactivate";
  EXPECT_EQ(failure_of(attempt(other, password_stage(session, "alice", kPassword))), "M_UNAUTHORIZED");
  other = operation;
  other.user = UserId("@bob:example.org");
  EXPECT_EQ(failure_of(attempt(other, password_stage(session, "alice", kPassword))), "M_UNAUTHORIZED");
  ASSERT_TRUE(
      std::holds_alternative<Authenticated>(attempt(operation, password_stage(session, "alice", kPassword))));
  EXPECT_EQ(failure_of(attempt(operation, password_stage(session, "alice", kPassword))), "M_UNAUTHORIZED");
  EXPECT_EQ(failure_of(attempt(operation, R"({"session":")" + session + "\"}")), "M_UNAUTHORIZED");
}

TEST_F(InteractiveAuthenticationTest, ASessionExpires) {
  const std::string session = begin(operation);
  clock.advance(Milliseconds(900'000));
  const Outcome outcome = attempt(operation, password_stage(session, "alice", kPassword));
  EXPECT_EQ(failure_of(outcome), "M_UNAUTHORIZED");
  EXPECT_NE(std::get<Challenge>(outcome).session, session);
}

TEST_F(InteractiveAuthenticationTest, StagesOfAFlowComeInOrder) {
  const ProtectedOperation two{
      .endpoint = "POST /register", .user = {}, .flows = {{{"m.login.registration_token", "m.login.dummy"}}}};
  const std::string session = begin(two);
  const std::string with_session = R"(,"session":")" + session + "\"}";
  EXPECT_EQ(failure_of(attempt(two, R"({"type":"m.login.dummy")" + with_session)), "M_UNAUTHORIZED");
  EXPECT_EQ(failure_of(attempt(two, R"({"type":"m.login.registration_token","token":"no")" + with_session)),
            "M_UNAUTHORIZED");
  const Outcome half =
      attempt(two, R"({"type":"m.login.registration_token","token":"let me in")" + with_session);
  ASSERT_TRUE(std::holds_alternative<Challenge>(half));
  EXPECT_EQ(
      json::serialize(std::get<Challenge>(half).body()),
      R"({"flows":[{"stages":["m.login.registration_token","m.login.dummy"]}],"params":{},"session":")" +
          session + R"(","completed":["m.login.registration_token"]})");
  const Outcome again = attempt(two, R"({"type":"m.login.registration_token","token":"no")" + with_session);
  EXPECT_EQ(failure_of(again), "") << "a completed stage is not tried again";
  EXPECT_TRUE(
      std::holds_alternative<Authenticated>(attempt(two, R"({"type":"m.login.dummy")" + with_session)));
}

TEST_F(InteractiveAuthenticationTest, OldClientsSendNoSession) {
  const ProtectedOperation open{.endpoint = "POST /register", .user = {}, .flows = {{{"m.login.dummy"}}}};
  EXPECT_TRUE(std::holds_alternative<Authenticated>(attempt(open, R"({"type":"m.login.dummy"})")));
}

TEST_F(InteractiveAuthenticationTest, MalformedAuthIsAnError) {
  EXPECT_TRUE(std::holds_alternative<Error>(attempt(operation, R"({"type":1})")));
  EXPECT_TRUE(
      std::holds_alternative<Error>(attempt(operation, R"({"type":"m.login.password","session":[]})")));
  EXPECT_TRUE(std::holds_alternative<Error>(attempt(operation, R"({"type":"m.login.password"})")));
  EXPECT_EQ(failure_of(attempt(operation, R"({"type":"m.login.sso"})")), "M_UNAUTHORIZED");
}

TEST_F(InteractiveAuthenticationTest, SessionsAreBounded) {
  InteractiveAuthentication small(accounts, clock, random, {.sessions_max = 10, .registration_token = {}});
  const auto first = executor.run(small.authenticate(operation, nullptr));
  for (int i = 0; i < 10; ++i) static_cast<void>(executor.run(small.authenticate(operation, nullptr)));
  const auto auth =
      json::parse_object(password_stage(std::get<Challenge>(first).session, "alice", kPassword));
  EXPECT_EQ(failure_of(executor.run(small.authenticate(operation, &*auth))), "M_UNAUTHORIZED");
}

}  // namespace
}  // namespace kuramori::identity::testing
