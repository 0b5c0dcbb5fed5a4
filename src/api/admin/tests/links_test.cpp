#include "administration.hpp"

namespace kuramori::api::admin::testing {
namespace {

class LinksApi : public Administration {
 protected:
  Reply get(std::string_view rest) { return server.get(target(rest), chief); }
  Reply post(std::string_view rest, std::string body = "") {
    return server.post(target(rest), std::move(body), chief);
  }
  Reply remove(std::string_view rest) { return server.request(net::Method::Delete, target(rest), "", chief); }
  std::size_t count(const Reply& reply, std::string_view key) {
    const json::Array* list = json::array_at(reply.body, key);
    return list == nullptr ? 0 : list->size();
  }
};

TEST_F(LinksApi, EntriesComeAndGo) {
  const Reply added =
      post("/links/entries", R"({"pattern":"*.Evil.example","reason":"phishing","expires":"2099-01-01"})");
  ASSERT_EQ(added.status, 201) << added.response.body;
  EXPECT_EQ(added.text("pattern"), "evil.example");
  EXPECT_EQ(added.text("match"), "domain");
  EXPECT_EQ(post("/links/entries", R"({"pattern":"partner.example","action":"allow"})").status, 201);
  EXPECT_EQ(post("/links/entries", R"({"pattern":"a b"})").status, 400);
  EXPECT_EQ(post("/links/entries", R"({"pattern":"evil.example","expires":"soon"})").status, 400);
  EXPECT_EQ(post("/links/protected-names/example.com").status, 204);
  const Reply listed = get("/links");
  EXPECT_EQ(count(listed, "entries"), 2U);
  EXPECT_EQ(count(listed, "protected_names"), 1U);
  EXPECT_EQ(remove("/links/entries?pattern=evil.example").status, 204);
  EXPECT_EQ(remove("/links/entries?pattern=evil.example").status, 404);
  EXPECT_EQ(remove("/links/protected-names/example.com").status, 204);
  EXPECT_EQ(count(get("/links"), "entries"), 1U);
}

TEST_F(LinksApi, ListsAreImportedAndTakeDownsPlanned) {
  EXPECT_EQ(post("/links/sources/feed", R"({"format":"domains"})").status, 200);
  const Reply imported = post("/links/sources/feed/import", R"({"text":"a.example\nb b\n"})");
  ASSERT_EQ(imported.status, 200) << imported.response.body;
  EXPECT_EQ(imported.number("added"), 1);
  EXPECT_EQ(imported.number("bad"), 1);
  EXPECT_EQ(post("/links/sources/feed/refresh").status, 400);
  EXPECT_EQ(post("/links/sources/none/import", R"({"text":"a.example\n"})").status, 404);
  EXPECT_EQ(post("/links/take-downs", R"({"pattern":"c.example"})").status, 201);
  EXPECT_EQ(post("/links/take-downs", R"({"pattern":"c.example","action":"allow"})").status, 400);
  EXPECT_EQ(count(get("/links/take-downs"), "take_downs"), 2U);
  EXPECT_EQ(count(get("/links/openings?pattern=c.example"), "openings"), 0U);
  EXPECT_EQ(get("/links/openings").status, 400);
  EXPECT_EQ(remove("/links/sources/feed").status, 204);
}

TEST_F(LinksApi, WhoIsNotStoppedIsNotReleased) {
  EXPECT_EQ(get("/brake/stops").status, 200);
  EXPECT_EQ(post("/brake/stops/@alice:example.org/release").status, 404);
  EXPECT_EQ(post("/brake/stops/alice/release").status, 400);
}

}  // namespace
}  // namespace kuramori::api::admin::testing
