#include <gmock/gmock.h>

#include "administration.hpp"

namespace kuramori::api::admin::testing {
namespace {

class PolicySectionsApi : public Administration {
 protected:
  PolicySectionsApi() {
    auto first = server.executor.run(
        policies.swap(server.permit(gate::Subject::system(), gate::Operation::AdminPolicySwap),
                      R"({"format":1,"name":"small","rules":[]})", {.reason = "the beginning"}));
    ensure(first.has_value(), "a policy is in force");
  }
  Reply put(std::string_view what, std::string body, std::string tag = "*") {
    return server.put(target(what), std::move(body), chief, {{"if-match", std::move(tag)}});
  }
  Reply erase(std::string_view what, std::string tag = "*") {
    return server.request(net::Method::Delete, target(what), {}, chief, {{"if-match", std::move(tag)}});
  }
};

struct SectionCase {
  const char* section;
  const char* id;
  const char* entry;
  const char* mistaken;
  const char* pointer;  // of the mistake, from the beginning of the entry
};

class EverySection : public PolicySectionsApi, public ::testing::WithParamInterface<SectionCase> {};

TEST_P(EverySection, IsListedReadChangedAndRemoved) {
  const SectionCase& c = GetParam();
  const std::string one = "/" + std::string(c.section) + "/" + c.id;
  EXPECT_EQ(server.get(target(one), chief).status, 404);
  EXPECT_EQ(put(one, c.entry).status, 400) << "without a reason";
  const Reply made = put(one + "?reason=needed", c.entry, "\"1\"");
  ASSERT_EQ(made.status, 200) << made.response.body;
  EXPECT_EQ(made.header("ETag"), "\"2\"");
  EXPECT_EQ(put(one + "?reason=late", c.entry, "\"1\"").status, 412);
  const Reply read = server.get(target(one), chief);
  ASSERT_EQ(read.status, 200) << read.response.body;
  EXPECT_EQ(read.text("id"), c.id);
  EXPECT_EQ(read.header("ETag"), "\"2\"");
  EXPECT_EQ(server.get(target(one), chief, {{"if-none-match", "\"2\""}}).status, 304);
  const Reply list = server.get(target("/" + std::string(c.section)), chief);
  EXPECT_EQ(list.number("policy_version"), 2);
  EXPECT_THAT(list.response.body, ::testing::HasSubstr("\"" + std::string(c.id) + "\""));

  const Reply mistaken = put(one + "?reason=x", c.mistaken);
  ASSERT_EQ(mistaken.status, 422) << mistaken.response.body;
  const json::Object& mistake = mistaken.body.at("errors").at(0).as_object();
  EXPECT_EQ(json::string_or(mistake, "pointer", ""), c.pointer);
  EXPECT_THAT(std::string(json::string_or(mistake, "policy_pointer", "")),
              ::testing::StartsWith("/" + std::string(c.section) + "/"));
  EXPECT_FALSE(mistake.contains("line"));
  EXPECT_EQ(put(one + "?reason=x", R"({"id":"another"})").status, 400);
  EXPECT_EQ(server.gate.policy()->version(), 2);

  const Reply removed = erase(one + "?reason=done");
  ASSERT_EQ(removed.status, 200) << removed.response.body;
  EXPECT_EQ(removed.number("version"), 3);
  EXPECT_EQ(erase(one + "?reason=done").status, 404);
  EXPECT_EQ(server.get(target("/policy/versions/3"), chief).text("reason"), "done");
}

INSTANTIATE_TEST_SUITE_P(
    Sections, EverySection,
    ::testing::Values(
        SectionCase{"labels", "board", R"({"above":["secret"]})",
                    R"({"above":["secret"],"handling":{"reach":"moon"}})", "/handling/reach"},
        SectionCase{
            "matrix", "sellers",
            R"({"roles":["seller"],"destinations":{"own_department":"green","other_department":"green",
                        "partner":"yellow","customer":"yellow","outside":"red"}})",
            R"({"roles":["seller"],"destinations":{"own_department":"blue","other_department":"green",
                        "partner":"yellow","customer":"yellow","outside":"red"}})",
            "/destinations/own_department"},
        SectionCase{"detectors", "badge", R"({"pattern":"B-[0-9]{6}"})", R"({"pattern":"B-[0-9"})",
                    "/pattern"},
        SectionCase{"dictionaries", "projects", R"({"terms":["heron"]})", R"({"terms":[""]})", "/terms/0"}),
    [](const auto& info) { return std::string(info.param.section); });

