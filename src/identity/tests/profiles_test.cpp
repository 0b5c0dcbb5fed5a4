#include "fixture.hpp"

namespace kuramori::identity::testing {
namespace {

using gate::Operation;

class ProfilesTest : public IdentityTest {
 protected:
  Result<bool> set(const UserId& user, std::string key, std::optional<json::Value> value) {
    return executor.run(
        profiles.set(permit(Operation::ProfileSet, user), user, std::move(key), std::move(value)));
  }
  json::Object fields(const UserId& user) {
    const auto profile = executor.run(profiles.read(user));
    ensure(profile.has_value(), "a profile can be read");
    return (*profile)->fields;
  }
};

TEST_F(ProfilesTest, FieldsAreSetChangedAndDeleted) {
  const UserId user = alice();
  EXPECT_TRUE(*set(user, "displayname", json::Value("Alice 陈")));
  EXPECT_FALSE(*set(user, "displayname", json::Value("Alice 陈"))) << "the same again";
  EXPECT_TRUE(*set(user, "avatar_url", json::Value("mxc://example.org/a")));
  EXPECT_TRUE(*set(user, "org.example.desk", json::Value(json::Array{1, "a", nullptr})));
  EXPECT_EQ(
      json::canonical(fields(user)),
      R"({"avatar_url":"mxc://example.org/a","displayname":"Alice 陈","org.example.desk":[1,"a",null]})");
  Profiles after_restart(store, gate, *keys, sessions, random);
  EXPECT_EQ((*executor.run(after_restart.read(user)))->display_name(), "Alice 陈");
  EXPECT_TRUE(*set(user, "displayname", std::nullopt));
  EXPECT_FALSE(*set(user, "displayname", std::nullopt));
  EXPECT_TRUE(*set(user, "avatar_url", json::Value("")));
  EXPECT_EQ(fields(user).size(), 1U);
  ASSERT_EQ(stream.of<ProfileChanged>().size(), 5U);
  EXPECT_EQ(stream.of<ProfileChanged>()[1]->key, "avatar_url");
}

TEST_F(ProfilesTest, KeysAndValuesAreChecked) {
  const UserId user = alice();
  struct Case {
    std::string key;
    json::Value value;
    std::string reason;
  };
  const Case cases[] = {
      {"displayname", 5, "M_INVALID_PARAM"},
      {"displayname", json::Value(std::string(257, 'x')), "M_TOO_LARGE"},
      {"avatar_url", "https://example.org/a.png", "M_INVALID_PARAM"},
      {"m.tz", "Asia/Hong_Kong", ""},
      {"m.tz", 8, "M_INVALID_PARAM"},
      {"plain", 1, "M_INVALID_PARAM"},
      {"Org.Example", 1, "M_INVALID_PARAM"},
      {"org.example.", 1, "M_INVALID_PARAM"},
      {"", 1, "M_INVALID_PARAM"},
      {"a." + std::string(254, 'x'), 1, "M_KEY_TOO_LARGE"},
      {"org.example.ok", json::Value(nullptr), ""},
  };
  for (const auto& [key, value, reason] : cases) EXPECT_EQ(reason_of(set(user, key, value)), reason) << key;
}

TEST_F(ProfilesTest, TheWholeProfileIsBounded) {
  const UserId user = alice();
  ASSERT_TRUE(set(user, "org.example.a", json::Value(std::string(40'000, 'x'))));
  EXPECT_EQ(reason_of(set(user, "org.example.b", json::Value(std::string(30'000, 'x')))),
            "M_PROFILE_TOO_LARGE");
  EXPECT_TRUE(set(user, "org.example.a", json::Value(std::string(65'000, 'x'))))
      << "replacing counts the new value alone";
}

TEST_F(ProfilesTest, AreSealed) {
  const UserId user = alice();
  ASSERT_TRUE(set(user, "displayname", json::Value("Alice Example")));
  auto query = [&](storage::Snapshot& snapshot) { return snapshot.get(kProfiles, {user.str()}); };
  const auto row = store.read_blocking(std::move(query));
  ASSERT_TRUE(row && *row);
  EXPECT_EQ(as_text(storage::blob((**row)[1])).find("Alice Example"), std::string_view::npos);
}

TEST_F(ProfilesTest, UnknownAndDeactivatedUsersHaveNone) {
  const UserId user = alice();
  const auto get = [&](const UserId& whose) {
    return executor.run(profiles.get(permit(Operation::ProfileRead, user), whose));
  };
  EXPECT_TRUE(get(user)) << "an empty profile is one";
  EXPECT_EQ(reason_of(get(UserId("@nobody:example.org"))), "M_NOT_FOUND");
  ASSERT_TRUE(set(user, "displayname", json::Value("Alice")));
  ASSERT_TRUE(get(user));
  ASSERT_TRUE(
      executor.run(accounts.deactivate(permit(Operation::AccountDeactivate, user), user, Erasure::No)));
  EXPECT_EQ(reason_of(get(user)), "M_NOT_FOUND") << "not from the cache either";
}

}  // namespace
}  // namespace kuramori::identity::testing
