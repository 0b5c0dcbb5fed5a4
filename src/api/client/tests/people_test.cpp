// The user directory, administration of accounts, OpenID and calls over HTTP.
#include "api/client/people_routes.hpp"
#include "people/contact_owners.hpp"
#include "people/tables.hpp"
#include "rooms_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

class Outbox final : public people::MailSender {
 public:
  runtime::Task<Result<void>> send(people::Mail mail) override {
    mails.push_back(std::move(mail));
    co_return Result<void>();
  }
  std::vector<people::Mail> mails;
};

class PeopleApi : public RoomsApi {
 protected:
  PeopleApi() {
    storage::Migration first{.number = 1, .name = "initial", .changes = {}};
    storage::Migration second{.number = 2, .name = "people", .changes = {}};
    for (const storage::Table* table : people::tables())
      second.changes.emplace_back(storage::CreateTable{table});
    const std::array<storage::Migration, 2> migrations{std::move(first), std::move(second)};
    ensure(server.store.migrate(migrations).has_value(), "the tables of people can be made");
    server.store.add_listener(directory_of_people);
    add_people_routes(server.router, server.pipeline, people_services);
  }
  void rename(std::string_view token, std::string_view who, std::string_view name) {
    const Reply reply =
        server.put("/_matrix/client/v3/profile/%40" + std::string(who) + "%3Aexample.org/displayname",
                   R"({"displayname":")" + std::string(name) + "\"}", token);
    ASSERT_EQ(reply.status, 200) << reply.response.body;
  }
  std::vector<std::string> find(std::string_view token, std::string_view term) {
    const Reply reply = server.post("/_matrix/client/v3/user_directory/search",
                                    R"({"search_term":")" + std::string(term) + "\"}", token);
    EXPECT_EQ(reply.status, 200) << reply.response.body;
    std::vector<std::string> found;
    for (const json::Value& person : reply.body.at("results").as_array()) {
      found.emplace_back(json::string_or(person.as_object(), "user_id", ""));
    }
    return found;
  }
  Reply set(std::string_view token, std::string_view what, std::string_view who, bool value) {
    const std::string field = what == "lock" ? "locked" : "suspended";
    return server.put(
        "/_matrix/client/v1/admin/" + std::string(what) + "/%40" + std::string(who) + "%3Aexample.org",
        "{\"" + field + "\":" + (value ? "true}" : "false}"), token);
  }

  people::UserDirectory directory_of_people{{server.store, server.profiles, service, server.clock},
                                            people::Visibility::ByRooms};
  people::OpenIdTokens openid{server.gate, *server.keys, server.clock, server.random};
  Outbox outbox;
  people::Contacts contacts{{server.store, server.gate, *server.keys, server.clock, server.random, &outbox},
                            {.base_url = "https://example.org", .organisation = "example.org"}};
  PeopleServices people_services{server.accounts,
                                 server.devices,
                                 server.restrictions,
                                 directory_of_people,
                                 openid,
                                 contacts,
                                 server.interactive_authentication,
                                 {.server = ServerName("example.org"),
                                  .calls = {.turn_uris = {"turn:turn.example.org"},
                                            .turn_shared_secret = "north",
                                            .turn_lifetime = std::chrono::seconds(600),
                                            .livekit_urls = {"https://livekit.example.org"}}}};
  const std::string boss = server.sign_up("boss", gate::Role::Administrator);
};

TEST_F(PeopleApi, PeopleAreFoundWhereRoomsAllowIt) {
  rename(bob, "bob", "田中 愛子 Ｂｏｂ");
  EXPECT_TRUE(find(alice, "bob").empty());
  const std::string room = create(alice, R"({"preset":"private_chat","invite":["@bob:example.org"]})");
  ASSERT_EQ(join(bob, room).status, 200);
  for (const std::string_view term : {"bob", "BOB", "愛", "田中", "@bob:example.org"}) {
    EXPECT_EQ(find(alice, term), std::vector<std::string>{"@bob:example.org"}) << term;
  }
  EXPECT_TRUE(find(alice, "alice").empty());  // oneself
  EXPECT_TRUE(find(alice, "carol").empty());
  rename(bob, "bob", "Robert");
  EXPECT_TRUE(find(alice, "愛").empty());
  EXPECT_EQ(find(alice, "rob"), std::vector<std::string>{"@bob:example.org"});

  const std::string carol = server.sign_up("carol");
  create(carol);  // anybody may join it
  server.clock.advance(std::chrono::seconds(11));
  EXPECT_EQ(find(alice, "carol"), std::vector<std::string>{"@carol:example.org"});
  const Reply limited =
      server.post("/_matrix/client/v3/user_directory/search", R"({"search_term":"o","limit":1})", alice);
  EXPECT_EQ(limited.body.at("results").as_array().size(), 1u);
  EXPECT_TRUE(limited.body.at("limited").as_bool());
  EXPECT_EQ(server.post("/_matrix/client/v3/user_directory/search", "{}", alice).errcode(),
            "M_MISSING_PARAM");
}

