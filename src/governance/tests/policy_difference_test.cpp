#include "governance/policy_difference.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace kuramori::governance {
namespace {

json::Object difference_of(std::string_view before, std::string_view after, DifferenceLimits limits = {}) {
  return policy_difference(*json::parse_object(before), *json::parse_object(after), limits);
}

struct DifferenceCase {
  const char* name;
  const char* before;
  const char* after;
  const char* expected;
};

class PolicyDifferenceTable : public ::testing::TestWithParam<DifferenceCase> {};

TEST_P(PolicyDifferenceTable, TellsWhatChanged) {
  EXPECT_EQ(json::serialize(difference_of(GetParam().before, GetParam().after)), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Documents, PolicyDifferenceTable,
    ::testing::Values(
        DifferenceCase{"nothing", R"({"name":"a","rules":[{"id":"r","effect":"warn"}]})",
                       R"({"rules":[{"effect":"warn","id":"r"}],"name":"a"})",
                       R"({"rules":{"added":[],"removed":[],"changed":[],"reordered":false},"sections":[],)"
                       R"("changes":0,"told":0})"},
        DifferenceCase{
            "rule fields",
            R"({"rules":[{"id":"r","effect":"warn","when":{"role":["guest"]}},{"id":"old","effect":"allow"}]})",
            R"({"rules":[{"id":"new","effect":"hold"},{"id":"r","effect":"refuse","when":{"role":["guest","member"]}}]})",
            R"({"rules":{"added":[{"rule":"new","value":{"id":"new","effect":"hold"}}],)"
            R"("removed":[{"rule":"old","value":{"id":"old","effect":"allow"}}],)"
            R"("changed":[{"rule":"r","fields":[{"path":"/effect","before":"warn","after":"refuse"},)"
            R"({"path":"/when/role","added":["member"],"removed":[],"added_count":1,"removed_count":0}]}],)"
            R"("reordered":false},"sections":[],"changes":3,"told":3})"},
        DifferenceCase{"order", R"({"rules":[{"id":"a"},{"id":"b"}]})",
                       R"({"rules":[{"id":"b"},{"id":"a"}]})",
                       R"({"rules":{"added":[],"removed":[],"changed":[],"reordered":true},"sections":[],)"
                       R"("changes":0,"told":0})"},
        DifferenceCase{"layers", R"({"rules":[],"layers":[{"unit":"hk","rules":[{"id":"a"}]}]})",
                       R"({"rules":[{"id":"a"}]})",
                       R"({"rules":{"added":[{"rule":"a","value":{"id":"a"}}],)"
                       R"("removed":[{"rule":"a","layer":"hk","value":{"id":"a"}}],"changed":[],)"
                       R"("reordered":false},"sections":[],"changes":2,"told":2})"},
        DifferenceCase{
            "sections by path",
            R"({"name":"a","rules":[],"labels":[{"id":"x","handling":{"reach":"anywhere"}},{"id":"y"}]})",
            R"({"name":"b","rules":[],"labels":[{"id":"y"},{"id":"x","handling":{"reach":"organisation"}}]})",
            R"({"rules":{"added":[],"removed":[],"changed":[],"reordered":false},"sections":[)"
            R"({"path":"/name","before":"a","after":"b"},)"
            R"({"path":"/labels/x/handling/reach","before":"anywhere","after":"organisation"},)"
            R"({"path":"/labels","reordered":true}],"changes":3,"told":3})"}),
    [](const auto& info) {
      std::string name = info.param.name;
      std::ranges::replace(name, ' ', '_');
      return name;
    });

TEST(PolicyDifference, LongListsAreCountedAndLargeValuesToldByTheirSize) {
  json::Array terms;
  for (int i = 0; i < 500; ++i) terms.emplace_back("term " + std::to_string(i));
  const json::Object before{
      {"rules", json::Array()},
      {"dictionaries", json::Array{json::Object{{"id", "d"}, {"terms", json::Array()}}}}};
  json::Object after = before;
  after["dictionaries"] =
      json::Array{json::Object{{"id", "d"}, {"terms", terms}}, json::Object{{"id", "e"}, {"terms", terms}}};
  const json::Object difference = policy_difference(before, after, {.value_octets_max = 1'000});
  const json::Array& sections = difference.at("sections").as_array();
  ASSERT_EQ(sections.size(), 2U);
  EXPECT_EQ(sections[0].at("added").as_array().size(), 100U);
  EXPECT_EQ(json::integer_or(sections[0].as_object(), "added_count", -1), 500);
  EXPECT_GT(sections[1].at("after").at("octets").to_number<int>(), 1'000);
}

TEST(PolicyDifference, MoreThanTheLimitIsCountedAndNotTold) {
  std::string many = R"({"rules":[)";
  for (int i = 0; i < 30; ++i)
    many += std::string(i > 0 ? "," : "") + R"({"id":"r)" + std::to_string(i) + R"("})";
  many += "]}";
  const json::Object difference = difference_of(R"({"rules":[]})", many, {.changes_max = 10});
  EXPECT_EQ(difference.at("rules").at("added").as_array().size(), 10U);
  EXPECT_EQ(difference.at("changes").to_number<int>(), 30);
  EXPECT_EQ(difference.at("told").to_number<int>(), 10);
}

}  // namespace
}  // namespace kuramori::governance
