#include "administration.hpp"

namespace kuramori::api::admin::testing {
namespace {

class QuarantineApi : public Administration {
 protected:
  void inspected(std::string id, std::string state, std::int64_t at_ms) {
    inspection::InspectionRecord record{.id = {ServerName("example.org"), std::move(id)},
                                        .state = std::move(state),
                                        .reason = "policy",
                                        .rule = "no-plans",
                                        .policy_version = 3,
                                        .inspected_ms = at_ms};
    record.findings = *json::parse_object(
        R"({"media_type":"application/pdf","name":"layoffs in may.pdf","bytes":12,
            "found":{"hk_identity_card":2,"payment_card":1},
            "unreadable":[{"file":"inner secret.zip","reason":"encrypted"}]})");
    ASSERT_TRUE(server.executor.run(records.write(std::move(record))));
  }
  const std::string officer = server.sign_up("officer", gate::Role::SecurityOfficer);
};

TEST_F(QuarantineApi, IsListedInPagesAndMaskedForAdministrators) {
  for (int i = 0; i < 5; ++i) inspected("file" + std::to_string(i), "held", 100 + i / 2);
  inspected("gone", "removed", 50);
  std::vector<std::string> seen;
  std::string cursor;
  for (int page = 0; page < 3; ++page) {
    const Reply list = server.get(target("/quarantine?limit=2" + cursor), chief);
    ASSERT_EQ(list.status, 200) << list.response.body;
    for (const json::Value& file : list.body.at("files").as_array())
      seen.emplace_back(json::string_or(file.as_object(), "uri", ""));
    cursor = "&cursor=" + list.text("next_cursor");
    EXPECT_EQ(list.text("next_cursor").empty(), page == 2);
  }
  EXPECT_EQ(seen.size(), 5U);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 5U);
  EXPECT_EQ(server.get(target("/quarantine?state=removed"), chief).body.at("files").as_array().size(), 1U);
  EXPECT_EQ(server.get(target("/quarantine?state=eaten"), chief).status, 400);

  const Reply masked = server.get(target("/quarantine/example.org/file0"), chief);
  ASSERT_EQ(masked.status, 200) << masked.response.body;
  EXPECT_EQ(masked.response.body.find("layoffs"), std::string::npos);
  EXPECT_EQ(masked.response.body.find("secret"), std::string::npos);
  EXPECT_EQ(masked.body.at("findings").at("name").at("characters").as_int64(), 18);
  EXPECT_EQ(masked.body.at("findings").at("name").at("ending").as_string(), ".pdf");
  EXPECT_EQ(masked.response.body.find("hk_identity_card"), std::string::npos);
  EXPECT_EQ(masked.body.at("findings").at("found").at("count").as_int64(), 3);
  const Reply whole = server.get(target("/quarantine/example.org/file0"), officer);
  EXPECT_EQ(whole.body.at("findings").at("name").as_string(), "layoffs in may.pdf");
  EXPECT_EQ(server.get(target("/quarantine/example.org/nothing"), officer).status, 404);
}

TEST_F(QuarantineApi, IsDecidedOnceAndForAReason) {
  inspected("one", "held", 1);
  inspected("two", "held", 2);
  const std::string one = target("/quarantine/example.org/one");
  EXPECT_EQ(server.post(one + "/release", "", officer).status, 400);
  const Reply released = server.post(one + "/release?reason=harmless", "", officer);
  ASSERT_EQ(released.status, 200) << released.response.body;
  EXPECT_EQ(released.text("state"), "released");
  EXPECT_EQ(released.text("decided_by"), "@officer:example.org");
  EXPECT_EQ(released.text("reason"), "harmless");
  EXPECT_EQ(server.post(one + "/release?reason=again", "", officer).status, 409);
  const std::string two = target("/quarantine/example.org/two?reason=malicious");
  const Reply destroyed = server.request(net::Method::Delete, two, {}, officer);
  ASSERT_EQ(destroyed.status, 200) << destroyed.response.body;
  EXPECT_EQ(destroyed.text("state"), "removed");
  EXPECT_EQ(server.request(net::Method::Delete, two, {}, officer).status, 409);
  EXPECT_EQ(files.done,
            (std::vector<std::string>{"released mxc://example.org/one", "destroyed mxc://example.org/two"}));
  EXPECT_TRUE(server.get(target("/quarantine"), officer).body.at("files").as_array().empty());
}

constexpr std::string_view kFinds = R"({"format":1,"name":"finds",
  "dictionaries":[{"id":"projects","terms":["heron"]}],
  "rules":[{"id":"no-herons","operations":["room.send"],"when":{"keyword":{"dictionary":"projects"}},"effect":"refuse"},
           {"id":"warn-cards","operations":["room.send"],"when":{"finding":{"detector":"payment_card"}},"effect":"refuse"}]})";

