#include "api/access/caller.hpp"

#include <gtest/gtest.h>

namespace kuramori::api {
namespace {

net::Request with(std::string name, std::string value) {
  net::Request request;
  request.headers.emplace_back(std::move(name), std::move(value));
  return request;
}

TEST(Caller, TheTokenIsThatOfTheBearerScheme) {
  const std::pair<std::string, std::string_view> cases[] = {
      {"Bearer abc", "abc"},
      {"bearer   abc ", "abc"},
      {"BEARER abc", "abc"},
      {"Basic abc", ""},
      {"Bearer", ""},
      {"Bearer ", ""},
      {"", ""},
      {"abc", ""},
  };
  for (const auto& [header, token] : cases)
    EXPECT_EQ(bearer_token(with("authorization", header)), token) << header;
  EXPECT_EQ(bearer_token(net::Request()), "");
}

TEST(Caller, TheSubjectIsWhoTheSessionSays) {
  net::Request request = with("accept-language", "ja,en;q=0.5");
  request.headers.emplace_back("user-agent", "curl/8");
  request.peer_address = "192.0.2.7";
  const gate::Subject nobody = subject_of(request, nullptr);
  EXPECT_TRUE(nobody.user.empty());
  EXPECT_EQ(nobody.language, "ja");
  EXPECT_EQ(nobody.address, "192.0.2.7");
  const identity::Session session{.id = SessionId("s"),
                                  .user = UserId("@aiko:example.org"),
                                  .device = DeviceId("PHONE"),
                                  .role = gate::Role::Auditor,
                                  .token_expires = {}};
  const gate::Subject aiko = subject_of(request, &session);
  EXPECT_EQ(aiko.user, session.user);
  EXPECT_EQ(aiko.device, session.device);
  EXPECT_EQ(aiko.session, session.id);
  EXPECT_EQ(aiko.role, gate::Role::Auditor);
  EXPECT_EQ(aiko.user_agent, "curl/8");
}

}  // namespace
}  // namespace kuramori::api
