// Application services as callers: registering and logging in users of a namespace, acting as them on a
// device or on none, timestamps of events, users that are made when they are asked for.
#include "api/client/appservices_routes.hpp"
#include "api/client/service_callers.hpp"
#include "identity/service_sessions.hpp"
#include "rooms_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

constexpr std::string_view kToken = "as-token-0123456789";

// One service with users @_irc_…, as the wiring answers for it.
class OneService final : public ServiceCallers {
 public:
  std::string service_of(std::string_view token) const override { return token == kToken ? "irc" : ""; }
  runtime::Task<Result<identity::SessionPtr>> act_as(std::string service, std::string user,
                                                     std::string device) override {
    identity::ServiceActor actor{.service = std::move(service),
                                 .user = UserId(user.empty() ? "@_irc_bot:example.org" : user),
                                 .device = DeviceId(device)};
    if (!covers_user("irc", actor.user)) co_return forbidden("It is not in the namespaces.");
    auto acting = identity::act_for_service(server->accounts, server->store, std::move(actor));
    co_return co_await std::move(acting);
  }
  bool is_rate_limited(std::string_view, const UserId&) const override { return false; }
  bool covers_user(std::string_view, const UserId& user) const override {
    return user.view().starts_with("@_irc_") && user.view().ends_with(":example.org");
  }
  bool covers_alias(std::string_view, const RoomAlias& alias) const override {
    return alias.view().starts_with("#_irc_");
  }
  bool speaks(std::string_view, std::string_view) const override { return false; }
  runtime::Task<bool> make_alias(gate::Subject, RoomAlias) override { co_return false; }
  runtime::Task<bool> make_user(gate::Subject asking, UserId user) override {
    asked.push_back(asking.user.str() + " for " + user.str());
    if (user.view() != "@_irc_new:example.org") co_return false;
    identity::NewAccount account;
    account.localpart = "_irc_new";
    gate::Action action{
        .subject = gate::Subject::system(), .operation = gate::Operation::AdminUserAdd, .resource = {}};
    auto admission = co_await server->gate.admit(std::move(action));
    auto made =
        co_await server->accounts.create(std::get<gate::Permit>(std::move(admission)), std::move(account));
    co_return made.has_value();
  }
  std::vector<std::string> protocols() const override { return {}; }
  runtime::Task<std::vector<json::Value>> look_up(const gate::Permit&, std::string, std::string) override {
    co_return std::vector<json::Value>();
  }
  runtime::Task<Result<void>> publish(gate::Permit, NetworkListing) override { co_return Result<void>(); }
  runtime::Task<Result<std::vector<RoomId>>> network_rooms(const gate::Permit&, std::string) override {
    co_return std::vector<RoomId>();
  }
  runtime::Task<PingAnswer> ping(gate::Permit, std::string, std::optional<std::string>) override {
    co_return PingAnswer();
  }
  bool is_alias_taken(const RoomAlias& alias, std::string_view except) const override {
    return covers_alias("irc", alias) && except != "irc";
  }

  Harness* server = nullptr;
  std::vector<std::string> asked;
};

HarnessOptions with(HarnessOptions options, OneService& callers) {
  options.callers = &callers;
  return options;
}

// The base is made first: the caller must exist before it.
struct Callers {
  OneService callers;
};