TEST_F(PeopleApi, ALockedAccountIsAnsweredNothing) {
  EXPECT_EQ(set(alice, "lock", "bob", true).status, 403);
  ASSERT_EQ(set(boss, "lock", "bob", true).status, 200);
  const Reply refused = server.get("/_matrix/client/v3/joined_rooms", bob);
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.errcode(), "M_USER_LOCKED");
  EXPECT_TRUE(refused.body.at("soft_logout").as_bool());
  EXPECT_TRUE(
      server.get("/_matrix/client/v1/admin/lock/%40bob%3Aexample.org", boss).body.at("locked").as_bool());
  ASSERT_EQ(set(boss, "lock", "bob", false).status, 200);
  EXPECT_EQ(server.get("/_matrix/client/v3/joined_rooms", bob).status, 200);
  ASSERT_EQ(set(boss, "lock", "bob", true).status, 200);
  EXPECT_EQ(server.post("/_matrix/client/v3/logout", "{}", bob).status, 200);

  EXPECT_EQ(set(boss, "lock", "boss", true).errcode(), "M_FORBIDDEN");
  EXPECT_EQ(set(boss, "lock", "nobody", true).status, 404);
  EXPECT_EQ(
      server.put("/_matrix/client/v1/admin/lock/%40x%3Aother.example", R"({"locked":true})", boss).errcode(),
      "M_INVALID_PARAM");
  EXPECT_EQ(server.put("/_matrix/client/v1/admin/lock/%40bob%3Aexample.org", "{}", boss).errcode(),
            "M_MISSING_PARAM");
}

TEST_F(PeopleApi, ASuspendedAccountReadsAndLeaves) {
  const std::string room = create(alice);
  ASSERT_EQ(join(bob, room).status, 200);
  ASSERT_EQ(set(boss, "suspend", "bob", true).status, 200);
  EXPECT_EQ(send(bob, room, "x", "t1").errcode(), "M_USER_SUSPENDED");
  EXPECT_EQ(send(bob, room, "x", "t1").status, 403);
  EXPECT_EQ(join(bob, create(alice)).errcode(), "M_USER_SUSPENDED");
  EXPECT_EQ(server.get(path(room, "/messages?dir=b"), bob).status, 200);
  EXPECT_EQ(server.post(path(room, "/leave"), "{}", bob).status, 200);
  ASSERT_EQ(set(boss, "suspend", "bob", false).status, 200);
  EXPECT_EQ(join(bob, room).status, 200);
}

// What administrators decided is there after a restart.
TEST_F(PeopleApi, RestrictionsAreStored) {
  ASSERT_EQ(set(boss, "suspend", "bob", true).status, 200);
  ASSERT_EQ(set(boss, "lock", "alice", true).status, 200);
  ASSERT_EQ(set(boss, "lock", "alice", false).status, 200);
  const identity::Restrictions again(server.store, server.gate, server.clock);
  EXPECT_EQ(again.of(server.user("bob")).suspended, identity::Suspended::Yes);
  EXPECT_EQ(again.of(server.user("bob")).locked, identity::Locked::No);
  EXPECT_EQ(again.of(server.user("alice")).locked, identity::Locked::No);
}

