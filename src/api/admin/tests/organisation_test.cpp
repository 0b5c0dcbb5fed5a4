#include "administration.hpp"

namespace kuramori::api::admin::testing {
namespace {

constexpr std::string_view kCompany = R"({"version":1,
  "units":[{"id":"hk","kind":"legal_entity","name":"Hong Kong","head":"@chief:example.org"},
           {"id":"sales","kind":"department","name":"Sales","parent":"hk","head":"@sam:example.org"}],
  "people":[{"user":"@chief:example.org","name":"Chief","posts":[{"unit":"hk"}]},
            {"user":"@sam:example.org","name":"Sam","posts":[{"unit":"sales","title":"Head"}],"region":"HK"}],
  "contacts":[{"user":"@buyer:example.org","name":"Buyer","company":"Client","kind":"customer","owner":"@sam:example.org"}],
  "visibility":[]})";

class OrganisationApi : public Administration {
 protected:
  Reply import(std::string document, std::string tag, std::string query = "") {
    return server.put(target("/organisation" + query), std::move(document), chief,
                      {{"if-match", std::move(tag)}});
  }
};

TEST_F(OrganisationApi, IsImportedReadAndReadAgain) {
  const Reply empty = server.get(target("/organisation"), chief);
  EXPECT_EQ(empty.status, 200);
  EXPECT_EQ(empty.header("ETag"), "\"0\"");

  const Reply stored = import(std::string(kCompany), "\"0\"", "?reason=founded");
  ASSERT_EQ(stored.status, 200) << stored.response.body;
  EXPECT_EQ(stored.text("outcome"), "stored");
  EXPECT_EQ(stored.number("version"), 1);
  EXPECT_EQ(stored.header("ETag"), "\"1\"");
  EXPECT_EQ(json::integer_or(*json::object_at(stored.body, "difference"), "added", 0), 5);

  const Reply read = server.get(target("/organisation"), chief);
  EXPECT_EQ(read.header("ETag"), "\"1\"");
  EXPECT_EQ(json::array_at(read.body, "people")->size(), 2U);
  EXPECT_EQ(server.get(target("/organisation"), chief, {{"if-none-match", "\"1\""}}).status, 304);
  const Reply again = import(read.response.body, "\"1\"");
  EXPECT_EQ(again.text("outcome"), "unchanged") << "what is read can be imported";
}

TEST_F(OrganisationApi, AChangeNamesTheVersionItWasMadeFrom) {
  EXPECT_EQ(server.put(target("/organisation"), std::string(kCompany), chief).status, 428);
  const Reply stale = import(std::string(kCompany), "\"4\"");
  EXPECT_EQ(stale.status, 412);
  EXPECT_EQ(stale.problem(), "version-changed");
  EXPECT_EQ(import(std::string(kCompany), "*").status, 200);
}

TEST_F(OrganisationApi, MistakesAreToldWithTheirPlaces) {
  struct Case {
    std::string document;
    std::string subject;
  };
  const Case cases[] = {
      {"{\"version\":1,\n\"units\":[{\"id\":\"hk\"}]}", "line 2, column "},
      {R"({"version":1,"units":[{"id":"a","kind":"department","name":"A","parent":"b"}]})", "unit a"},
      {"{", "line 1, column "},
  };
  for (const Case& c : cases) {
    const Reply reply = import(c.document, "\"0\"");
    EXPECT_EQ(reply.status, 422) << c.document;
    EXPECT_EQ(reply.problem(), "invalid-content");
    const json::Array* errors = json::array_at(reply.body, "errors");
    ASSERT_TRUE(errors != nullptr && !errors->empty()) << c.document;
    EXPECT_TRUE(json::string_or(errors->front().as_object(), "subject", "").starts_with(c.subject))
        << reply.response.body;
  }
}

TEST_F(OrganisationApi, ADryRunTellsAndChangesNothing) {
  const Reply reply = server.put(target("/organisation?dry_run=true"), std::string(kCompany), chief);
  ASSERT_EQ(reply.status, 200) << reply.response.body;
  EXPECT_EQ(reply.text("outcome"), "dry_run");
  EXPECT_EQ(reply.number("version"), 0);
  EXPECT_EQ(server.get(target("/organisation"), chief).header("ETag"), "\"0\"");
  EXPECT_EQ(server.put(target("/organisation?dry_run=1"), std::string(kCompany), chief).status, 400);
}

TEST_F(OrganisationApi, RemovalsAreConfirmed) {
  ASSERT_EQ(import(std::string(kCompany), "\"0\"").status, 200);
  const std::string smaller =
      R"({"version":1,"units":[{"id":"hk","kind":"legal_entity","name":"Hong Kong"}],
          "people":[{"user":"@chief:example.org","name":"Chief","posts":[{"unit":"hk"}]}]})";
  const Reply refused = import(smaller, "\"1\"");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.problem(), "needs-confirmation");
  EXPECT_NE(refused.text("detail").find("1 units and 1 people"), std::string::npos);
  EXPECT_EQ(import(smaller, "\"1\"", "?confirm_removals=true").number("version"), 2);
}

