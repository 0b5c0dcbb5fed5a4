#include "fixture.hpp"
#include "identity/account_rows.hpp"
#include "identity/password_rules.hpp"
#include "identity/session_cache.hpp"

namespace kuramori::identity::testing {
namespace {

using gate::Operation;

class AccountsTest : public IdentityTest {
 protected:
  Result<void> set_password(const UserId& user, std::string password, OtherSessions others,
                            SessionPtr kept = nullptr) {
    return executor.run(accounts.set_password(permit(Operation::AccountSetPassword, user), user,
                                              std::move(password), others, std::move(kept)));
  }
  Result<void> deactivate(const UserId& user, Erasure erasure = Erasure::No) {
    return executor.run(accounts.deactivate(permit(Operation::AccountDeactivate, user), user, erasure));
  }
};

TEST_F(AccountsTest, NamesAreLowerCasedAndChecked) {
  struct Case {
    std::string localpart;
    std::string reason;  // empty: accepted
  };
  const Case cases[] = {{"bob", ""},
                        {"Bob.Smith", ""},
                        {"a_b=c-d/e+f", ""},
                        {"0", ""},
                        {"", "M_INVALID_USERNAME"},
                        {"b ob", "M_INVALID_USERNAME"},
                        {"bo:b", "M_INVALID_USERNAME"},
                        {"@bob", "M_INVALID_USERNAME"},
                        {"böb", "M_INVALID_USERNAME"},
                        {std::string(250, 'a'), "M_INVALID_USERNAME"},
                        {"bridge_x", "M_EXCLUSIVE"}};
  for (const Case& c : cases) {
    EXPECT_EQ(reason_of(executor.run(accounts.check_available(c.localpart))), c.reason) << c.localpart;
  }
  const auto created = create({.localpart = "Bob.Smith", .password = std::string(kPassword)});
  ASSERT_TRUE(created);
  EXPECT_EQ(created->user, UserId("@bob.smith:example.org"));
}

TEST_F(AccountsTest, ANameIsGivenOutOnce) {
  const UserId user = alice();
  EXPECT_EQ(reason_of(create({.localpart = "ALICE", .password = std::string(kPassword)})), "M_USER_IN_USE");
  ASSERT_TRUE(deactivate(user));
  EXPECT_EQ(reason_of(create({.localpart = "alice", .password = std::string(kPassword)})), "M_USER_IN_USE");
}

TEST_F(AccountsTest, PasswordRules) {
  const PasswordLimits limits;
  const std::pair<std::string, std::string> cases[] = {{"short", "M_WEAK_PASSWORD"},
                                                       {"password", "M_WEAK_PASSWORD"},
                                                       {"PassWord1", "M_WEAK_PASSWORD"},
                                                       {"aaaaaaaaaaaa", "M_WEAK_PASSWORD"},
                                                       {"alice.smith", "M_WEAK_PASSWORD"},
                                                       {std::string(513, 'x'), "M_INVALID_PARAM"},
                                                       {"\xff\xfe_________", "M_INVALID_PARAM"},
                                                       {"long enough", ""},
                                                       {"密码要足够长才行", ""},
                                                       {"密码要足够长", "M_WEAK_PASSWORD"}};
  for (const auto& [password, reason] : cases) {
    EXPECT_EQ(reason_of(check_password(limits, "alice.smith", password)), reason) << password;
  }
  EXPECT_EQ(reason_of(create({.localpart = "bob", .password = "short"})), "M_WEAK_PASSWORD");
}

TEST_F(AccountsTest, APasswordIsVerifiedAndStrangersAreNotTold) {
  const UserId user = alice();
  EXPECT_TRUE(verify(user, kPassword));
  const auto wrong = verify(user, "wrong horse battery staple");
  const auto unknown = verify(UserId("@nobody:example.org"), kPassword);
  const auto empty = verify(user, "");
  EXPECT_EQ(reason_of(wrong), "M_FORBIDDEN");
  EXPECT_EQ(reason_of(unknown), "M_FORBIDDEN");
  EXPECT_EQ(reason_of(empty), "M_FORBIDDEN");
  EXPECT_EQ(wrong.error().message(), unknown.error().message());
}

TEST_F(AccountsTest, AnAccountWithoutPasswordCannotBeEntered) {
  const auto guest =
      create({.localpart = accounts.fresh_localpart(), .password = {}, .role = gate::Role::Guest});
  ASSERT_TRUE(guest);
  EXPECT_FALSE(guest->has_password);
  EXPECT_EQ(reason_of(verify(guest->user, "")), "M_FORBIDDEN");
  EXPECT_EQ(reason_of(verify(guest->user, kPassword)), "M_FORBIDDEN");
}

TEST_F(AccountsTest, ANewPasswordEndsOtherSessions) {
  const UserId user = alice();
  const auto kept = log_in(user);
  const auto other = log_in(user);
  ASSERT_TRUE(kept && other);
  ASSERT_TRUE(set_password(user, "another fine password", OtherSessions::End, kept->session));
  EXPECT_FALSE(verify(user, kPassword));
  EXPECT_TRUE(verify(user, "another fine password"));
  EXPECT_TRUE(authenticate(kept->access_token));
  EXPECT_EQ(reason_of(authenticate(other->access_token)), "M_UNKNOWN_TOKEN");
  EXPECT_EQ(sessions.cached(other->access_token), nullptr);
  EXPECT_FALSE(sessions.is_live(other->session->id));
  ASSERT_EQ(stream.of<SessionEnded>().size(), 1U);
  EXPECT_EQ(stream.of<SessionEnded>().front()->session, other->session->id);
}

TEST_F(AccountsTest, ANewPasswordMayKeepSessions) {
  const UserId user = alice();
  const auto session = log_in(user);
  ASSERT_TRUE(session);
  ASSERT_TRUE(set_password(user, "another fine password", OtherSessions::Keep));
  EXPECT_TRUE(authenticate(session->access_token));
}

TEST_F(AccountsTest, AnAdministratorsPasswordShouldBeChanged) {
  const UserId user = alice();
  ASSERT_TRUE(executor.run(accounts.set_password(permit(Operation::AdminUserSetPassword), user,
                                                 "one-time pass 7", OtherSessions::End, nullptr)));
  EXPECT_TRUE(executor.run(accounts.find(user))->must_change_password);
  ASSERT_TRUE(set_password(user, "another fine password", OtherSessions::Keep));
  EXPECT_FALSE(executor.run(accounts.find(user))->must_change_password);
}

TEST_F(AccountsTest, DeactivationIsForGood) {
  const UserId user = alice();
  const auto session = log_in(user);
  ASSERT_TRUE(session);
  ASSERT_TRUE(deactivate(user, Erasure::Yes));
  EXPECT_EQ(reason_of(authenticate(session->access_token)), "M_UNKNOWN_TOKEN");
  EXPECT_EQ(reason_of(verify(user, kPassword)), "M_FORBIDDEN");
  EXPECT_EQ(reason_of(log_in(user)), "M_FORBIDDEN");
  EXPECT_EQ(reason_of(set_password(user, "another fine password", OtherSessions::End)), "M_FORBIDDEN");
  EXPECT_TRUE(executor.run(accounts.find(user))->deactivated);
  EXPECT_EQ(rows(kDevices) + rows(kSessions) + rows(kSessionTokens), 0);
  ASSERT_EQ(stream.of<AccountDeactivated>().size(), 1U);
  EXPECT_TRUE(stream.of<AccountDeactivated>().front()->erased);
  EXPECT_TRUE(deactivate(user)) << "twice changes nothing";
  EXPECT_EQ(stream.of<AccountDeactivated>().size(), 1U);
}

TEST_F(AccountsTest, AreListedInPages) {
  for (const char* name : {"d", "b", "a", "c", "e"}) {
    ASSERT_TRUE(create({.localpart = name, .password = std::string(kPassword)}));
  }
  const auto permitted = permit(Operation::AdminUserList);
  std::vector<std::string> seen;
  UserId after;
  for (int page = 0; page < 4; ++page) {
    const auto accounts_page = executor.run(accounts.list(permitted, after, 2));
    ASSERT_TRUE(accounts_page);
    for (const Account& account : *accounts_page) seen.push_back(account.user.str().substr(1, 1));
    if (accounts_page->empty()) break;
    after = accounts_page->back().user;
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"a", "b", "c", "d", "e"}));
}

