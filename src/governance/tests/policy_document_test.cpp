#include "governance/policy_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "governance/compiled_policy.hpp"

namespace kuramori::governance {
namespace {

using ::testing::HasSubstr;

std::string file_text(const std::string& path) {
  std::ifstream file(std::string(KURAMORI_SOURCE_DIR "/") + path);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << path;
  return text.str();
}

std::vector<std::string> mistakes(std::string_view text, const ParseOptions& options = {}) {
  const ParsedPolicy parsed = parse_policy(text, options);
  EXPECT_EQ(parsed.document.has_value(), parsed.issues.empty());
  std::vector<std::string> lines;
  for (const Issue& issue : parsed.issues) lines.push_back(issue.to_text("p"));
  return lines;
}

std::string rule_with(std::string_view members) {
  return R"({"format":1,"name":"x","rules":[{"id":"r","operations":["room.send"],"effect":"refuse",)" +
         std::string(members) + "}]}";
}

TEST(DefaultPolicy, IsTheFileThatIsPackagedAndValid) {
  EXPECT_EQ(default_policy_text(), file_text("packaging/policy/default.json"));
  const ParsedPolicy parsed = parse_policy(default_policy_text());
  ASSERT_TRUE(parsed.document.has_value()) << mistakes(default_policy_text()).front();
  EXPECT_EQ(parsed.document->rules.size(), 15U);
  EXPECT_EQ(parsed.document->rules.front().id, "hk-identity-card");
}

TEST(PolicyDocument, ReportsEveryMistakeWithLineAndColumn) {
  const auto lines = mistakes(R"({
  "format": 1,
  "name": "测试",
  "colour": "red",
  "detectors": [ { "id": "staff", "pattern": "E([0-9]", "validator": "lunh" } ],
  "rules": [
    { "id": "一", "operations": ["room.send"], "effect": "refuse" },
    { "id": "two", "operations": [], "effect": "deny",
      "when": { "finding": { "detector": "stuff", "min_count": 0 } } },
    { "id": "two", "effect": "mask", "operations": ["room.send"] }
  ]
})");
  EXPECT_THAT(lines, ::testing::ElementsAre(
                         HasSubstr("p:4:13: /colour is not known here"),
                         HasSubstr("p:5:46: /detectors/0/pattern is not a valid pattern"),
                         HasSubstr("p:5:70: /detectors/0/validator is not a validator"),
                         HasSubstr("p:7:13: /rules/0/id must be"),
                         HasSubstr("p:8:34: /rules/1/operations must not be empty"),
                         HasSubstr("p:8:48: /rules/1/effect must be allow"),
                         HasSubstr("p:9:42: /rules/1/when/finding/detector names a detector"),
                         HasSubstr("p:9:64: /rules/1/when/finding/min_count must lie between 1 and"),
                         HasSubstr("p:10:5: /rules/2 masks, and so needs"),
                         HasSubstr("p:10:13: /rules/2/id is taken")));
}

TEST(PolicyDocument, PlacesSyntaxErrors) {
  EXPECT_THAT(mistakes("{\n  \"format\": 1,\n  \"name\" \"x\"\n}").front(),
              HasSubstr("p:3:10: is not valid JSON"));
  EXPECT_THAT(mistakes("").front(), HasSubstr("p:1:1: is not valid JSON"));
  EXPECT_THAT(mistakes("{}\n  x").front(), HasSubstr("p:2:3: follows the end"));
  EXPECT_THAT(mistakes("\"\xFF\"").front(), HasSubstr("is not valid JSON"));
  EXPECT_THAT(mistakes(std::string(100, '[')).front(), HasSubstr("is not valid JSON"));
  EXPECT_THAT(mistakes(R"({"format":1,"name":"a","rules":[],"name":"b"})").front(),
              HasSubstr("more than once"));
}

struct Bad {
  std::string text;
  const char* message;
};

TEST(PolicyDocument, RefusesEachKindOfMistake) {
  const Bad cases[] = {
      {"[]", "must be an object, not a list"},
      {R"({"name":"x","rules":[]})", "lacks 'format'"},
      {R"({"format":2,"name":"x","rules":[]})", "must lie between 1 and 1"},
      {R"({"format":1,"rules":[]})", "lacks 'name'"},
      {R"({"format":1,"name":"x"})", "lacks 'rules'"},
      {R"({"format":1,"name":"x","rules":{}})", "must be a list, not an object"},
      {R"({"format":1,"name":"x","rules":[1]})", "must be an object, not a number"},
      {rule_with(R"("enabled":1)"), "must be true or false"},
      {rule_with(R"("when":{})"), "exactly one of"},
      {rule_with(R"("when":{"role":["member"],"user":["@a:b"]})"), "exactly one of"},
      {rule_with(R"("when":{"rol":["member"]})"), "is not a condition"},
      {rule_with(R"("when":{"all":[]})"), "at least one"},
      {rule_with(R"("when":{"network":["10.0.0.1/8"]})"), "is not a network"},
      {rule_with(R"("when":{"network":["10.0.0.0/33"]})"), "is not a network"},
      {rule_with(R"("when":{"field_size":{"field":"body"}})"), "needs 'at_least' or 'at_most'"},
      {rule_with(R"("when":{"keyword":{"dictionary":"none"}})"), "names a dictionary that does not exist"},
      {rule_with(R"("when":{"user":[]})"), "must not be empty"},
      {rule_with(R"("obligations":["Notify Me"])"), "must be a name"},
      {rule_with(R"("obligations":[{"a":1,"b":2}])"), "must be a name"},
      {rule_with(R"("explanation":{"fr":"non"})"), "is not known here"},
      {rule_with(R"("resource":{"room":["!a"]})"), "is not known here"},
      {R"({"format":1,"name":"x","rules":[{"id":"r","operations":["*"],"effect":"refuse"}]})",
       "every later change"},
      {R"({"format":1,"name":"x","rules":[{"id":"r","operations":["room*"],"effect":"allow"}]})",
       "as its last part"},
      {R"({"format":1,"name":"x","detectors":[{"id":"d","pattern":"a*"}],"rules":[]})",
       "matches the empty text"},
      {R"({"format":1,"name":"x","detectors":[{"id":"payment_card","pattern":"a"}],"rules":[]})", "is taken"},
      {R"({"format":1,"name":"x","dictionaries":[{"id":"d"}],"rules":[]})", "either 'terms' or 'file'"},
      {R"({"format":1,"name":"x","dictionaries":[{"id":"d","file":"f"}],"rules":[]})", "cannot be read here"},
      {R"({"format":1,"name":"x","dictionaries":[{"id":"d","terms":[""]}],"rules":[]})", "must have 1 to"},
  };
  for (const Bad& bad : cases) {
    const auto lines = mistakes(bad.text);
    ASSERT_FALSE(lines.empty()) << bad.text;
    EXPECT_THAT(lines.front(), HasSubstr(bad.message)) << bad.text;
  }
}

TEST(PolicyDocument, ChecksNamesAgainstTheVocabulary) {
  const std::string_view operations[] = {"room.send", "room.join"};
  const std::string_view roles[] = {"member"};
  const ParseOptions options{.vocabulary = {.operations = operations, .roles = roles}};
  const auto with = [](const std::string& operation, const std::string& role) {
    return R"({"format":1,"name":"x","rules":[{"id":"r","operations":[")" + operation +
           R"("],"effect":"warn","when":{"role":[")" + role + R"("]}}]})";
  };
  EXPECT_TRUE(mistakes(with("room.*", "member"), options).empty());
  EXPECT_TRUE(mistakes(with("room.join", "member"), options).empty());
  EXPECT_THAT(mistakes(with("room.sned", "member"), options).front(), HasSubstr("is not an operation"));
  EXPECT_THAT(mistakes(with("rooms.*", "member"), options).front(), HasSubstr("is not an operation"));
  EXPECT_THAT(mistakes(with("room.*", "boss"), options).front(), HasSubstr("is not a role"));
}

