#include "organisation/document.hpp"

#include <gtest/gtest.h>

#include "organisation/directory.hpp"
#include "sample.hpp"

namespace kuramori::organisation {
namespace {

TEST(Document, RoundTrips) {
  Content content = sample();
  content.people[3].posts.push_back({.unit = "research", .title = "Liaison; 連絡"});
  content.people[3].clearance = "secret";
  content.people[4].employment = Employment::OnLeave;
  content.visibility.push_back({.id = "first",
                                .who = {Selector::Kind::Role, "auditor"},
                                .whom = {Selector::Kind::Unit, "jp"},
                                .may_find = true,
                                .may_contact = false});
  const ParsedDocument parsed = parse_document(json::serialize(to_json(content)));
  for (const auto& issue : parsed.issues) ADD_FAILURE() << issue.to_text("document");
  EXPECT_EQ(parsed.content, content);
}

TEST(Document, EveryMistakeHasItsPlace) {
  const ParsedDocument parsed = parse_document(R"({
  "units": [{"id": "no blank", "name": "A", "kind": "guild"}],
  "people": [{"user": "aiko", "name": "", "region": "Hong Kong", "nickname": "A"}],
  "visibility": [{"id": "r", "who": "nobody", "whom": "employees", "contact": true}]
})");
  std::vector<std::string> told;
  for (const auto& issue : parsed.issues)
    told.push_back(std::to_string(issue.line) + " " + issue.path + " " + issue.message);
  const auto has = [&](std::string_view begin, std::string_view part) {
    return std::ranges::any_of(told, [&](const std::string& line) {
      return line.starts_with(begin) && line.find(part) != std::string::npos;
    });
  };
  EXPECT_TRUE(has("2 /units/0/id", ""));
  EXPECT_TRUE(has("2 /units/0/kind", "legal_entity or department"));
  EXPECT_TRUE(has("3 /people/0/user", "@aiko:example.org"));
  EXPECT_TRUE(has("3 /people/0/name", ""));
  EXPECT_TRUE(has("3 /people/0/region", "HK"));
  EXPECT_TRUE(has("3 /people/0/nickname", ""));
  EXPECT_TRUE(has("4 /visibility/0/who", "unit:ID"));
  EXPECT_TRUE(has("4 /visibility/0/contact", "cannot find"));
}

TEST(Document, WhatIsNoDocumentIsToldSo) {
  for (const char* text : {"", "[]", "{", "{\"units\": 3}", "{\"version\": 2}"})
    EXPECT_FALSE(parse_document(text).issues.empty()) << text;
}

}  // namespace
}  // namespace kuramori::organisation
