#include "push/pusher.hpp"

#include <gtest/gtest.h>

namespace kuramori::push {
namespace {

const OwnGateways kOwn{"gateway.internal:8080"};

std::string body(std::string_view url, std::string_view more = "") {
  return R"({"kind":"http","app_id":"org.example","pushkey":"key","app_display_name":"App",)"
         R"("device_display_name":"Phone","lang":"en","data":{"url":")" +
         std::string(url) + "\"}" + std::string(more) + "}";
}

std::string refusal(std::string_view text) {
  const auto change = parse_pusher_change(*json::parse_object(text), kOwn);
  return change ? "" : std::string(change.error().reason());
}

TEST(Pusher, GatewaysAreJudgedByTheirUrl) {
  struct Case {
    std::string_view url;
    bool is_taken;
  };
  constexpr Case kCases[] = {{"https://push.example.org/_matrix/push/v1/notify", true},
                             {"https://push.example.org:8443/_matrix/push/v1/notify", true},
                             {"https://push.example.org/_matrix/push/v1/notify?a=b", true},
                             {"http://push.example.org/_matrix/push/v1/notify", false},
                             {"http://gateway.internal:8080/_matrix/push/v1/notify", true},
                             {"http://GATEWAY.internal:8080/_matrix/push/v1/notify", true},
                             {"http://gateway.internal/_matrix/push/v1/notify", false},
                             {"http://gateway.internal:8080@evil.example/_matrix/push/v1/notify", false},
                             {"https://user:secret@push.example.org/_matrix/push/v1/notify", false},
                             {"https://push.example.org/", false},
                             {"https://push.example.org", false},
                             {"https://push.example.org/_matrix/push/v1/notify/more", false},
                             {"https:///_matrix/push/v1/notify", false},
                             {"https://push.example.org\\\\@evil/_matrix/push/v1/notify", false},
                             {"ftp://push.example.org/_matrix/push/v1/notify", false},
                             {"", false}};
  for (const Case& c : kCases) EXPECT_EQ(refusal(body(c.url)).empty(), c.is_taken) << c.url;
}

TEST(Pusher, WhatIsMissingOrTooLongIsRefused) {
  constexpr std::string_view kUrl = "https://push.example.org/_matrix/push/v1/notify";
  const auto good = *json::parse_object(body(kUrl));
  for (const std::string_view name :
       {"kind", "app_id", "pushkey", "app_display_name", "device_display_name", "lang", "data"}) {
    json::Object broken = good;
    broken.erase(name);
    const auto change = parse_pusher_change(broken, kOwn);
    ASSERT_FALSE(change) << name;
    EXPECT_EQ(change.error().reason(), "M_MISSING_PARAM") << name;
  }
  for (const auto& [name, size] : {std::pair{"app_id", 65}, std::pair{"pushkey", 513}}) {
    json::Object broken = good;
    broken[name] = std::string(static_cast<std::size_t>(size), 'x');
    EXPECT_FALSE(parse_pusher_change(broken, kOwn)) << name;
    broken[name] = std::string(static_cast<std::size_t>(size - 1), 'x');
    EXPECT_TRUE(parse_pusher_change(broken, kOwn)) << name;
  }
  EXPECT_EQ(refusal(R"({"kind":"pigeon","app_id":"a","pushkey":"k"})"), "M_INVALID_PARAM");
  EXPECT_EQ(refusal(R"({"kind":"email","app_id":"a","pushkey":"k@example.org","app_display_name":"a",)"
                    R"("device_display_name":"d","lang":"en","data":{}})"),
            "M_INVALID_PARAM");
}

TEST(Pusher, NullDeletesAndNeedsNothingElse) {
  const auto change =
      parse_pusher_change(*json::parse_object(R"({"kind":null,"app_id":"a","pushkey":"k"})"), kOwn);
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->pusher);
}

TEST(Pusher, IsStoredAsItIsShown) {
  const auto change =
      parse_pusher_change(*json::parse_object(body("https://push.example.org/_matrix/push/v1/notify",
                                                   R"(,"profile_tag":"t","append":true)")),
                          kOwn);
  ASSERT_TRUE(change);
  EXPECT_TRUE(change->append);
  const std::string shown = json::serialize(change->pusher->to_json());
  const auto stored = parse_stored_pusher(shown);
  ASSERT_TRUE(stored);
  EXPECT_EQ(json::serialize(stored->to_json()), shown);
  EXPECT_EQ(stored->url(), "https://push.example.org/_matrix/push/v1/notify");
}

}  // namespace
}  // namespace kuramori::push