TEST_F(PolicySectionsApi, WhatARuleNamesCannotBeRemoved) {
  ASSERT_EQ(put("/policy?reason=x", R"({"format":1,"name":"x",
    "dictionaries":[{"id":"projects","terms":["heron"]}],
    "rules":[{"id":"r","operations":["room.send"],"when":{"keyword":{"dictionary":"projects"}},"effect":"refuse"}]})")
                .status,
            200);
  const Reply reply = erase("/dictionaries/projects?reason=x");
  ASSERT_EQ(reply.status, 422) << reply.response.body;
  EXPECT_THAT(reply.response.body, ::testing::HasSubstr("/rules/0/when"));
  const Reply list = server.get(target("/dictionaries"), chief);
  const json::Object& entry = list.body.at("dictionaries").at(0).as_object();
  EXPECT_EQ(json::integer_or(entry, "terms_count", 0), 1);
  EXPECT_FALSE(entry.contains("terms"));
  EXPECT_EQ(server.get(target("/dictionaries/projects"), chief).body.at("terms").as_array().size(), 1U);
}

TEST_F(PolicySectionsApi, StandardLabelsAreShownAsSuch) {
  const Reply labels = server.get(target("/labels"), chief);
  EXPECT_TRUE(json::bool_or(labels.body, "standard", false));
  EXPECT_EQ(labels.text("unlabelled"), "internal");
  EXPECT_EQ(labels.body.at("labels").as_array().size(), 4U);
}

TEST_F(PolicySectionsApi, BuiltInDetectorsNameTheirSources) {
  const Reply list = server.get(target("/built-in-detectors"), chief);
  ASSERT_EQ(list.status, 200);
  const json::Array& detectors = list.body.at("detectors").as_array();
  EXPECT_EQ(detectors.size(), governance::built_in_detectors().size());
  for (const json::Value& each : detectors) {
    EXPECT_NE(json::string_or(each.as_object(), "source", ""), "") << json::serialize(each);
    EXPECT_NE(each.at("names").at("zh-Hant").as_string(), "");
  }
}

TEST_F(PolicySectionsApi, DetectorsAreTriedOnAText) {
  ASSERT_EQ(put("/detectors/badge?reason=x", R"({"pattern":"B-[0-9]{6}"})").status, 200);
  const Reply found =
      server.post(target("/detectors/test"), R"({"text":"card A123456(3), badge B-123456"})", chief);
  ASSERT_EQ(found.status, 200) << found.response.body;
  ASSERT_EQ(found.number("count"), 2);
  const json::Object& first = found.body.at("findings").at(0).as_object();
  EXPECT_EQ(json::string_or(first, "detector", ""), "hk_identity_card");
  EXPECT_EQ(json::string_or(first, "text", ""), "A123456(3)");
  EXPECT_EQ(json::integer_or(first, "begin", 0), 5);
  EXPECT_NE(json::string_or(first, "reasons", ""), "");
  const Reply draft =
      server.post(target("/detectors/test"),
                  R"({"text":"C-1 and B-123456","detectors":[{"id":"car","pattern":"C-[0-9]"}]})", chief);
  EXPECT_EQ(draft.number("count"), 2);
  EXPECT_EQ(server.gate.policy()->version(), 2);
  const Reply mistaken = server.post(target("/detectors/test"),
                                     R"({"text":"x","detectors":[{"id":"car","pattern":"C-["}]})", chief);
  EXPECT_EQ(mistaken.status, 422);
  EXPECT_EQ(server.post(target("/detectors/test"), "{}", chief).status, 400);
}

}  // namespace
}  // namespace kuramori::api::admin::testing
