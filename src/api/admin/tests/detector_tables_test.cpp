#include <gmock/gmock.h>

#include "administration.hpp"
#include "api/resource/entity_tags.hpp"

namespace kuramori::api::admin::testing {
namespace {

class DetectorTablesApi : public Administration {
 protected:
  Reply get(std::string_view rest) { return server.get(target(rest), chief); }
  // Over what is there, version 0 when there is nothing.
  Reply put(std::string_view rest, std::string body) {
    const std::string name(rest.substr(rest.rfind('/') + 1));
    const std::string tag = resource::tag_of(detector_tables.version_of(name));
    return server.put(target(rest), std::move(body), chief, {{"if-match", tag}});
  }
  Reply remove(std::string_view rest) { return server.request(net::Method::Delete, target(rest), "", chief); }
};

TEST_F(DetectorTablesApi, ATableIsImportedToldAndRemoved) {
  const Reply imported =
      put("/detector-tables/customers", R"({"csv":"name,phone\nMaria Garcia,51234567\n"})");
  ASSERT_EQ(imported.status, 200) << imported.response.body;
  EXPECT_EQ(imported.number("version"), 1);
  EXPECT_EQ(imported.number("rows"), 1);
  EXPECT_EQ(imported.number("bad"), 0);
  EXPECT_EQ(
      put("/detector-tables/customers", R"({"csv":"name,phone\nJohn Smith,61234567\n"})").number("version"),
      2);
  const Reply one = get("/detector-tables/customers");
  EXPECT_EQ(one.text("kind"), "table");
  EXPECT_THAT(one.response.body, ::testing::HasSubstr(R"("columns":["name","phone"])"));
  EXPECT_THAT(one.response.body, ::testing::Not(::testing::HasSubstr("John")));
  EXPECT_EQ(get("/detector-tables/none").status, 404);
  const Reply all = get("/detector-tables");
  EXPECT_EQ(json::array_at(all.body, "tables")->size(), 1U);
  EXPECT_EQ(remove("/detector-tables/customers").status, 204);
  EXPECT_EQ(remove("/detector-tables/customers").status, 404);
}

TEST_F(DetectorTablesApi, WhoReplacesNamesWhatHeReplaces) {
  const std::string body = R"({"csv":"name,phone\nMaria Garcia,51234567\n"})";
  const std::string place = target("/detector-tables/customers");
  EXPECT_EQ(server.put(place, body, chief).status, 428);
  EXPECT_EQ(server.put(place, body, chief, {{"if-match", "\"1\""}}).status, 412);
  EXPECT_EQ(server.put(place, body, chief, {{"if-match", "\"0\""}}).status, 200);
  EXPECT_EQ(server.put(place, body, chief, {{"if-match", "\"0\""}}).status, 412);
  EXPECT_EQ(get("/detector-tables/customers").number("version"), 1);
}

TEST_F(DetectorTablesApi, DocumentsAreImported) {
  json::Object document{{"name", "plan"},
                        {"text",
                         "The board resolved to acquire all shares of Aster Holdings in the autumn, subject "
                         "to review by the authority; nobody outside of the committee knows of it."}};
  const json::Object body{{"documents", json::Array{std::move(document)}}};
  const Reply imported = put("/detector-tables/merger", json::serialize(body));
  ASSERT_EQ(imported.status, 200) << imported.response.body;
  EXPECT_EQ(imported.text("kind"), "documents");
  EXPECT_EQ(imported.number("documents"), 1);
  EXPECT_EQ(put("/detector-tables/merger", R"({"csv":"name,phone\nMaria Garcia,51234567\n"})").status, 409);
}

TEST_F(DetectorTablesApi, WhatCannotBeReadIsToldWithItsLines) {
  const Reply bad =
      put("/detector-tables/customers", R"({"csv":"name,phone\nMaria Garcia,51234567\nalone\n"})");
  EXPECT_EQ(bad.status, 400);
  EXPECT_THAT(bad.response.body, ::testing::HasSubstr("Line 3"));
  EXPECT_EQ(get("/detector-tables/customers").status, 404);
  EXPECT_EQ(put("/detector-tables/customers", R"({})").status, 400);
  EXPECT_EQ(put("/detector-tables/customers", R"({"csv":"a,b\n","documents":[]})").status, 400);
  EXPECT_EQ(put("/detector-tables/customers", R"({"documents":[{"name":"x"}]})").status, 400);
}

TEST_F(DetectorTablesApi, APolicyThatNamesWhatIsNotThereIsNotValid) {
  const std::string policy =
      R"({"format":1,"name":"t","detectors":[{"id":"c","exact_data":{"table":"customers"}}],"rules":[]})";
  const Reply check = server.post(target("/policy/check"), policy, chief);
  EXPECT_THAT(check.response.body,
              ::testing::HasSubstr("names the table 'customers', which does not exist here"));
  ASSERT_EQ(put("/detector-tables/customers", R"({"csv":"name,phone\nMaria Garcia,51234567\n"})").status,
            200);
  EXPECT_THAT(server.post(target("/policy/check"), policy, chief).response.body,
              ::testing::HasSubstr(R"("valid":true)"));
}

}  // namespace
}  // namespace kuramori::api::admin::testing