class AppservicesApi : protected Callers, public RoomsApi {
 protected:
  AppservicesApi() : RoomsApi(with(options(nullptr, {}), callers)) {
    callers.server = &server;
    add_appservice_ping_routes(server.router, server.pipeline);
    add_appservice_room_directory_routes(server.router, server.pipeline);
    EXPECT_EQ(register_user("_irc_bot").status, 200);
    EXPECT_EQ(register_user("_irc_wing").status, 200);
  }
  Reply register_user(std::string_view name, std::string_view token = kToken) {
    return server.post("/_matrix/client/v3/register",
                       R"({"type":"m.login.application_service","inhibit_login":true,"username":")" +
                           std::string(name) + "\"}",
                       token);
  }
  Reply log_in(std::string_view name, std::string_view token = kToken) {
    return server.post("/_matrix/client/v3/login",
                       R"({"type":"m.login.application_service","device_id":"BRIDGE","identifier":)"
                       R"({"type":"m.id.user","user":")" +
                           std::string(name) + "\"}}",
                       token);
  }
  Reply whoami(std::string_view query, std::string_view token = kToken) {
    return server.get("/_matrix/client/v3/account/whoami" + std::string(query), token);
  }
  static std::string as_wing(std::string_view more = {}) {
    return "?user_id=%40_irc_wing%3Aexample.org" + std::string(more);
  }
  std::int64_t time_of(std::string_view room, std::string_view event) {
    const Reply reply = server.get(path(room, "/event/" + text::percent_encode(event)), alice);
    EXPECT_EQ(reply.status, 200) << reply.response.body;
    return json::integer_or(reply.body, "origin_server_ts", -1);
  }
};

TEST_F(AppservicesApi, UsersOfTheNamespaceAreRegisteredWithoutAPassword) {
  struct Case {
    std::string_view name, token;
    int status;
    std::string_view errcode;
  };
  const Case cases[] = {{"_irc_one", kToken, 200, ""},
                        {"_IRC_Two", kToken, 200, ""},
                        {"_irc_one", kToken, 400, "M_USER_IN_USE"},
                        {"somebody", kToken, 400, "M_EXCLUSIVE"},
                        {"_irc_three", "", 401, "M_MISSING_TOKEN"},
                        {"_irc_three", "as-token-0123456780", 401, "M_UNKNOWN_TOKEN"},
                        {"_irc_not a name", kToken, 400, "M_INVALID_USERNAME"}};
  for (const Case& c : cases) {
    const Reply reply = register_user(c.name, c.token);
    EXPECT_EQ(reply.status, c.status) << c.name << reply.response.body;
    EXPECT_EQ(reply.errcode(), c.errcode) << c.name;
    if (c.status == 200) EXPECT_FALSE(reply.body.contains("access_token"));
  }
  EXPECT_EQ(register_user("_irc_four", alice).errcode(), "M_UNKNOWN_TOKEN");
}

TEST_F(AppservicesApi, LoggingInNeedsTheServicesToken) {
  EXPECT_NE(server.get("/_matrix/client/v3/login").response.body.find("m.login.application_service"),
            std::string::npos);
  const Reply reply = log_in("_irc_wing");
  ASSERT_EQ(reply.status, 200) << reply.response.body;
  EXPECT_EQ(reply.text("user_id"), "@_irc_wing:example.org");
  EXPECT_EQ(whoami("", reply.text("access_token")).text("device_id"), "BRIDGE");
  EXPECT_EQ(log_in("_irc_wing", "").errcode(), "M_MISSING_TOKEN");
  EXPECT_EQ(log_in("_irc_wing", alice).errcode(), "M_UNKNOWN_TOKEN");
  EXPECT_EQ(log_in("alice").errcode(), "M_EXCLUSIVE");
  EXPECT_EQ(log_in("_irc_nobody").status, 403);
}