TEST_F(OrganisationApi, TablesReplaceTheirKind) {
  ASSERT_EQ(import(std::string(kCompany), "\"0\"").status, 200);
  const json::Object body{{"people",
                           "user,name,unit\n@chief:example.org,Chief,hk\n@sam:example.org,Sam,sales\n@aiko:"
                           "example.org,Aiko,sales\n"}};
  const Reply reply = server.post(target("/organisation/tables?reason=joined"), json::serialize(body), chief,
                                  {{"if-match", "\"1\""}});
  ASSERT_EQ(reply.status, 200) << reply.response.body;
  EXPECT_EQ(reply.number("version"), 2);
  EXPECT_NE(organisations.current()->person(server.user("aiko")), nullptr);
  for (const std::string wrong : {R"({})", R"({"staff":"x"})", R"({"people":7})"}) {
    EXPECT_EQ(server.post(target("/organisation/tables"), wrong, chief, {{"if-match", "*"}}).status, 400)
        << wrong;
  }
  const Reply broken =
      server.post(target("/organisation/tables"), R"({"units":"id,name\n,x\n"})", chief, {{"if-match", "*"}});
  EXPECT_EQ(broken.status, 422);
}

TEST_F(OrganisationApi, TheHistoryIsPagedAndLeadsBack) {
  ASSERT_EQ(import(std::string(kCompany), "\"0\"", "?reason=founded").status, 200);
  for (int i = 0; i < 3; ++i) {
    std::string document(kCompany);
    document.replace(document.find("Sales"), 5, "Sales" + std::to_string(i));
    ASSERT_EQ(import(document, "*").status, 200);
  }
  const Reply first = server.get(target("/organisation/versions?limit=3"), chief);
  EXPECT_EQ(json::array_at(first.body, "versions")->size(), 3U);
  const Reply second =
      server.get(target("/organisation/versions?limit=3&cursor=") + first.text("next_cursor"), chief);
  ASSERT_EQ(json::array_at(second.body, "versions")->size(), 1U);
  EXPECT_EQ(second.text("next_cursor"), "");
  const json::Object& oldest = json::array_at(second.body, "versions")->front().as_object();
  EXPECT_EQ(json::string_or(oldest, "reason", ""), "founded");
  EXPECT_EQ(json::string_or(oldest, "author", ""), "@chief:example.org");

  const Reply version = server.get(target("/organisation/versions/1"), chief);
  EXPECT_EQ(json::integer_or(*json::object_at(version.body, "difference"), "added", 0), 5);
  const Reply document = server.get(target("/organisation/versions/1/document"), chief);
  EXPECT_EQ(json::array_at(document.body, "units")->size(), 2U);
  EXPECT_EQ(server.get(target("/organisation/versions/9"), chief).status, 404);
  EXPECT_EQ(server.get(target("/organisation/versions/x"), chief).status, 404);

  const std::string back = target("/organisation/versions/1/rollback?reason=mistake");
  EXPECT_EQ(server.post(back, "", chief).status, 428);
  const Reply rolled = server.post(back, "", chief, {{"if-match", "\"4\""}});
  ASSERT_EQ(rolled.status, 200) << rolled.response.body;
  EXPECT_EQ(rolled.number("version"), 5);
  EXPECT_EQ(organisations.current()->unit("sales")->name, "Sales");
}

TEST_F(OrganisationApi, APersonAndAUnitAreToldWithWhatFollows) {
  ASSERT_EQ(import(std::string(kCompany), "\"0\"").status, 200);
  const Reply sam = server.get(target("/organisation/people/@sam:example.org"), chief);
  ASSERT_EQ(sam.status, 200) << sam.response.body;
  EXPECT_EQ(sam.text("legal_entity"), "hk");
  EXPECT_EQ(json::array_at(sam.body, "chain_of_command")->front().as_string(), "@chief:example.org");
  EXPECT_EQ(json::array_at(sam.body, "contacts")->size(), 1U);
  EXPECT_EQ(server.get(target("/organisation/people/@buyer:example.org"), chief).text("owner"),
            "@sam:example.org");
  EXPECT_EQ(server.get(target("/organisation/people/@nobody:example.org"), chief).status, 404);
  const Reply unit = server.get(target("/organisation/units/hk"), chief);
  EXPECT_EQ(json::array_at(unit.body, "units")->size(), 1U);
  EXPECT_EQ(json::array_at(unit.body, "people")->size(), 1U);
  EXPECT_EQ(server.get(target("/organisation/units/none"), chief).status, 404);
}

TEST_F(OrganisationApi, ARepeatedImportIsAnsweredWithoutAnotherVersion) {
  const Headers headers{{"if-match", "\"0\""}, {"idempotency-key", "one"}};
  const Reply first = server.put(target("/organisation"), std::string(kCompany), chief, headers);
  const Reply again = server.put(target("/organisation"), std::string(kCompany), chief, headers);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(again.status, 200) << "although another version is in force by now";
  EXPECT_EQ(again.response.body, first.response.body);
  EXPECT_EQ(again.header("ETag"), "\"1\"");
}

}  // namespace
}  // namespace kuramori::api::admin::testing
