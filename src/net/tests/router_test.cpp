#include "net/router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/detail/target.hpp"

namespace kuramori::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

runtime::Task<Response> answer(Request& /*request*/) {
  co_return Response{};
}

Router example() {
  Router router;
  router.add(Method::Get, "/", answer);
  router.add(Method::Get, "/rooms/{room}/state", answer);
  router.add(Method::Get, "/rooms/{room}/state/{type}/{key}", answer);
  router.add(Method::Put, "/rooms/{room}/state/{type}/{key}", answer);
  router.add(Method::Post, "/rooms/public/search", answer);
  router.add(Method::Get, "/rooms/{room}/{what}", answer);
  router.add(Method::Get, "/web/{path...}", answer);
  router.add(Method::Delete, "/web/private", answer);
  return router;
}

struct Case {
  Method method;
  std::string path;
  int status;
  std::string pattern;
  std::vector<std::string> parameters;
};

class Matching : public ::testing::TestWithParam<Case> {};

TEST_P(Matching, IsAsTheTableSays) {
  const Router router = example();
  const Case& expected = GetParam();
  const Router::Match match = router.match(expected.method, expected.path);
  EXPECT_EQ(match.status, expected.status);
  EXPECT_EQ(match.route == nullptr ? "" : match.route->pattern, expected.pattern);
  EXPECT_EQ(match.parameters, expected.parameters);
}

INSTANTIATE_TEST_SUITE_P(
    Router, Matching,
    ::testing::Values(
        Case{Method::Get, "/", 200, "/", {}}, Case{Method::Get, "", 404, "", {}},
        Case{Method::Get, "/rooms", 404, "", {}}, Case{Method::Get, "/rooms/", 404, "", {}},
        Case{Method::Get, "/rooms/!a:b/state", 200, "/rooms/{room}/state", {"!a:b"}},
        Case{Method::Head, "/rooms/!a:b/state", 200, "/rooms/{room}/state", {"!a:b"}},
        // What is decoded is not decoded once more.
        Case{Method::Get, "/rooms/%252F%2521/state", 200, "/rooms/{room}/state", {"%2F%21"}},
        // An encoded slash stays inside its segment, and an encoded question mark is no query.
        Case{Method::Get, "/rooms/a%3Fb%23c/state", 200, "/rooms/{room}/state", {"a?b#c"}},
        Case{Method::Get, "/rooms/%21a%2Fb/state", 200, "/rooms/{room}/state", {"!a/b"}},
        Case{Method::Put,
             "/rooms/r/state/m.room.name/",
             200,
             "/rooms/{room}/state/{type}/{key}",
             {"r", "m.room.name", ""}},
        Case{Method::Get, "/rooms//state", 404, "", {}}, Case{Method::Get, "/rooms/r/state/", 404, "", {}},
        // Literals first, and back to the parameter when they lead nowhere.
        Case{Method::Post, "/rooms/public/search", 200, "/rooms/public/search", {}},
        Case{Method::Get, "/rooms/public/search", 200, "/rooms/{room}/{what}", {"public", "search"}},
        Case{Method::Get, "/rooms/public/state", 200, "/rooms/{room}/state", {"public"}},
        Case{Method::Post, "/rooms/r/state", 405, "", {}}, Case{Method::Get, "/rooms/%/state", 400, "", {}},
        Case{Method::Get, "/rooms/%4/state", 400, "", {}}, Case{Method::Get, "/rooms/%zz/state", 400, "", {}},
        Case{Method::Get, "/rooms/%ff/state", 400, "", {}},
        Case{Method::Get, "/rooms/\xC3/state", 400, "", {}},
        Case{Method::Get, "/rooms/%e5%80%89/state", 200, "/rooms/{room}/state", {"倉"}},
        Case{Method::Get, "/web/", 200, "/web/{path...}", {""}},
        Case{Method::Get, "/web/a/b%20c/d.js", 200, "/web/{path...}", {"a/b c/d.js"}},
        Case{Method::Get, "/web", 404, "", {}},
        Case{Method::Get, "/web/private", 200, "/web/{path...}", {"private"}},
        Case{Method::Delete, "/web/private", 200, "/web/private", {}},
        Case{Method::Other, "/web/x", 405, "", {}}));

TEST(Router, SaysWhatIsAllowed) {
  const Router router = example();
  EXPECT_THAT(router.match(Method::Delete, "/rooms/r/state/t/k").allowed,
              UnorderedElementsAre("GET", "HEAD", "PUT", "OPTIONS"));
  EXPECT_THAT(router.match(Method::Put, "/rooms/public/search").allowed,
              UnorderedElementsAre("POST", "GET", "HEAD", "OPTIONS"));
  EXPECT_THAT(router.match(Method::Put, "/nowhere").allowed, IsEmpty());
}

TEST(Router, ListsItsRoutes) {
  EXPECT_EQ(example().routes().size(), 8u);
  EXPECT_THAT(example().routes(), ::testing::Contains(Pair(Method::Get, "/web/{path...}")));
}

TEST(RouterDeathTest, RefusesOurMistakes) {
  Router router = example();
  EXPECT_DEATH(router.add(Method::Get, "/rooms/{other}/state", answer), "twice");
  EXPECT_DEATH(router.add(Method::Get, "/x/{all...}/y", answer), "last one");
  EXPECT_DEATH(router.add(Method::Get, "x", answer), "slash");
}

TEST(Target, IsTakenApart) {
  const auto check = [](std::string_view target) -> std::pair<std::string, std::string> {
    const auto parts = detail::split_target(target);
    if (!parts) return {"none", ""};
    return {std::string(parts->path), std::string(parts->query)};
  };
  EXPECT_THAT(check("/a/b?c=d?e"), Pair("/a/b", "c=d?e"));
  EXPECT_THAT(check("/a"), Pair("/a", ""));
  EXPECT_THAT(check("http://host:80/a?b"), Pair("/a", "b"));
  EXPECT_THAT(check("HTTPS://host"), Pair("/", ""));
  EXPECT_THAT(check("http://host?x=1"), Pair("/", "x=1"));
  EXPECT_THAT(check("host:443"), Pair("none", ""));
  EXPECT_THAT(check(""), Pair("none", ""));
  EXPECT_THAT(check("*"), Pair("none", ""));
}

TEST(Query, IsDecoded) {
  const auto parsed = detail::parse_query("a=1&&b=x+y%2B&c&=z&a=%e5%80%89&d==");
  ASSERT_TRUE(parsed);
  EXPECT_THAT(*parsed, ElementsAre(Pair("a", "1"), Pair("b", "x y+"), Pair("c", ""), Pair("", "z"),
                                   Pair("a", "倉"), Pair("d", "=")));
  for (const char* bad : {"a=%", "a=%1", "%xx=1", "a=%ff", "a=+%g0", "a=\xC3"}) {
    EXPECT_FALSE(detail::parse_query(bad)) << bad;
  }
}

}  // namespace
}  // namespace kuramori::net
