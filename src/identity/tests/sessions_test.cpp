#include "fixture.hpp"

namespace kuramori::identity::testing {
namespace {

using gate::Operation;

class SessionsTest : public IdentityTest {
 protected:
  Result<IssuedTokens> refresh(const std::string& token) {
    return executor.run(sessions.refresh(permit(Operation::AccountRefresh), token));
  }
  // A second Sessions over the same store: what a restart remembers.
  std::unique_ptr<Sessions> restarted() {
    return std::make_unique<Sessions>(store, gate, *keys, clock, random, Sessions::Options{});
  }
};

TEST_F(SessionsTest, ATokenAuthenticatesUntilLogout) {
  const UserId user = alice();
  const auto issued =
      log_in(user, {.user = {}, .device = DeviceId("PHONE"), .initial_device_display_name = "Phone"});
  ASSERT_TRUE(issued);
  EXPECT_TRUE(issued->refresh_token.empty());
  EXPECT_EQ(issued->expires_in_ms, 0);
  ASSERT_NE(sessions.cached(issued->access_token), nullptr);
  EXPECT_EQ(sessions.cached(issued->access_token)->device, DeviceId("PHONE"));
  const auto after_restart = executor.run(restarted()->authenticate(issued->access_token));
  ASSERT_TRUE(after_restart);
  EXPECT_EQ((*after_restart)->id, issued->session->id);

  ASSERT_TRUE(executor.run(sessions.log_out(permit(Operation::AccountLogout, user), issued->session)));
  EXPECT_EQ(sessions.cached(issued->access_token), nullptr);
  EXPECT_EQ(reason_of(authenticate(issued->access_token)), "M_UNKNOWN_TOKEN");
  EXPECT_FALSE(executor.run(sessions.is_soft_logout(issued->access_token)));
  EXPECT_EQ(rows(kDevices), 0) << "the device goes with its session";
  EXPECT_EQ(reason_of(executor.run(restarted()->authenticate(issued->access_token))), "M_UNKNOWN_TOKEN");
}

TEST_F(SessionsTest, TokensAreStoredAsHashesOnly) {
  const UserId user = alice();
  const auto issued = log_in(user, {.user = {},
                                    .device = {},
                                    .initial_device_display_name = "Phone of Alice",
                                    .wants_refresh_token = true});
  ASSERT_TRUE(issued);
  auto query = [&](storage::Snapshot& snapshot) -> Result<bool> {
    for (const storage::Table* table : identity::tables()) {
      KURAMORI_TRY(found, snapshot.scan({.table = table, .prefix = {}, .from = {}, .below = {}}));
      for (const storage::Row& row : found) {
        for (const storage::Value& value : row) {
          std::string text;
          if (const auto* s = std::get_if<std::string>(&value)) text = *s;
          if (const auto* b = std::get_if<Bytes>(&value)) text = as_text(*b);
          for (const std::string& secret : {issued->access_token, issued->refresh_token,
                                            std::string(kPassword), std::string("Phone of Alice")}) {
            if (text.find(secret) != std::string::npos) return true;
          }
        }
      }
    }
    return false;
  };
  EXPECT_FALSE(*store.read_blocking(std::move(query)));
}

TEST_F(SessionsTest, MissingMalformedAndForeignTokens) {
  EXPECT_EQ(reason_of(authenticate("")), "M_MISSING_TOKEN");
  for (const char* token : {"x", "syt_abc", "kma_", "kma_0000000000000000000000000000000000000000000000"}) {
    EXPECT_EQ(reason_of(authenticate(token)), "M_UNKNOWN_TOKEN") << token;
  }
  const UserId user = alice();
  const auto issued = log_in(
      user, {.user = {}, .device = {}, .initial_device_display_name = {}, .wants_refresh_token = true});
  EXPECT_EQ(reason_of(authenticate(issued->refresh_token)), "M_UNKNOWN_TOKEN")
      << "a refresh token is no access token";
  EXPECT_EQ(reason_of(refresh(issued->access_token)), "M_UNKNOWN_TOKEN");
}

TEST_F(SessionsTest, TheSameDeviceAgainEndsTheEarlierSession) {
  const UserId user = alice();
  LoginRequest request;
  request.device = DeviceId("PHONE");
  request.initial_device_display_name = "First name";
  const auto first = log_in(user, request);
  request.initial_device_display_name = "Second name";
  const auto second = log_in(user, request);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(reason_of(authenticate(first->access_token)), "M_UNKNOWN_TOKEN");
  EXPECT_TRUE(authenticate(second->access_token));
  ASSERT_EQ(stream.of<SessionEnded>().size(), 1U);
  EXPECT_EQ(stream.of<SessionEnded>()[0]->session, first->session->id);
  const auto list = executor.run(devices.list(permit(Operation::DeviceRead, user), user));
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 1U);
  EXPECT_EQ(list->front().display_name, "First name") << "the name of a known device is not replaced";
}

TEST_F(SessionsTest, DeviceIdsHaveLimits) {
  const UserId user = alice();
  LoginRequest request;
  request.device = DeviceId(std::string(256, 'A'));
  EXPECT_EQ(reason_of(log_in(user, request)), "M_INVALID_PARAM");
  request.device = DeviceId("A\nB");
  EXPECT_EQ(reason_of(log_in(user, request)), "M_INVALID_PARAM");
  request.device = DeviceId("设备");
  request.initial_device_display_name = std::string(99, 'x') + "设备";
  ASSERT_TRUE(log_in(user, request));
  const auto device = executor.run(devices.get(permit(Operation::DeviceRead, user), user, DeviceId("设备")));
  ASSERT_TRUE(device);
  EXPECT_EQ(device->display_name, std::string(99, 'x')) << "cut between characters";
}

class RefreshTest : public SessionsTest {
 protected:
  UserId user = alice();
  IssuedTokens first = *log_in(
      user, {.user = {}, .device = {}, .initial_device_display_name = {}, .wants_refresh_token = true});
};

TEST_F(RefreshTest, AnExpiredTokenIsASoftLogout) {
  EXPECT_EQ(first.expires_in_ms, 300'000);
  ASSERT_TRUE(authenticate(first.access_token));
  clock.advance(Milliseconds(300'000));
  EXPECT_EQ(sessions.cached(first.access_token), nullptr);
  EXPECT_EQ(reason_of(authenticate(first.access_token)), "M_UNKNOWN_TOKEN");
  EXPECT_TRUE(executor.run(sessions.is_soft_logout(first.access_token)));
  const auto second = refresh(first.refresh_token);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->session->id, first.session->id) << "one login, one session";
  EXPECT_TRUE(authenticate(second->access_token));
}

TEST_F(RefreshTest, OldTokensLiveUntilTheNewOnesAreUsed) {
  const auto second = refresh(first.refresh_token);
  ASSERT_TRUE(second);
  EXPECT_TRUE(authenticate(first.access_token));
  const auto repeated = refresh(first.refresh_token);
  ASSERT_TRUE(repeated) << "the client lost the answer and asks again";
  EXPECT_EQ(reason_of(authenticate(second->access_token)), "M_UNKNOWN_TOKEN")
      << "the lost tokens were never used";

  ASSERT_TRUE(authenticate(repeated->access_token));
  EXPECT_EQ(reason_of(authenticate(first.access_token)), "M_UNKNOWN_TOKEN");
  EXPECT_EQ(sessions.cached(first.access_token), nullptr);
  EXPECT_EQ(reason_of(refresh(first.refresh_token)), "M_UNKNOWN_TOKEN");
  EXPECT_EQ(rows(kSessionTokens), 2) << "one access token, one refresh token";
}

TEST_F(RefreshTest, UsingTheNewRefreshTokenRevokesTheOldOne) {
  const auto second = refresh(first.refresh_token);
  const auto third = refresh(second->refresh_token);
  ASSERT_TRUE(third);
  EXPECT_EQ(reason_of(refresh(first.refresh_token)), "M_UNKNOWN_TOKEN");
  EXPECT_TRUE(refresh(second->refresh_token));
}

TEST_F(RefreshTest, LogoutRevokesRefreshTokens) {
  ASSERT_TRUE(executor.run(sessions.log_out(permit(Operation::AccountLogout, user), first.session)));
  EXPECT_EQ(reason_of(refresh(first.refresh_token)), "M_UNKNOWN_TOKEN");
}

TEST_F(RefreshTest, WhatCannotBeRevokedNowIsRevokedLater) {
  const auto second = refresh(first.refresh_token);
  store.fail_next_commit(unavailable("The disk is full.", "test"));
  EXPECT_TRUE(authenticate(second->access_token)) << "the user can go on";
  EXPECT_TRUE(authenticate(first.access_token));
  EXPECT_TRUE(authenticate(second->access_token));
  EXPECT_EQ(reason_of(authenticate(first.access_token)), "M_UNKNOWN_TOKEN");
}

TEST_F(SessionsTest, LogoutOfAllButOne) {
  const UserId user = alice();
  const auto a = log_in(user);
  const auto b = log_in(user);
  const auto c = log_in(user);
  ASSERT_TRUE(executor.run(sessions.log_out_all(permit(Operation::AccountLogout, user), user, b->session)));
  EXPECT_FALSE(authenticate(a->access_token));
  EXPECT_TRUE(authenticate(b->access_token));
  EXPECT_FALSE(authenticate(c->access_token));
  ASSERT_EQ(stream.of<DeviceListChanged>().size(), 4U) << "three logins and one removal";
  EXPECT_EQ(stream.of<DeviceListChanged>().back()->removed.size(), 2U);
}

TEST_F(SessionsTest, LoginTokensAreUsedOnceAndExpire) {
  const UserId user = alice();
  const auto permitted = permit(Operation::AccountLogin, user);
  const std::string token = sessions.make_login_token(permitted, user, Milliseconds(1000));
  EXPECT_EQ(sessions.take_login_token(token), user);
  EXPECT_EQ(sessions.take_login_token(token), std::nullopt);
  const std::string late = sessions.make_login_token(permitted, user, Milliseconds(1000));
  clock.advance(Milliseconds(1000));
  EXPECT_EQ(sessions.take_login_token(late), std::nullopt);
}

TEST_F(SessionsTest, LastSeenIsSealedAndSurvivesARestart) {
  const UserId user = alice();
  const auto issued =
      log_in(user, {.user = {}, .device = DeviceId("PHONE"), .initial_device_display_name = {}});
  sessions.note_seen(*issued->session, "203.0.113.9");
  ASSERT_TRUE(executor.run(sessions.flush_seen()));
  EXPECT_EQ(rows(kDeviceLastSeen), 1);
  const std::int64_t entries = rows(audit::kRecordEntries);
  ASSERT_TRUE(executor.run(sessions.flush_seen()));
  EXPECT_EQ(rows(audit::kRecordEntries), entries) << "nothing new, nothing written";

  const auto fresh = restarted();
  Devices after_restart(store, gate, *keys, *fresh, random);
  const auto device =
      executor.run(after_restart.get(permit(Operation::DeviceRead, user), user, DeviceId("PHONE")));
  ASSERT_TRUE(device);
  EXPECT_EQ(device->last_seen_address, "203.0.113.9");
  EXPECT_EQ(device->last_seen, clock.now());
}

TEST_F(SessionsTest, TheCacheIsBoundedAndTheStoreKnowsTheRest) {
  const UserId user = alice();
  Sessions small(store, gate, *keys, clock, random, {.cached_sessions_max = 64});
  std::vector<IssuedTokens> issued;
  for (int i = 0; i < 200; ++i) {
    LoginRequest request;
    request.user = user;
    issued.push_back(*executor.run(small.log_in(permit(Operation::AccountLogin, user), request)));
  }
  std::size_t in_memory = 0;
  for (const IssuedTokens& one : issued) in_memory += small.cached(one.access_token) != nullptr ? 1 : 0;
  EXPECT_LE(in_memory, 64U);
  EXPECT_GT(in_memory, 0U);
  for (const IssuedTokens& one : issued) EXPECT_TRUE(executor.run(small.authenticate(one.access_token)));
}

TEST_F(SessionsTest, DevicesAreRenamedAndRemoved) {
  const UserId user = alice();
  const auto kept = log_in(user, {.user = {}, .device = DeviceId("A"), .initial_device_display_name = {}});
  const auto gone =
      log_in(user, {.user = {}, .device = DeviceId("B"), .initial_device_display_name = "Tablet"});
  const auto update = [&](const char* id, std::string name) {
    return executor.run(
        devices.rename(permit(Operation::DeviceUpdate, user), user, DeviceId(id), std::move(name)));
  };
  ASSERT_TRUE(update("A", "仓库终端"));
  EXPECT_EQ(reason_of(update("C", "x")), "M_NOT_FOUND");
  EXPECT_EQ(reason_of(update("A", std::string(101, 'x'))), "M_TOO_LARGE");
  ASSERT_TRUE(executor.run(devices.remove(permit(Operation::DeviceDelete, user), user,
                                          {DeviceId("B"), DeviceId("B"), DeviceId("gone")})));
  EXPECT_FALSE(authenticate(gone->access_token));
  EXPECT_TRUE(authenticate(kept->access_token));
  const auto list = executor.run(devices.list(permit(Operation::DeviceRead, user), user));
  ASSERT_EQ(list->size(), 1U);
  EXPECT_EQ(list->front().display_name, "仓库终端");
  EXPECT_EQ(stream.of<DeviceListChanged>().back()->removed, std::vector<DeviceId>{DeviceId("B")});
}

}  // namespace
}  // namespace kuramori::identity::testing