TEST_F(PeopleApi, AdministratorsSeeDevicesAndPeopleTheirOwn) {
  const std::string target = "/_matrix/client/v3/admin/whois/%40bob%3Aexample.org";
  const Reply looked = server.get(target, boss);
  ASSERT_EQ(looked.status, 200) << looked.response.body;
  EXPECT_TRUE(looked.body.at("devices").as_object().contains("BOB"));
  EXPECT_EQ(server.get(target, bob).status, 200);
  EXPECT_EQ(server.get(target, alice).status, 403);
}

TEST_F(PeopleApi, AnOpenIdTokenTellsAnotherServiceWhoItIs) {
  const Reply token =
      server.post("/_matrix/client/v3/user/%40alice%3Aexample.org/openid/request_token", "{}", alice);
  ASSERT_EQ(token.status, 200);
  EXPECT_EQ(token.text("token_type"), "Bearer");
  EXPECT_EQ(token.text("matrix_server_name"), "example.org");
  const std::string target =
      "/_matrix/federation/v1/openid/userinfo?access_token=" + token.text("access_token");
  EXPECT_EQ(server.get(target).text("sub"), "@alice:example.org");
  EXPECT_EQ(server.get("/_matrix/client/v3/account/whoami", token.text("access_token")).status, 401);
  EXPECT_EQ(server.get("/_matrix/federation/v1/openid/userinfo?access_token=x").errcode(), "M_UNKNOWN_TOKEN");
  EXPECT_EQ(
      server.post("/_matrix/client/v3/user/%40alice%3Aexample.org/openid/request_token", "{}", bob).status,
      403);
  server.clock.advance(std::chrono::hours(1));
  EXPECT_EQ(server.get(target).status, 401);
}

TEST_F(PeopleApi, CallsGetARelay) {
  server.clock.set_wall(from_unix_ms(1'443'779'031'000));
  const Reply turn = server.get("/_matrix/client/v3/voip/turnServer", alice);
  ASSERT_EQ(turn.status, 200);
  EXPECT_EQ(turn.text("username"), "1443779631:@alice:example.org");
  // coturn's documentation: base64(HMAC-SHA1("north", username)), computed with openssl.
  EXPECT_EQ(turn.text("password"), "8UEQexfdhsgCaPlmAo/GVjLRbV4=");
  EXPECT_EQ(turn.body.at("ttl").as_int64(), 600);
  const Reply rtc = server.get("/_matrix/client/unstable/org.matrix.msc4143/rtc/transports", alice);
  EXPECT_EQ(json::serialize(rtc.body.at("rtc_transports")),
            R"([{"type":"livekit","livekit_service_url":"https://livekit.example.org"}])");
}

TEST_F(PeopleApi, ThereAreNoBridges) {
  EXPECT_EQ(server.get("/_matrix/client/v3/thirdparty/protocols", alice).response.body, "{}");
  EXPECT_EQ(server.get("/_matrix/client/v3/thirdparty/protocol/irc", alice).status, 404);
  EXPECT_EQ(server.get("/_matrix/client/v3/thirdparty/user?userid=x", alice).response.body, "[]");
  EXPECT_EQ(server.get("/_matrix/client/v3/thirdparty/location?alias=x", alice).response.body, "[]");
  EXPECT_EQ(server.get("/_matrix/client/v3/thirdparty/location/irc", alice).errcode(), "M_NOT_FOUND");
}

class ContactsApi : public PeopleApi {
 protected:
  static constexpr std::string_view kBase = "/_matrix/client/v3/account/3pid";
  Reply request(std::string_view address, std::int64_t attempt = 1, std::string_view secret = "secret") {
    return server.post(std::string(kBase) + "/email/requestToken",
                       R"({"client_secret":")" + std::string(secret) + R"(","email":")" +
                           std::string(address) + R"(","send_attempt":)" + std::to_string(attempt) + "}",
                       alice);
  }
  Reply add(std::string_view token, std::string_view sid, std::string_view secret = "secret") {
    const std::string values =
        R"("client_secret":")" + std::string(secret) + R"(","sid":")" + std::string(sid) + "\"";
    const Reply asked = server.post(std::string(kBase) + "/add", "{" + values + "}", token);
    EXPECT_EQ(asked.status, 401);
    const std::string who = token == alice ? "alice" : "bob";
    return server.post(std::string(kBase) + "/add",
                       "{" + values + R"(,"auth":{"type":"m.login.password","session":")" +
                           asked.text("session") + R"(","identifier":{"type":"m.id.user","user":")" + who +
                           R"("},"password":")" + std::string(Harness::kPassword) + "\"}}",
                       token);
  }
  void give_alice_an_address() {
    const Reply begun = request("alice@example.org");
    ASSERT_EQ(server.post(link(), "").status, 200);
    ASSERT_EQ(add(alice, begun.text("sid")).status, 200);
    outbox.mails.clear();
  }
  Reply ask_for_reset(std::string_view address, std::string_view secret = "reset") {
    return server.post("/_matrix/client/v3/account/password/email/requestToken",
                       R"({"client_secret":")" + std::string(secret) + R"(","email":")" +
                           std::string(address) + R"(","send_attempt":1})");
  }
  Reply reset(std::string_view sid, std::string_view password, std::string_view secret = "reset") {
    const std::string target = "/_matrix/client/v3/account/password";
    const Reply asked = server.post(target, "{}");
    EXPECT_EQ(asked.status, 401);
    return server.post(target, R"({"new_password":")" + std::string(password) +
                                   R"(","auth":{"type":"m.login.email.identity","session":")" +
                                   asked.text("session") + R"(","threepid_creds":{"sid":")" +
                                   std::string(sid) + R"(","client_secret":")" + std::string(secret) +
                                   "\"}}}");
  }
  int login(std::string_view password) {
    return server
        .post("/_matrix/client/v3/login",
              R"({"type":"m.login.password","identifier":{"type":"m.id.user","user":"alice"},"password":")" +
                  std::string(password) + "\"}")
        .status;
  }
  people::ContactOwners owners{contacts, server.gate};
  // Path and query of the link in the newest mail.
  std::string link() const {
    const std::string& text = outbox.mails.back().text;
    const std::size_t begin =
        text.find("https://example.org/") + std::string_view("https://example.org").size();
    return text.substr(begin, text.find('\n', begin) - begin);
  }
};