// The newest entry of the record, as stored.
json::Object newest_entry(storage::Reader& reader) {
  auto query = [](storage::Snapshot& snapshot) {
    return snapshot.scan(
        {.table = &audit::kRecordEntries, .direction = storage::Direction::Backward, .limit = 1});
  };
  const auto rows = reader.read_blocking(std::move(query));
  ensure(rows && !rows->empty(), "there is an entry");
  const Bytes octets = storage::blob(rows->front()[3]);
  return json::parse_object(as_text(octets)).value();
}

TEST_F(AccountsTest, AFailedLoginLeavesAnEntryWithoutThePassword) {
  const UserId user = alice();
  gate::Subject from;
  from.address = "192.0.2.7";
  from.user_agent = "guesser";
  const auto try_password = [&](const UserId& who, std::string_view password) {
    return executor.run(accounts.verify_password(who, std::string(password), from));
  };
  std::int64_t entries = rows(audit::kRecordEntries);
  EXPECT_FALSE(try_password(user, "a wrong password"));
  EXPECT_EQ(rows(audit::kRecordEntries), entries + 1);
  const json::Object wrong = newest_entry(store);
  EXPECT_EQ(json::string_or(wrong, "outcome", ""), "failed:M_FORBIDDEN");
  EXPECT_EQ(json::string_or(wrong, "operation", ""), "account.login");
  EXPECT_NE(json::string_or(wrong, "subject", ""), "system") << "it belongs to the person who was tried";
  const std::string stored = json::serialize(wrong);
  for (const std::string_view secret : {"a wrong password", "192.0.2.7", "alice"}) {
    EXPECT_EQ(stored.find(secret), std::string::npos) << secret;
  }
  EXPECT_FALSE(try_password(UserId("@nobody:example.org"), "a wrong password"));
  EXPECT_EQ(json::string_or(newest_entry(store), "subject", ""), "system");
  EXPECT_EQ(rows(audit::kRecordEntries), entries + 2);
  EXPECT_TRUE(try_password(user, kPassword));
  EXPECT_EQ(rows(audit::kRecordEntries), entries + 2) << "a password that is right leaves none";
}

