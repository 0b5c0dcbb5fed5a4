#include "api/resource/entity_tags.hpp"

#include <gtest/gtest.h>

#include "json/json.hpp"

namespace kuramori::api::resource {
namespace {

TEST(EntityTags, AreReadAsTheSpecificationWritesThem) {
  struct Case {
    std::string header;
    bool is_read;
    bool any;
    std::vector<std::string> tags;
    std::vector<std::string> weak;
  };
  const Case cases[] = {
      {"*", true, true, {}, {}},
      {"\"7\"", true, false, {"\"7\""}, {}},
      {" \"7\" , \"8\" ", true, false, {"\"7\"", "\"8\""}, {}},
      {"W/\"7\",\"a b\"", false, false, {}, {}},
      {"W/\"7\",\"ab\"", true, false, {"\"ab\""}, {"\"7\""}},
      {"\"\"", true, false, {"\"\""}, {}},
      {"", false, false, {}, {}},
      {"7", false, false, {}, {}},
      {"\"7", false, false, {}, {}},
      {"\"7\",", false, false, {}, {}},
      {"\"7\" \"8\"", false, false, {}, {}},
      {"*, \"7\"", false, false, {}, {}},
      {"w/\"7\"", false, false, {}, {}},
  };
  for (const Case& c : cases) {
    const auto list = parse_tags(c.header);
    ASSERT_EQ(list.has_value(), c.is_read) << c.header;
    if (!list) continue;
    EXPECT_EQ(list->any, c.any) << c.header;
    EXPECT_EQ(list->tags, c.tags) << c.header;
    EXPECT_EQ(list->weak, c.weak) << c.header;
  }
}

TEST(EntityTags, AListIsBounded) {
  std::string header = "\"0\"";
  for (std::size_t i = 1; i < kTagsMax; ++i) header += ",\"" + std::to_string(i) + "\"";
  EXPECT_TRUE(parse_tags(header));
  EXPECT_FALSE(parse_tags(header + ",\"more\""));
}

net::Request with(std::string name, std::string value) {
  net::Request request;
  if (!value.empty()) request.headers.emplace_back(std::move(name), std::move(value));
  return request;
}

TEST(EntityTags, AChangeNamesWhatItChanges) {
  struct Case {
    std::string header;
    Presence presence;
    int status;  // 0: goes on
    std::string_view type;
  };
  const Case cases[] = {
      {"\"7\"", Presence::Required, 0, ""},
      {"\"6\", \"7\"", Presence::Required, 0, ""},
      {"*", Presence::Required, 0, ""},
      {"\"6\"", Presence::Required, 412, "urn:kuramori:problem:version-changed"},
      {"W/\"7\"", Presence::Required, 412, "urn:kuramori:problem:version-changed"},
      {"", Presence::Required, 428, "urn:kuramori:problem:precondition-required"},
      {"", Presence::Optional, 0, ""},
      {"\"6\"", Presence::Optional, 412, "urn:kuramori:problem:version-changed"},
      {"7", Presence::Optional, 400, "urn:kuramori:problem:invalid-request"},
  };
  for (const Case& c : cases) {
    const auto denied = check_if_match(with("if-match", c.header), tag_of(7), c.presence);
    ASSERT_EQ(denied.has_value(), c.status != 0) << c.header;
    if (!denied) continue;
    EXPECT_EQ(denied->status, c.status) << c.header;
    EXPECT_EQ(json::string_or(*json::parse_object(denied->body), "type", ""), c.type) << c.header;
  }
}

TEST(EntityTags, AReaderIsNotToldAgain) {
  for (const std::string header : {"\"7\"", "W/\"7\"", "\"1\",\"7\"", "*"})
    EXPECT_TRUE(is_known_to_client(with("if-none-match", header), tag_of(7))) << header;
  for (const std::string header : {"\"8\"", "7", ""})
    EXPECT_FALSE(is_known_to_client(with("if-none-match", header), tag_of(7))) << header;
}

}  // namespace
}  // namespace kuramori::api::resource