TEST_F(ContactsApi, AnAddressIsValidatedByMailAndThenAdded) {
  const Reply begun = request("Alice@Example.org");
  ASSERT_EQ(begun.status, 200) << begun.response.body;
  ASSERT_EQ(outbox.mails.size(), 1u);
  EXPECT_EQ(outbox.mails[0].to, "alice@example.org");
  EXPECT_EQ(request("alice@example.org").text("sid"), begun.text("sid"));  // the same attempt: no other mail
  EXPECT_EQ(outbox.mails.size(), 1u);
  EXPECT_EQ(add(alice, begun.text("sid")).errcode(), "M_THREEPID_AUTH_FAILED");

  // Opening the link confirms nothing; the button does.
  EXPECT_EQ(server.get(link()).status, 200);
  EXPECT_EQ(add(alice, begun.text("sid")).errcode(), "M_THREEPID_AUTH_FAILED");
  EXPECT_EQ(server.post(link() + "x", "").status, 400);
  EXPECT_EQ(server.post(link(), "").status, 200);
  EXPECT_EQ(add(alice, begun.text("sid"), "other").errcode(), "M_THREEPID_AUTH_FAILED");
  EXPECT_EQ(add(alice, begun.text("sid")).status, 200);
  const Reply listed = server.get(kBase, alice);
  ASSERT_EQ(listed.body.at("threepids").as_array().size(), 1u);
  EXPECT_EQ(json::serialize(listed.body.at("threepids").as_array()[0].at("address")),
            R"("alice@example.org")");
  EXPECT_EQ(request("alice@example.org", 1, "again").errcode(), "M_THREEPID_IN_USE");
  EXPECT_EQ(server.get(kBase, bob).response.body, R"({"threepids":[]})");

  const std::string gone = R"({"medium":"email","address":"ALICE@example.org"})";
  EXPECT_EQ(server.post(std::string(kBase) + "/delete", gone, alice).text("id_server_unbind_result"),
            "no-support");
  EXPECT_EQ(server.get(kBase, alice).response.body, R"({"threepids":[]})");
}

TEST_F(ContactsApi, AValidationEnds) {
  const Reply begun = request("alice@example.org");
  const std::string submit =
      "/_matrix/client/unstable/add_threepid/email/submit_token" + link().substr(link().find('?'));
  server.clock.advance(people::Contacts::kValidationLifetime);
  EXPECT_EQ(server.post(submit, "").errcode(), "M_THREEPID_AUTH_FAILED");
  EXPECT_EQ(request("alice@example.org").status, 200);
  EXPECT_EQ(outbox.mails.size(), 2u);
}