TEST_F(AccountsTest, AFloodOfFailuresDoesNotFillTheRecord) {
  LoginFailures failures(gate, clock, {.burst = 5, .each = Milliseconds(1000)});
  const auto note = [&] {
    return executor.run(failures.note({}, UserId("@nobody:example.org"), LoginFailure::UnknownUser));
  };
  const std::int64_t before = rows(audit::kRecordEntries);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(note());
  EXPECT_EQ(rows(audit::kRecordEntries), before + 5);
  clock.advance(Milliseconds(2500));
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(note());
  EXPECT_EQ(rows(audit::kRecordEntries), before + 7);
}

TEST_F(AccountsTest, AHashOfAnotherCostIsRenewedAtLogin) {
  const UserId user = alice();
  const auto hash = [&] {
    auto query = [user](storage::Snapshot& snapshot) { return find_account(snapshot, user); };
    return (*store.read_blocking(std::move(query)))->password_hash;
  };
  const std::string before = hash();
  Accounts costlier{{store, gate, sessions, *keys, hashing, clock, random},
                    {.server_name = ServerName("example.org"),
                     .cost = {.memory_kib = 128, .passes = 2},
                     .is_exclusive = {}}};
  const auto verify_there = [&](std::string_view password) {
    return executor.run(costlier.verify_password(user, std::string(password)));
  };
  EXPECT_FALSE(verify_there("not it"));
  EXPECT_EQ(hash(), before);
  EXPECT_TRUE(verify_there(kPassword));
  const std::string after = hash();
  EXPECT_NE(after, before);
  EXPECT_NE(after.find("m=128,t=2"), std::string::npos) << after;
  EXPECT_TRUE(verify_there(kPassword));
  EXPECT_EQ(hash(), after) << "the configured cost is kept";
}