TEST_F(AppservicesApi, ActingAsSomebodyOnADeviceOrOnNone) {
  const std::string device_token = log_in("_irc_wing").text("access_token");
  ASSERT_FALSE(device_token.empty());
  struct Case {
    std::string query;
    int status;
    std::string_view errcode, user, device;
  };
  const Case cases[] = {
      {"", 200, "", "@_irc_bot:example.org", ""},
      {as_wing(), 200, "", "@_irc_wing:example.org", ""},
      {as_wing("&device_id=BRIDGE"), 200, "", "@_irc_wing:example.org", "BRIDGE"},
      {as_wing("&device_id=OTHER"), 400, "M_UNKNOWN_DEVICE", "", ""},
      {"?device_id=BRIDGE", 400, "M_UNKNOWN_DEVICE", "", ""},  // not the bot's
      {"?user_id=%40alice%3Aexample.org", 403, "M_FORBIDDEN", "", ""},
      {"?user_id=%40_irc_nobody%3Aexample.org", 403, "M_FORBIDDEN", "", ""},
      {"?user_id=%40_irc_wing%3Aelsewhere.org", 403, "M_FORBIDDEN", "", ""},
  };
  for (const Case& c : cases) {
    const Reply reply = whoami(c.query);
    EXPECT_EQ(reply.status, c.status) << c.query << reply.response.body;
    EXPECT_EQ(reply.errcode(), c.errcode) << c.query;
    EXPECT_EQ(reply.text("user_id"), c.user) << c.query;
    EXPECT_EQ(reply.text("device_id"), c.device) << c.query;
  }
  // For everybody else these parameters mean nothing.
  EXPECT_EQ(whoami(as_wing(), alice).text("user_id"), "@alice:example.org");
  // Without a password to confirm with.
  EXPECT_EQ(server.del("/_matrix/client/v3/devices/BRIDGE" + as_wing(), kToken, "{}").status, 200);
  EXPECT_EQ(whoami("", device_token).status, 401);
  EXPECT_EQ(server.del("/_matrix/client/v3/devices/ALICE", alice, "{}").status, 401);
}

TEST_F(AppservicesApi, TheTimeOfAnEventIsTheServicesToSay) {
  const std::string room = create(alice);
  ASSERT_EQ(server.post(path(room, "/join") + as_wing(), "{}", kToken).status, 200);
  const std::string message = R"({"msgtype":"m.text","body":"from long ago"})";
  const auto send_at = [&](std::string_view token, std::string_view transaction, std::string_view ts) {
    return server.put(
        path(room, "/send/m.room.message/" + std::string(transaction)) + as_wing("&ts=" + std::string(ts)),
        message, token);
  };
  const Reply sent = send_at(kToken, "t1", "1234567890123");
  ASSERT_EQ(sent.status, 200) << sent.response.body;
  EXPECT_EQ(time_of(room, sent.text("event_id")), 1'234'567'890'123);
  const Reply now = server.put(path(room, "/send/m.room.message/t2") + as_wing(), message, kToken);
  EXPECT_EQ(time_of(room, now.text("event_id")), server.clock.now_ms());
  for (const std::string_view bad : {"-1", "soon", "9007199254740992", "99999999999999999999", "1.5", ""}) {
    const Reply refused = send_at(kToken, "bad", bad);
    EXPECT_EQ(refused.status, 400) << bad;
    EXPECT_EQ(refused.errcode(), "M_INVALID_PARAM") << bad;
  }
  // Of others it is ignored, whatever it says.
  for (const std::string_view ts : {"1234567890123", "soon"}) {
    const Reply own = send_at(alice, "a" + std::string(ts), ts);
    ASSERT_EQ(own.status, 200) << own.response.body;
    EXPECT_EQ(time_of(room, own.text("event_id")), server.clock.now_ms());
  }
  // The order of the room is that of arrival.
  const Reply history = server.get(path(room, "/messages?dir=b&limit=1"), alice);
  EXPECT_EQ(history.body.at("chunk").as_array().at(0).as_object().at("sender").as_string(),
            "@alice:example.org");
}