TEST(PolicyDocument, NestedConditionsAreBounded) {
  std::string condition = R"({"role":["member"]})";
  for (int i = 0; i < 20; ++i) condition = R"({"not":)" + condition + "}";
  EXPECT_THAT(mistakes(rule_with("\"when\":" + condition)).front(), HasSubstr("nested too deeply"));
}

TEST(PolicyDocument, StoresTheTermsOfFiles) {
  const std::string text =
      R"({"format":1,"name":"x","dictionaries":[{"id":"d","file":"words.txt"}],"rules":[]})";
  ParseOptions options;
  options.read_file = [](const std::string& name) -> Result<std::string> {
    if (name != "words.txt") return not_found("no such file");
    return std::string("# projects\n 倉守 \r\n\nMount Fuji\n");
  };
  const ParsedPolicy parsed = parse_policy(text, options);
  ASSERT_TRUE(parsed.document.has_value());
  EXPECT_THAT(parsed.document->dictionaries.front().terms, ::testing::ElementsAre("倉守", "Mount Fuji"));
  const ParsedPolicy again = parse_policy(parsed.document->text);
  ASSERT_TRUE(again.document.has_value());
  EXPECT_EQ(again.document->dictionaries.front().terms, parsed.document->dictionaries.front().terms);
}

TEST(PolicyDocument, TheLimitOfIssuesHolds) {
  std::string rules;
  for (int i = 0; i < 500; ++i) rules += std::string(i > 0 ? "," : "") + "1";
  ParseOptions options;
  options.limits.issues_max = 20;
  EXPECT_EQ(mistakes(R"({"format":1,"name":"x","rules":[)" + rules + "]}", options).size(), 20U);
}

