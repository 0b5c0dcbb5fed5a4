// docs/api/kuramori-admin-v1.json against the router: neither promises what the other does not keep.
#include "api/admin/description.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "administration.hpp"

namespace kuramori::api::admin::testing {
namespace {

constexpr std::string_view kOwn = "/_kuramori/admin/v1/";

class DescriptionTest : public Administration {
 protected:
  const json::Object document = *json::parse_object(description());
  const json::Object& paths = *json::object_at(document, "paths");

  // Follows "$ref" within the document.
  const json::Object& resolved(const json::Object& object) const {
    const std::string_view reference = json::string_or(object, "$ref", "");
    if (reference.empty()) return object;
    const json::Value* at = nullptr;
    const json::Object* in = &document;
    for (const std::string_view part : text::split(reference.substr(2), '/')) {
      at = json::find(*in, part);
      if (at == nullptr || !at->is_object()) throw std::runtime_error("no " + std::string(reference));
      in = &at->as_object();
    }
    return *in;
  }
};

std::set<std::string> path_parameters(std::string_view path) {
  std::set<std::string> names;
  for (const std::string_view segment : text::split(path, '/')) {
    if (segment.starts_with('{')) names.emplace(segment.substr(1, segment.size() - 2));
  }
  return names;
}

TEST_F(DescriptionTest, EveryRouteIsDescribedAndEveryDescribedPathIsRouted) {
  std::set<std::string> routed;
  for (const auto& [method, pattern] : server.router.routes()) {
    if (pattern.starts_with(kOwn)) routed.insert(std::string(net::to_string(method)) + " " + pattern);
  }
  std::set<std::string> described;
  for (const auto& [path, item] : paths) {
    for (const auto& [method, operation] : item.as_object()) {
      std::string name(method);
      std::ranges::transform(name, name.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
      described.insert(name + " " + std::string(path));
    }
  }
  EXPECT_EQ(routed, described);
  EXPECT_GE(routed.size(), 16U);
}

TEST_F(DescriptionTest, EveryOperationNamesItsParametersItsOperationAndItsAnswers) {
  std::set<std::string> ids;
  for (const auto& [path, item] : paths) {
    for (const auto& [method, value] : item.as_object()) {
      const json::Object& operation = value.as_object();
      const std::string where = std::string(method) + " " + std::string(path);
      EXPECT_TRUE(ids.insert(std::string(json::string_or(operation, "operationId", ""))).second) << where;
      EXPECT_FALSE(json::string_or(operation, "summary", "").empty()) << where;
      std::set<std::string> in_path;
      bool has_if_match = false;
      if (const json::Array* parameters = json::array_at(operation, "parameters")) {
        for (const json::Value& each : *parameters) {
          const json::Object& parameter = resolved(each.as_object());
          if (json::string_or(parameter, "in", "") == "path")
            in_path.emplace(json::string_or(parameter, "name", ""));
          has_if_match = has_if_match || json::string_or(parameter, "name", "") == "If-Match";
        }
      }
      EXPECT_EQ(in_path, path_parameters(path)) << where;
      EXPECT_TRUE(method != "put" || has_if_match) << where;
      const json::Object* responses = json::object_at(operation, "responses");
      ASSERT_NE(responses, nullptr) << where;
      EXPECT_TRUE(std::ranges::any_of(*responses, [](const auto& r) { return r.key().starts_with("2"); }))
          << where;
      if (path.ends_with("openapi.json")) continue;
      EXPECT_TRUE(responses->contains("default")) << where << ": problems are described";
      EXPECT_TRUE(gate::parse_operation(json::string_or(operation, "x-kuramori-operation", "")))
          << where << ": the gate's operation";
    }
  }
}

// Every reference leads somewhere.
void collect_references(const json::Value& value, std::set<std::string>& references) {
  if (const auto* object = value.if_object()) {
    for (const auto& [key, each] : *object) {
      if (key == "$ref") references.emplace(each.as_string());
      collect_references(each, references);
    }
  } else if (const auto* array = value.if_array()) {
    for (const json::Value& each : *array) collect_references(each, references);
  }
}

TEST_F(DescriptionTest, EveryReferenceLeadsSomewhereAndTheTextIsAscii) {
  std::set<std::string> references;
  collect_references(json::Value(document), references);
  EXPECT_GE(references.size(), 20U);
  for (const std::string& reference : references) {
    ASSERT_TRUE(reference.starts_with("#/")) << reference;
    EXPECT_NO_THROW(resolved(json::Object{{"$ref", reference}})) << reference;
  }
  EXPECT_TRUE(
      std::ranges::all_of(description(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
}

TEST_F(DescriptionTest, IsServedWithoutAToken) {
  const Reply reply = server.get("/_kuramori/admin/v1/openapi.json", "");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.text("openapi"), "3.1.0");
  EXPECT_EQ(reply.response.body, description());
}

// Whoever may not do it is refused by the gate before anything else is looked at, on every route.
TEST_F(DescriptionTest, NothingIsToldToAMember) {
  const std::string member = server.sign_up("member");
  for (const auto& [path, item] : paths) {
    if (path.ends_with("openapi.json")) continue;
    std::string target(path);
    while (target.find('{') != std::string::npos)
      target.replace(target.find('{'), target.find('}') - target.find('{') + 1, "1");
    for (const auto& [method, operation] : item.as_object()) {
      const net::Method verb = method == "get"      ? net::Method::Get
                               : method == "put"    ? net::Method::Put
                               : method == "delete" ? net::Method::Delete
                                                    : net::Method::Post;
      const std::string body =
          target.ends_with("/hand-over") ? R"({"successor":"@a:example.org"})" : R"({"units":"id,name\n"})";
      const bool has_body = operation.as_object().contains("requestBody");
      const Reply reply = server.request(verb, target, has_body ? body : "", member, {{"if-match", "*"}});
      EXPECT_EQ(reply.status, 403) << method << " " << target << " " << reply.response.body;
      EXPECT_EQ(reply.problem(), "refused-by-policy") << method << " " << target;
      EXPECT_EQ(server.request(verb, target, "", "").status, 401) << method << " " << target;
    }
  }
}

}  // namespace
}  // namespace kuramori::api::admin::testing