TEST_F(AppservicesApi, StateMembershipAndRedactionsTakeATimeToo) {
  const std::string room = create(alice);
  const auto member = [&](std::string_view membership, std::string_view ts) {
    return server.put(
        path(room, "/state/m.room.member/%40_irc_wing%3Aexample.org") + as_wing("&ts=" + std::string(ts)),
        R"({"membership":")" + std::string(membership) + "\"}", kToken);
  };
  const Reply joined = member("join", "1000");
  ASSERT_EQ(joined.status, 200) << joined.response.body;
  EXPECT_EQ(time_of(room, joined.text("event_id")), 1'000);
  EXPECT_EQ(member("join", "soon").status, 400);
  const Reply allowed = server.put(path(room, "/state/m.room.power_levels"),
                                   R"({"users_default":50,"state_default":50})", alice);
  ASSERT_EQ(allowed.status, 200) << allowed.response.body;
  const Reply topic =
      server.put(path(room, "/state/m.room.topic") + as_wing("&ts=2000"), R"({"topic":"old"})", kToken);
  ASSERT_EQ(topic.status, 200) << topic.response.body;
  EXPECT_EQ(time_of(room, topic.text("event_id")), 2'000);
  const Reply message = server.put(path(room, "/send/m.room.message/t1") + as_wing("&ts=3000"),
                                   R"({"msgtype":"m.text","body":"x"})", kToken);
  const Reply redaction = server.put(path(room, "/send/m.room.redaction/t2") + as_wing("&ts=4000"),
                                     R"({"redacts":")" + message.text("event_id") + "\"}", kToken);
  ASSERT_EQ(redaction.status, 200) << redaction.response.body;
  EXPECT_EQ(time_of(room, redaction.text("event_id")), 4'000);
  // "Other endpoints, such as /kick, do not support ts".
  ASSERT_EQ(server.post(path(room, "/leave") + as_wing("&ts=5000"), "{}", kToken).status, 200);
  const Reply left =
      server.get(path(room, "/state/m.room.member/%40_irc_wing%3Aexample.org?format=event"), alice);
  EXPECT_EQ(json::integer_or(left.body, "origin_server_ts", 0), server.clock.now_ms()) << left.response.body;
}

TEST_F(AppservicesApi, TimestampsDoNotGoWithDelaysNorStickTheFuture) {
  const std::string room = create(alice);
  ASSERT_EQ(server.post(path(room, "/join") + as_wing(), "{}", kToken).status, 200);
  const std::string message = R"({"msgtype":"m.text","body":"x"})";
  const auto send_with = [&](std::string_view more) {
    return server.put(path(room, "/send/m.room.message/t") + as_wing(more), message, kToken);
  };
  EXPECT_EQ(send_with("&ts=1000&org.matrix.msc4140.delay=1000").errcode(), "M_INVALID_PARAM");
  const std::string future = std::to_string(server.clock.now_ms() + 86'400'000);
  const std::string sticky = "&org.matrix.msc4354.sticky_duration_ms=60000";
  EXPECT_EQ(send_with("&ts=" + future + sticky).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(send_with("&ts=1000" + sticky).status, 200);
}

TEST_F(AppservicesApi, AProfileOfSomebodyWhomTheServiceMayMakeIsAskedFor) {
  const auto profile = [&](std::string_view user, std::string_view token) {
    return server.get("/_matrix/client/v3/profile/" + text::percent_encode(user), token).status;
  };
  EXPECT_EQ(profile("@_irc_new:example.org", kToken), 404);  // not of itself
  EXPECT_TRUE(callers.asked.empty());
  EXPECT_EQ(profile("@_irc_other:example.org", alice), 404);
  EXPECT_EQ(profile("@_irc_new:example.org", alice), 200);
  EXPECT_EQ(profile("@_irc_new:example.org", alice), 200);
  EXPECT_EQ(callers.asked, (std::vector<std::string>{"@alice:example.org for @_irc_other:example.org",
                                                     "@alice:example.org for @_irc_new:example.org"}));
}

TEST_F(AppservicesApi, WhatIsForServicesAloneIsRefusedToOthers) {
  EXPECT_EQ(server.post("/_matrix/client/v1/appservice/irc/ping", "{}", alice).status, 403);
  EXPECT_EQ(server.post("/_matrix/client/v1/appservice/other/ping", "{}", kToken).status, 403);
  const std::string listing =
      "/_matrix/client/v3/directory/list/appservice/irc/" + text::percent_encode("!r:example.org");
  EXPECT_EQ(server.put(listing, R"({"visibility":"public"})", alice).status, 403);
  const std::string body = R"({"room_alias_name":"_irc_room","preset":"public_chat"})";
  EXPECT_EQ(server.post("/_matrix/client/v3/createRoom", body, alice).errcode(), "M_EXCLUSIVE");
  EXPECT_EQ(server.post("/_matrix/client/v3/createRoom", body, kToken).status, 200);
}

}  // namespace
}  // namespace kuramori::api::client::testing
