// M_CONSENT_NOT_GIVEN, and the page where consent is given.
#include "rooms_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

class ConsentApi : public ::testing::Test {
 protected:
  static HarnessOptions options(std::string version) {
    HarnessOptions made;
    made.consent_version = std::move(version);
    return made;
  }
  static constexpr std::string_view kName = R"({"displayname":"Alice"})";
  Reply rename(Harness& server, std::string_view token, std::string_view user = "alice") {
    return server.put("/_matrix/client/v3/profile/@" + std::string(user) + ":example.org/displayname",
                      std::string(kName), token);
  }
  // Without the host.
  static std::string page_of(const Reply& refused) {
    const std::string link = refused.text("consent_uri");
    EXPECT_TRUE(link.starts_with("https://example.org/")) << link;
    return link.substr(std::string("https://example.org").size());
  }
};

TEST_F(ConsentApi, NobodyIsAskedWhereNoVersionIsRequired) {
  Harness server(options(""));
  const std::string alice = server.sign_up("alice");
  EXPECT_EQ(rename(server, alice).status, 200);
  EXPECT_EQ(server.get("/_kuramori/v1/consent?token=x").status, 400);
}

TEST_F(ConsentApi, WhoHasNotAgreedReadsButDoesNotWrite) {
  Harness server(options("2026-04"));
  const std::string alice = server.sign_up("alice");
  EXPECT_EQ(server.get("/_matrix/client/v3/account/whoami", alice).status, 200);
  EXPECT_EQ(server.get("/_matrix/client/v3/devices", alice).status, 200);
  const Reply refused = rename(server, alice);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.errcode(), "M_CONSENT_NOT_GIVEN");
  server.language = "ja";
  EXPECT_NE(rename(server, alice).text("error").find("同意"), std::string::npos);
}

TEST_F(ConsentApi, OnlyTheButtonAgreesAndItHoldsForThatPersonAlone) {
  Harness server(options("2026-04"));
  const std::string alice = server.sign_up("alice");
  const std::string bob = server.sign_up("bob");
  const std::string page = page_of(rename(server, alice));
  const Reply shown = server.get(page);
  EXPECT_EQ(shown.status, 200);
  EXPECT_NE(shown.response.body.find("2026-04"), std::string::npos);
  EXPECT_NE(shown.response.body.find("https://example.org/notice?a=1&amp;b=2"), std::string::npos);
  EXPECT_EQ(rename(server, alice).status, 403) << "looking is not agreeing";
  EXPECT_EQ(server.post(page, "").status, 200);
  EXPECT_EQ(rename(server, alice).status, 200);
  EXPECT_EQ(rename(server, bob, "bob").status, 403);
  EXPECT_EQ(server.post(page, "").status, 200) << "again changes nothing";
}

TEST_F(ConsentApi, LinksEndAndCannotBeMade) {
  Harness server(options("2026-04"));
  const std::string alice = server.sign_up("alice");
  const std::string page = page_of(rename(server, alice));
  std::string forged = page;
  forged[forged.size() - 3] = forged[forged.size() - 3] == 'A' ? 'B' : 'A';
  for (const std::string& bad : {forged, std::string("/_kuramori/v1/consent"), page + "x"}) {
    EXPECT_EQ(server.get(bad).status, 400);
    EXPECT_EQ(server.post(bad, "").status, 400);
  }
  server.clock.advance(identity::Consents::kLinkLifetime + Milliseconds(1));
  EXPECT_EQ(server.post(page, "").status, 400);
  EXPECT_EQ(rename(server, alice).status, 403);
}

TEST_F(ConsentApi, ThePageSpeaksFourLanguages) {
  Harness server(options("2026-04"));
  const std::string alice = server.sign_up("alice");
  const std::string page = page_of(rename(server, alice));
  const std::pair<std::string, std::string_view> expected[] = {
      {"en", "I agree"}, {"zh-CN", "我同意"}, {"zh-HK", "機構"}, {"ja", "同意する"}};
  for (const auto& [language, word] : expected) {
    server.language = language;
    EXPECT_NE(server.get(page).response.body.find(word), std::string::npos) << language;
  }
}

TEST_F(ConsentApi, WhatWasGivenIsStoredAndANewVersionAsksAgain) {
  Harness server(options("2026-04"));
  const std::string alice = server.sign_up("alice");
  ASSERT_EQ(server.post(page_of(rename(server, alice)), "").status, 200);
  const auto consents_for = [&](std::string version) {
    return std::make_unique<identity::Consents>(
        server.store, server.gate, *server.keys, server.clock, server.random,
        identity::Consents::Options{.required_version = std::move(version),
                                    .base_url = "https://example.org"});
  };
  EXPECT_FALSE(consents_for("2026-04")->is_missing(server.user("alice")));
  const auto next = consents_for("2027-01");
  EXPECT_TRUE(next->is_missing(server.user("alice")));
  const std::string old = server.consents.link(server.user("alice"));
  EXPECT_FALSE(next->owner(old.substr(old.find('=') + 1))) << "a link is for its version";
}

class ConsentInRooms : public RoomsApi {
 protected:
  ConsentInRooms() : RoomsApi(nullptr, "2026-04") {}
};

TEST_F(ConsentInRooms, SendingIsRefusedUntilItIsGiven) {
  const auto attempt = [&] {
    return server.post("/_matrix/client/v3/createRoom", R"({"preset":"public_chat"})", alice);
  };
  const Reply refused = attempt();
  ASSERT_EQ(refused.errcode(), "M_CONSENT_NOT_GIVEN");
  const std::string link = refused.text("consent_uri");
  ASSERT_EQ(server.post(link.substr(std::string("https://example.org").size()), "").status, 200);
  const std::string room = attempt().text("room_id");
  ASSERT_FALSE(room.empty());
  EXPECT_EQ(send(alice, room, "hello", "t1").status, 200);
  EXPECT_EQ(join(bob, room).errcode(), "M_CONSENT_NOT_GIVEN");
}

}  // namespace
}  // namespace kuramori::api::client::testing