// The published schema and the reader must know the same members.
TEST(PolicySchema, NamesWhatTheReaderKnows) {
  const auto schema = json::parse_object(file_text("docs/policy.schema.json"));
  ASSERT_TRUE(schema.has_value()) << schema.error().to_log();
  const auto properties_of = [&](std::string_view definition) {
    const json::Object* owner = &*schema;
    if (!definition.empty()) owner = json::object_at(*json::object_at(*schema, "$defs"), definition);
    std::vector<std::string> names;
    for (const auto& member : *json::object_at(*owner, "properties")) names.emplace_back(member.key());
    std::ranges::sort(names);
    return names;
  };
  const auto known_by_reader = [](const std::string& text) {
    std::vector<std::string> names;
    for (const std::string& line : mistakes(text)) {
      const auto at = line.find("/zz is not known here; known are ");
      if (at == std::string::npos) continue;
      std::string list = line.substr(at + 33);
      for (const char* separator : {" or ", ", "}) {
        for (auto found = list.find(separator); found != std::string::npos; found = list.find(separator)) {
          list.replace(found, std::string_view(separator).size(), " ");
        }
      }
      std::istringstream words(list);
      for (std::string word; words >> word;) names.push_back(word);
    }
    std::ranges::sort(names);
    return names;
  };
  EXPECT_EQ(known_by_reader(R"({"zz":1})"), properties_of(""));
  EXPECT_EQ(known_by_reader(rule_with(R"("zz":1)")), properties_of("rule"));
  EXPECT_EQ(known_by_reader(R"({"detectors":[{"zz":1}]})"), properties_of("detector"));
  EXPECT_EQ(known_by_reader(R"({"dictionaries":[{"zz":1}]})"), properties_of("dictionary"));
  EXPECT_EQ(known_by_reader(rule_with(R"("resource":{"zz":1})")), properties_of("resource"));
  EXPECT_EQ(known_by_reader(rule_with(R"("explanation":{"zz":"1"})")), properties_of("texts"));
  EXPECT_EQ(known_by_reader(R"({"labels":[{"zz":1}]})"), properties_of("label"));
  EXPECT_EQ(known_by_reader(R"({"labels":[{"id":"a","handling":{"zz":1}}]})"), properties_of("handling"));
  EXPECT_EQ(known_by_reader(R"({"counters":[{"zz":1}]})"), properties_of("counter"));
  EXPECT_EQ(known_by_reader(R"({"matrix":[{"zz":1}]})"), properties_of("row"));
  EXPECT_EQ(known_by_reader(R"({"layers":[{"zz":1}]})"), properties_of("layer"));
  std::vector<std::string> conditions;
  const std::string line = mistakes(rule_with(R"("when":{"zz":1})")).front();
  for (const std::string& name : properties_of("condition")) {
    EXPECT_THAT(line, HasSubstr(name));
    conditions.push_back(name);
  }
  EXPECT_EQ(conditions.size(), 32U);
}