TEST_F(ContactsApi, AForgottenPasswordIsSetAnewByMail) {
  server.interactive_authentication.provide(owners);
  give_alice_an_address();
  constexpr std::string_view kNew = "a new password of hers 7";
  const Reply begun = ask_for_reset("Alice@example.org");
  ASSERT_EQ(begun.status, 200) << begun.response.body;
  ASSERT_EQ(outbox.mails.size(), 1u);
  EXPECT_EQ(outbox.mails[0].to, "alice@example.org");
  EXPECT_NE(server.get(link()).response.body.find("new password"), std::string::npos);
  EXPECT_EQ(reset(begun.text("sid"), kNew).status, 401);  // nothing is proved yet
  EXPECT_EQ(server.post(link(), "").status, 200);
  EXPECT_EQ(reset(begun.text("sid"), kNew, "other").status, 401);
  EXPECT_EQ(reset(begun.text("sid"), kNew).status, 200);
  EXPECT_EQ(login(kNew), 200);
  EXPECT_EQ(login(Harness::kPassword), 403);
  EXPECT_EQ(server.get("/_matrix/client/v3/account/whoami", alice).status,
            401);  // who knew the old one is out
  EXPECT_EQ(reset(begun.text("sid"), "another password of hers 8").status, 401);  // once
}

TEST_F(ContactsApi, AValidationIsGoodForWhatItWasAskedForAlone) {
  server.interactive_authentication.provide(owners);
  const Reply added = request("alice@example.org");
  ASSERT_EQ(server.post(link(), "").status, 200);
  EXPECT_EQ(reset(added.text("sid"), "a new password of hers 7", "secret").status, 401);
  ASSERT_EQ(add(alice, added.text("sid")).status, 200);
  const Reply begun = ask_for_reset("alice@example.org");
  ASSERT_EQ(server.post(link(), "").status, 200);
  EXPECT_EQ(add(bob, begun.text("sid"), "reset").errcode(), "M_THREEPID_AUTH_FAILED");
}

TEST_F(ContactsApi, NobodyLearnsWhoseAddressesAreKnown) {
  server.interactive_authentication.provide(owners);
  const Reply begun = ask_for_reset("stranger@example.org");
  EXPECT_EQ(begun.status, 200);
  EXPECT_FALSE(begun.text("sid").empty());
  EXPECT_TRUE(outbox.mails.empty());
}

TEST_F(ContactsApi, WithoutMailTheFlowIsNotOffered) {
  const Reply asked = server.post("/_matrix/client/v3/account/password", "{}");
  EXPECT_EQ(asked.status, 401);
  EXPECT_EQ(json::serialize(asked.body.at("flows")), R"([{"stages":["m.login.password"]}])");
}

TEST_F(ContactsApi, WhatIsNoAddressIsRefused) {
  for (const std::string_view address :
       {"", "alice", "@example.org", "alice@", "a b@example.org", "a@b>,c@d"}) {
    EXPECT_EQ(request(address).errcode(), "M_INVALID_PARAM") << address;
  }
  EXPECT_EQ(request("a@example.org", 1, "with space").errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(server.post(std::string(kBase) + "/bind", "{}", alice).errcode(), "M_THREEPID_AUTH_FAILED");
  EXPECT_EQ(
      server.post("/_matrix/client/v3/account/3pid/unbind", "{}", alice).text("id_server_unbind_result"),
      "no-support");
  for (const std::string_view path :
       {"/_matrix/client/v3/register/email/requestToken", "/_matrix/client/v3/register/msisdn/requestToken",
        "/_matrix/client/v3/account/3pid/msisdn/requestToken",
        "/_matrix/client/v3/account/password/msisdn/requestToken"}) {
    EXPECT_EQ(server.post(path, "{}", alice).errcode(), "M_THREEPID_MEDIUM_NOT_SUPPORTED") << path;
  }
  EXPECT_TRUE(outbox.mails.empty());
}

}  // namespace
}  // namespace kuramori::api::client::testing