TEST_F(AccountsTest, ARoleHoldsFromTheNextRequestAndOneAdministratorStays) {
  const UserId user = alice();
  const auto session = log_in(user);
  ASSERT_TRUE(session);
  const auto set_role = [&](gate::Role role) {
    return executor.run(accounts.set_role(permit(Operation::AdminUserSetRole), user, role));
  };
  ASSERT_TRUE(set_role(gate::Role::Administrator));
  EXPECT_EQ(sessions.cached(session->access_token), nullptr);
  EXPECT_EQ((*authenticate(session->access_token))->role, gate::Role::Administrator);
  EXPECT_EQ(reason_of(set_role(gate::Role::Member)), "M_LAST_ADMINISTRATOR");
  EXPECT_EQ((*authenticate(session->access_token))->role, gate::Role::Administrator);
  const auto second =
      create({.localpart = "bob", .password = std::string(kPassword), .role = gate::Role::Administrator});
  ASSERT_TRUE(second);
  ASSERT_TRUE(deactivate(second->user));
  EXPECT_EQ(reason_of(set_role(gate::Role::Member)), "M_LAST_ADMINISTRATOR") << "who is gone does not count";
  ASSERT_TRUE(
      create({.localpart = "carol", .password = std::string(kPassword), .role = gate::Role::Administrator}));
  ASSERT_TRUE(set_role(gate::Role::Auditor));
  EXPECT_EQ((*authenticate(session->access_token))->role, gate::Role::Auditor);
}

TEST_F(AccountsTest, WhatWasReadBeforeARoleChangedIsNotKept) {
  SessionCache cache(100);
  Session known;
  known.id = SessionId("s");
  known.user = UserId("@a:b");
  const auto session = std::make_shared<const Session>(known);
  const std::uint64_t generation = cache.generation();
  cache.erase_of(UserId("@a:b"));
  cache.put({}, session, generation);
  EXPECT_EQ(cache.find({}), nullptr);
  cache.put({}, session, cache.generation());
  EXPECT_NE(cache.find({}), nullptr);
  cache.erase_of(UserId("@c:d"));
  EXPECT_NE(cache.find({}), nullptr) << "others keep theirs";
}

TEST_F(AccountsTest, ErasingDestroysTheKeyOfADeactivatedAccount) {
  const UserId user = alice();
  ASSERT_TRUE(log_in(user));
  const auto erase = [&] { return executor.run(accounts.erase(permit(Operation::AdminUserErase), user)); };
  const auto key = [&] { return executor.run(keys->get(crypto::KeyScope::Person, user.view())); };
  EXPECT_EQ(reason_of(erase()), "M_NOT_DEACTIVATED");
  EXPECT_TRUE(key());
  ASSERT_TRUE(deactivate(user));
  ASSERT_TRUE(erase());
  EXPECT_EQ(reason_of(key()), "KURAMORI_KEY_DESTROYED");
  EXPECT_FALSE(recorder.ready(user));
  EXPECT_EQ(reason_of(erase()), "M_ERASED");
  // Guesses at the name do not make a new key.
  EXPECT_FALSE(verify(user, kPassword));
  EXPECT_FALSE(key());
}

TEST_F(AccountsTest, AFailedCommitChangesNothing) {
  const UserId user = alice();
  const auto session = log_in(user);
  auto permitted = permit(Operation::AccountDeactivate, user);
  store.fail_next_commit(unavailable("The disk is full.", "test"));
  EXPECT_FALSE(executor.run(accounts.deactivate(std::move(permitted), user, Erasure::No)));
  EXPECT_TRUE(verify(user, kPassword));
  EXPECT_TRUE(authenticate(session->access_token));
}

}  // namespace
}  // namespace kuramori::identity::testing