TEST(PolicyDocument, DetectorsOfTablesAndDocumentsAreChecked) {
  const auto mistakes = [](const char* detector) {
    const auto parsed =
        parse_policy(std::string(R"({"format":1,"name":"d","rules":[],"detectors":[)") + detector + "]}");
    std::string all;
    for (const Issue& issue : parsed.issues) all += issue.path + " " + issue.message + "\n";
    return all;
  };
  using ::testing::HasSubstr;
  EXPECT_EQ(mistakes(R"({"id":"a","exact_data":{"table":"t","columns":["x","y"],"least":2,"near":50}})"), "");
  EXPECT_EQ(mistakes(R"({"id":"a","fingerprints":{"set":"s","share":1}})"), "");
  EXPECT_EQ(mistakes(R"({"id":"a","fingerprints":{"set":"s","share":0.25}})"), "");
  EXPECT_THAT(mistakes(R"({"id":"a"})"),
              HasSubstr("needs one of 'pattern', 'exact_data' and 'fingerprints'"));
  EXPECT_THAT(mistakes(R"({"id":"a","pattern":"x","exact_data":{"table":"t"}})"), HasSubstr("needs one of"));
  EXPECT_THAT(mistakes(R"({"id":"a","exact_data":{}})"), HasSubstr("lacks 'table'"));
  EXPECT_THAT(mistakes(R"({"id":"a","exact_data":{"table":"t","columns":["x"],"least":2}})"),
              HasSubstr("asks for more columns"));
  EXPECT_THAT(mistakes(R"({"id":"a","exact_data":{"table":"t","least":17}})"), HasSubstr("between 1 and 16"));
  EXPECT_THAT(mistakes(R"({"id":"a","fingerprints":{"set":"s","share":1.5}})"),
              HasSubstr("between 0.01 and 1"));
  EXPECT_THAT(mistakes(R"({"id":"a","fingerprints":{"set":"s","share":"all"}})"),
              HasSubstr("must be a number"));
  EXPECT_THAT(mistakes(R"({"id":"a","validator":"luhn","exact_data":{"table":"t"}})"),
              HasSubstr("is for what"));
}

// In bounded time and memory: told before anything is read.
TEST(PolicyDocument, AMillionRulesAreRefused) {
  std::string rules;
  for (int i = 0; i < 1'000'000; ++i) rules += i == 0 ? "{}" : ",{}";
  const auto refused = [](const std::string& text) {
    const auto parsed = parse_policy(text);
    return parsed.issues.size() == 1 ? parsed.issues.front().message : std::string("read");
  };
  EXPECT_EQ(refused(R"({"format":1,"name":"m","rules":[)" + rules + "]}"),
            "has 1000000 rules, with those of its layers: at most 20000");
  EXPECT_EQ(refused(R"({"format":1,"name":"m","rules":[],"layers":[{"unit":"a","rules":[)" + rules + "]}]}"),
            "has 1000000 rules, with those of its layers: at most 20000");
  std::string zeros = "[0";
  for (int i = 0; i < 3'000'000; ++i) zeros += ",0";
  EXPECT_THAT(refused(zeros + "]"), ::testing::HasSubstr("values, at most 2000000 are read"));
  EXPECT_THAT(refused(std::string(33 << 20, ' ')),
              ::testing::HasSubstr("is too large: at most 33554432 octets"));
}

}  // namespace
}  // namespace kuramori::governance