class FindingsApi : public QuarantineApi {
 protected:
  void say(std::string_view user, std::string_view body) {
    gate::Action action{.subject = {}, .operation = gate::Operation::RoomSend, .resource = {}};
    action.subject.user = server.user(user);
    action.resource.room = RoomId("!room:example.org");
    const json::Object content{{"body", body}};
    action.content = &content;
    const auto admission = server.executor.run(server.gate.admit(std::move(action)));
    EXPECT_TRUE(std::holds_alternative<gate::Refusal>(admission));
    server.clock.advance(Milliseconds(1'000));
  }
};

TEST_F(FindingsApi, WhatWasFoundInFilesIsAmongThem) {
  inspection::InspectionRecord record{.id = {ServerName("example.org"), "numbers"},
                                      .state = "held",
                                      .reason = "policy",
                                      .rule = "no-numbers",
                                      .policy_version = 3,
                                      .inspected_ms = 5,
                                      .uploader = server.user("aiko")};
  record.findings = *json::parse_object(R"({"name":"a.txt","found":{"hk_identity_card":2}})");
  ASSERT_TRUE(server.executor.run(records.write(std::move(record))));
  server.clock.advance(Milliseconds(1'000));
  const Reply all = server.get(target("/findings?operation=inspection.verdict"), officer);
  ASSERT_EQ(all.status, 200) << all.response.body;
  const json::Array& list = all.body.at("findings").as_array();
  ASSERT_EQ(list.size(), 1U) << all.response.body;
  EXPECT_EQ(list[0].at("file").as_string(), "mxc://example.org/numbers");
  EXPECT_EQ(list[0].at("sender").as_string(), "@aiko:example.org");
  EXPECT_EQ(list[0].at("outcome").as_string(), "held");
  EXPECT_EQ(list[0].at("rule").as_string(), "no-numbers");
  EXPECT_EQ(list[0].at("findings").at(0).at("count").as_int64(), 2);
}

TEST_F(FindingsApi, AreToldByKindAndCountWithFilters) {
  auto swapped = server.executor.run(
      policies.swap(server.permit(gate::Subject::system(), gate::Operation::AdminPolicySwap),
                    std::string(kFinds), {.reason = "test"}));
  ASSERT_TRUE(swapped.has_value()) << swapped.error().message();
  for (int i = 0; i < 3; ++i) say("aiko", "the heron flies");
  say("bao", "4111 1111 1111 1111");
  const Reply all = server.get(target("/findings"), officer);
  ASSERT_EQ(all.status, 200) << all.response.body;
  const json::Array& list = all.body.at("findings").as_array();
  ASSERT_EQ(list.size(), 4U);
  EXPECT_EQ(json::string_or(list[0].as_object(), "sender", ""), "@bao:example.org");
  EXPECT_EQ(list[1].at("findings").at(0).at("source").as_string(), "projects");
  EXPECT_EQ(list[1].at("room").as_string(), "!room:example.org");
  EXPECT_EQ(list[1].at("decision_id").as_string().size(), 16U);
  EXPECT_EQ(all.response.body.find("4111"), std::string::npos);
  EXPECT_EQ(all.response.body.find("flies"), std::string::npos);
  const auto count = [&](std::string_view query) {
    return server.get(target("/findings?" + std::string(query)), officer)
        .body.at("findings")
        .as_array()
        .size();
  };
  EXPECT_EQ(count("source=projects"), 3U);
  EXPECT_EQ(count("source=payment_card"), 1U);
  EXPECT_EQ(count("rule=no-herons&sender=@aiko:example.org"), 3U);
  EXPECT_EQ(count("sender=@nobody:example.org"), 0U);
  EXPECT_EQ(count("outcome=allowed"), 0U);
  EXPECT_EQ(count("room=!room:example.org&operation=room.send"), 4U);
  EXPECT_EQ(count("to_ms=1"), 0U);
  const Reply page = server.get(target("/findings?limit=3"), officer);
  const Reply rest = server.get(target("/findings?limit=3&cursor=" + page.text("next_cursor")), officer);
  EXPECT_EQ(rest.body.at("findings").as_array().size(), 1U);
  EXPECT_EQ(server.get(target("/findings"), chief).status, 403) << "administrators run the system";
  EXPECT_EQ(server.get(target("/findings?from_ms=x"), officer).status, 400);
}

}  // namespace
}  // namespace kuramori::api::admin::testing
