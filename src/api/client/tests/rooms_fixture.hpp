// Rooms behind the endpoints of the client API.
#pragma once
#include "api/client/rooms_routes.hpp"
#include "base/text.hpp"
#include "e2ee/tables.hpp"
#include "harness.hpp"
#include "rooms/tables.hpp"

namespace kuramori::api::client::testing {

class MemberProfiles final : public rooms::ProfileSource {
 public:
  explicit MemberProfiles(identity::Profiles& profiles) : profiles_(profiles) {}
  runtime::Task<Result<rooms::MemberProfile>> profile_of(UserId user) override {
    auto found = co_await profiles_.read(user);
    if (!found) co_return found.error();
    rooms::MemberProfile profile;
    if (const auto name = (*found)->display_name(); !name.empty()) profile.display_name = name;
    if (const auto avatar = (*found)->avatar_url(); !avatar.empty()) profile.avatar_url = avatar;
    co_return profile;
  }

 private:
  identity::Profiles& profiles_;
};

// Nobody ignores or blocks anybody until sync comes beside the rooms.
class ForwardedChoices final : public rooms::PersonalChoices {
 public:
  runtime::Task<Result<rooms::IgnoredUsers>> ignored_by(UserId user) override {
    if (choices == nullptr) co_return rooms::IgnoredUsers();
    co_return co_await choices->ignored_by(std::move(user));
  }
  runtime::Task<Result<Invitation>> invitation(UserId invited, UserId inviter) override {
    if (choices == nullptr) co_return Invitation::Accepted;
    co_return co_await choices->invitation(std::move(invited), std::move(inviter));
  }
  rooms::PersonalChoices* choices = nullptr;
};

class RoomsApi : public ::testing::Test {
 protected:
  RoomsApi() : RoomsApi(nullptr) {}
  explicit RoomsApi(std::shared_ptr<const governance::CompiledPolicy> policy, std::string consent_version = {})
      : RoomsApi(options(std::move(policy), std::move(consent_version))) {}
  explicit RoomsApi(HarnessOptions made) : server(std::move(made)) {
    server.store.add_listener(service);
    server.store.add_listener(directory.listener());
    add_all_room_routes(server.router, server.pipeline, services);
  }

  static HarnessOptions options(std::shared_ptr<const governance::CompiledPolicy> policy,
                                std::string consent_version) {
    HarnessOptions made{.tables = {rooms::tables().begin(), rooms::tables().end()}, .policy = std::move(policy)};
    for (const storage::Table* table : e2ee::tables()) made.tables.push_back(table);
    made.sessions.device_tables = e2ee::device_tables();
    made.sessions.account_tables = e2ee::account_tables();
    made.consent_version = std::move(consent_version);
    return made;
  }
  static std::string path(std::string_view room, std::string_view rest = {}) {
    return "/_matrix/client/v3/rooms/" + text::percent_encode(room) + std::string(rest);
  }
  std::string create(std::string_view token, std::string body = R"({"preset":"public_chat"})") {
    const Reply reply = server.post("/_matrix/client/v3/createRoom", std::move(body), token);
    EXPECT_EQ(reply.status, 200) << reply.response.body;
    return reply.text("room_id");
  }
  Reply send(std::string_view token, std::string_view room, std::string_view body,
             std::string_view transaction) {
    return server.put(path(room, "/send/m.room.message/" + std::string(transaction)),
                      R"({"msgtype":"m.text","body":")" + std::string(body) + "\"}", token);
  }
  Reply join(std::string_view token, std::string_view room) {
    return server.post(path(room, "/join"), "{}", token);
  }

  Harness server;
  crypto::SigningKey signing_key = crypto::SigningKey::from_seed({1}, "1");
  MemberProfiles profiles{server.profiles};
  ForwardedChoices chooses;
  rooms::RoomService service{{.store = server.store,
                              .keys = *server.keys,
                              .gate = server.gate,
                              .profiles = profiles,
                              .signing_key = signing_key,
                              .clock = server.clock,
                              .random = server.random,
                              .metrics = server.metrics,
                              .log = server.log,
                              .choices = &chooses},
                             {.server = ServerName("example.org")}};
  rooms::Directory directory{service, server.store, server.gate, server.clock, ServerName("example.org")};
  rooms::Spaces spaces{service, server.store};
  rooms::Reports reports{service, server.gate};
  rooms::Upgrades upgrades{service};
  RoomsServices services{service, directory, spaces,
                         reports, upgrades,  {.server = ServerName("example.org")}};
  const std::string alice = server.sign_up("alice");
  const std::string bob = server.sign_up("bob");
};

}  // namespace kuramori::api::client::testing
