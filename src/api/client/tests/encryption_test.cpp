// Keys, device lists and messages between devices over HTTP.
#include "encryption_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

using Names = std::vector<std::string>;

std::int64_t count_of(const Reply& reply, std::string_view section) {
  const json::Object* counts = json::object_at(reply.body, section);
  return counts == nullptr ? -1 : json::integer_or(*counts, "signed_curve25519", -1);
}

TEST_F(EncryptionApi, DeviceKeysAreUploadedAndAsked) {
  upload_device(alice, "alice", "ALICE", 1);
  const Reply reply = query(bob, "alice");
  ASSERT_EQ(reply.status, 200) << reply.response.body;
  const json::Object* users = json::object_at(reply.body, "device_keys");
  const json::Object* device = json::object_at(*json::object_at(*users, id_of("alice")), "ALICE");
  ASSERT_NE(device, nullptr);
  // What others get is still signed by the device.
  const auto key = signing_key_of(1, "ALICE");
  EXPECT_TRUE(crypto::verify_json(*device, id_of("alice"), "ed25519:ALICE", key.public_key()));
  EXPECT_TRUE(json::object_at(reply.body, "failures")->empty());
}

TEST_F(EncryptionApi, KeysOfOthersOrWithoutSignatureAreRefused) {
  json::Object body;
  body["device_keys"] = device_keys("bob", "ALICE", signing_key_of(1, "ALICE"));
  EXPECT_EQ(upload(alice, body).errcode(), "M_INVALID_PARAM");
  json::Object forged = device_keys("alice", "ALICE", signing_key_of(1, "ALICE"));
  forged["algorithms"] = json::Array{"other"};
  body["device_keys"] = forged;
  EXPECT_EQ(upload(alice, body).errcode(), "M_INVALID_SIGNATURE");
  body["device_keys"] = json::Array();
  EXPECT_EQ(upload(alice, body).errcode(), "M_BAD_JSON");
  EXPECT_TRUE(json::object_at(query(bob, "alice").body, "device_keys")->empty());
}

TEST_F(EncryptionApi, UsersOfOtherServersAreFailures) {
  const Reply reply = server.post(std::string(kV3) + "/keys/query",
                                  R"({"device_keys":{"@carol:elsewhere.test":[]},"timeout":10})", alice);
  ASSERT_EQ(reply.status, 200);
  EXPECT_NE(json::object_at(*json::object_at(reply.body, "failures"), "elsewhere.test"), nullptr);
}

TEST_F(EncryptionApi, OneTimeKeysAreIdempotentAndNotReplaced) {
  const Reply first = upload_one_time_keys(alice, {"A", "B"});
  ASSERT_EQ(first.status, 200) << first.response.body;
  EXPECT_EQ(count_of(first, "one_time_key_counts"), 2);
  EXPECT_EQ(count_of(upload_one_time_keys(alice, {"B", "C"}), "one_time_key_counts"), 3);
  const Reply conflict = server.post(std::string(kV3) + "/keys/upload",
                                     R"({"one_time_keys":{"signed_curve25519:A":{"key":"other"}}})", alice);
  EXPECT_EQ(conflict.status, 400);
  EXPECT_EQ(conflict.errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(count_of(upload(alice, {}), "one_time_key_counts"), 3);
}

TEST_F(EncryptionApi, ClaimsGoFirstInFirstOutAndThenToTheFallbackKey) {
  ASSERT_EQ(upload_one_time_keys(alice, {"2"}).status, 200);
  ASSERT_EQ(upload_one_time_keys(alice, {"1"}).status, 200);
  json::Object fallback = one_time_key("fallback");
  fallback["fallback"] = true;
  json::Object body;
  body["fallback_keys"] = json::Object{{"signed_curve25519:F", fallback}};
  ASSERT_EQ(upload(alice, body).status, 200);
  EXPECT_EQ(sync(alice).body.at("device_unused_fallback_key_types"),
            json::Value(json::Array{"signed_curve25519"}));
  EXPECT_EQ(claimed(claim(bob, "alice", "ALICE"), "alice", "ALICE"), "signed_curve25519:2");
  EXPECT_EQ(claimed(claim(bob, "alice", "ALICE"), "alice", "ALICE"), "signed_curve25519:1");
  EXPECT_EQ(claimed(claim(bob, "alice", "ALICE"), "alice", "ALICE"), "signed_curve25519:F");
  EXPECT_EQ(claimed(claim(bob, "alice", "ALICE"), "alice", "ALICE"), "signed_curve25519:F");
  EXPECT_EQ(sync(alice).body.at("device_unused_fallback_key_types"), json::Value(json::Array()));
  EXPECT_EQ(count_of(sync(alice), "device_one_time_keys_count"), 0);
  // What is uploaded later is claimed again, and a new fallback key is unused again.
  ASSERT_EQ(upload_one_time_keys(alice, {"3"}).status, 200);
  EXPECT_EQ(count_of(sync(alice), "device_one_time_keys_count"), 1);
  EXPECT_EQ(claimed(claim(bob, "alice", "ALICE"), "alice", "ALICE"), "signed_curve25519:3");
  body["fallback_keys"] = json::Object{{"signed_curve25519:G", fallback}};
  ASSERT_EQ(upload(alice, body).status, 200);
  EXPECT_EQ(sync(alice).body.at("device_unused_fallback_key_types"),
            json::Value(json::Array{"signed_curve25519"}));
  EXPECT_EQ(claimed(claim(bob, "alice", "ALICE"), "alice", "ALICE"), "signed_curve25519:G");
}

TEST_F(EncryptionApi, NothingIsClaimedOfDevicesWithoutKeys) {
  const Reply reply = claim(bob, "alice", "ALICE");
  ASSERT_EQ(reply.status, 200);
  EXPECT_TRUE(json::object_at(reply.body, "one_time_keys")->empty());
  ASSERT_EQ(upload_one_time_keys(alice, {"A"}).status, 200);
  EXPECT_EQ(claimed(claim(bob, "alice", "ALICE"), "alice", "ALICE"), "signed_curve25519:A");
}

TEST_F(EncryptionApi, KeyCountsComeWithEveryAnswer) {
  // Who is told nothing assumes that there are none, and uploads more.
  Reply last = sync(alice);
  EXPECT_EQ(count_of(last, "device_one_time_keys_count"), 0);
  ASSERT_EQ(upload_one_time_keys(alice, {"1", "2"}).status, 200);
  for (int i = 0; i < 2; ++i) {
    last = sync_from(alice, last);
    EXPECT_EQ(count_of(last, "device_one_time_keys_count"), 2);
  }
  claim(bob, "alice", "ALICE");
  EXPECT_EQ(count_of(sync_from(alice, last), "device_one_time_keys_count"), 1);
}

TEST_F(EncryptionApi, MessagesArriveOnceAndInOrder) {
  const Reply before = sync(alice);
  for (int i = 0; i < 3; ++i) {
    const std::string n = std::to_string(i);
    ASSERT_EQ(send_to_device(bob, "alice", "ALICE", "message " + n, "t" + n).status, 200);
  }
  const Reply first = sync_from(alice, before);
  EXPECT_EQ(messages(first), (Names{"message 0", "message 1", "message 2"}));
  // The answer may be lost: the same request brings them again, the next one does not.
  EXPECT_EQ(messages(sync_from(alice, before)).size(), 3U);
  EXPECT_TRUE(messages(sync_from(alice, first)).empty());
  ASSERT_TRUE(server.executor.run(encryption.to_device.flush()));
  EXPECT_TRUE(messages(sync(alice)).empty()) << "erased";
}

TEST_F(EncryptionApi, AcknowledgedMessagesAreNotHandedOutAgainBeforeTheyAreErased) {
  const Reply before = sync(alice);
  ASSERT_EQ(send_to_device(bob, "alice", "ALICE", "once", "t1").status, 200);
  const Reply got = sync_from(alice, before);
  ASSERT_EQ(messages(got).size(), 1U);
  sync_from(alice, got);
  EXPECT_TRUE(messages(sync(alice)).empty());
}

TEST_F(EncryptionApi, ATransactionIsSentOncePerDeviceAndType) {
  const std::string second = log_in("bob", "BOB2");
  const Reply before = sync(alice);
  ASSERT_EQ(send_to_device(bob, "alice", "ALICE", "one", "t1").status, 200);
  ASSERT_EQ(send_to_device(bob, "alice", "ALICE", "one", "t1").status, 200);
  ASSERT_EQ(send_to_device(second, "alice", "ALICE", "two", "t1").status, 200);
  EXPECT_EQ(messages(sync_from(alice, before)), (Names{"one", "two"}));
}

TEST_F(EncryptionApi, ATransactionSurvivesARefreshAndAnotherTypeIsAnother) {
  const Reply login = server.post(
      std::string(kV3) + "/login",
      R"({"type":"m.login.password","identifier":{"type":"m.id.user","user":"bob"},"refresh_token":true,"password":")" +
          std::string(Harness::kPassword) + R"(","device_id":"PHONE"})");
  ASSERT_EQ(login.status, 200) << login.response.body;
  const Reply before = sync(alice);
  ASSERT_EQ(send_to_device(login.text("access_token"), "alice", "ALICE", "one", "t1").status, 200);
  const Reply refreshed = server.post(std::string(kV3) + "/refresh",
                                      R"({"refresh_token":")" + login.text("refresh_token") + "\"}");
  ASSERT_EQ(refreshed.status, 200) << refreshed.response.body;
  ASSERT_EQ(send_to_device(refreshed.text("access_token"), "alice", "ALICE", "one", "t1").status, 200);
  ASSERT_EQ(server
                .put(std::string(kV3) + "/sendToDevice/m.other/t1",
                     R"({"messages":{"@alice:example.org":{"ALICE":{"body":"two"}}}})",
                     refreshed.text("access_token"))
                .status,
            200);
  EXPECT_EQ(messages(sync_from(alice, before)), (Names{"one", "two"}));
}

TEST_F(EncryptionApi, TheWildcardReachesEveryDevice) {
  const std::string second = log_in("alice", "ALICE2");
  const Reply before = sync(alice);
  const Reply before2 = sync(second);
  ASSERT_EQ(send_to_device(bob, "alice", "*", "to all", "t1").status, 200);
  EXPECT_EQ(messages(sync_from(alice, before)), Names{"to all"});
  EXPECT_EQ(messages(sync_from(second, before2)), Names{"to all"});
}

TEST_F(EncryptionApi, ManyMessagesComeInPortionsWithoutLoss) {
  const Reply before = sync(alice);
  Names sent;
  for (int i = 0; i < 250; ++i) {
    sent.push_back("message " + std::to_string(i));
    ASSERT_EQ(send_to_device(bob, "alice", "ALICE", sent.back(), "t" + std::to_string(i)).status, 200);
  }
  Names received;
  Reply reply = before;
  for (int i = 0; i < 4; ++i) {
    reply = sync_from(alice, reply);
    ASSERT_EQ(reply.status, 200) << reply.response.body;
    const Names portion = messages(reply);
    EXPECT_LE(portion.size(), 100U);
    received.insert(received.end(), portion.begin(), portion.end());
  }
  EXPECT_EQ(received, sent);
  // A token of a portion is a token everywhere else, too.
  const std::string room = create(alice);
  EXPECT_EQ(server.get(path(room, "/messages?dir=b&from=s1_0"), alice).status, 200);
  EXPECT_EQ(sync(alice, "?since=s1_2").errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(sync(alice, "?since=s1_x").errcode(), "M_INVALID_PARAM");
}

TEST_F(EncryptionApi, AWaitingSyncIsWokenByAMessage) {
  const std::string since = sync(alice).text("next_batch");
  net::Request held = server.make_request(net::Method::Get,
                                          "/_matrix/client/v3/sync?timeout=30000&since=" + since, "", alice);
  std::optional<net::Response> answer;
  runtime::TaskScope scope;
  const auto waiting = [&]() -> runtime::Task<void> { answer = co_await server.start(held); };
  scope.spawn_on(server.executor, waiting());
  server.executor.run_until_idle();
  EXPECT_FALSE(answer);
  ASSERT_EQ(send_to_device(bob, "alice", "ALICE", "wake up", "t1").status, 200);
  server.executor.run_until_idle();
  ASSERT_TRUE(answer);
  EXPECT_NE(answer->body.find("wake up"), std::string::npos);
}

TEST_F(EncryptionApi, WhatBelongsToADeviceGoesWithIt) {
  const std::string second = log_in("alice", "ALICE2");
  upload_device(second, "alice", "ALICE2", 2);
  ASSERT_EQ(upload_one_time_keys(second, {"A"}).status, 200);
  ASSERT_EQ(send_to_device(bob, "alice", "ALICE2", "lost", "t1").status, 200);
  ASSERT_EQ(claim(bob, "alice", "ALICE2").status, 200);  // the shelf in memory knows the device
  ASSERT_EQ(upload_one_time_keys(second, {"B", "C"}).status, 200);
  ASSERT_EQ(server.post(std::string(kV3) + "/logout", "{}", second).status, 200);
  EXPECT_TRUE(json::object_at(query(bob, "alice").body, "device_keys")->empty());
  EXPECT_EQ(claimed(claim(bob, "alice", "ALICE2"), "alice", "ALICE2"), "");
  // The same id again is a new device.
  const std::string again = log_in("alice", "ALICE2");
  const Reply reply = sync(again);
  EXPECT_TRUE(messages(reply).empty());
  EXPECT_EQ(count_of(reply, "device_one_time_keys_count"), 0);
}

TEST_F(EncryptionApi, ListsFollowEncryptedRooms) {
  const std::string room = create(alice);
  ASSERT_EQ(join(bob, room).status, 200);
  Reply at = sync(bob);
  upload_device(alice, "alice", "ALICE", 1);
  at = sync_from(bob, at);
  EXPECT_TRUE(list(at, "changed").empty()) << "the room is not encrypted";
  encrypt(alice, room);
  at = sync_from(bob, at);
  EXPECT_EQ(list(at, "changed"), (Names{id_of("alice"), id_of("bob")}));
  // A new name of a device, and a new device.
  ASSERT_EQ(server.put(std::string(kV3) + "/devices/ALICE", R"({"display_name":"Laptop"})", alice).status,
            200);
  at = sync_from(bob, at);
  EXPECT_EQ(list(at, "changed"), Names{id_of("alice")});
  EXPECT_NE(query(bob, "alice").response.body.find(R"("device_display_name":"Laptop")"), std::string::npos);
  // Somebody comes, and leaves.
  const std::string carol = server.sign_up("carol");
  const Reply carol_at = sync(carol);
  at = sync_from(bob, at);
  ASSERT_EQ(join(carol, room).status, 200);
  at = sync_from(bob, at);
  EXPECT_EQ(list(at, "changed"), Names{id_of("carol")});
  EXPECT_EQ(list(sync_from(carol, carol_at), "changed"),
            (Names{id_of("alice"), id_of("bob"), id_of("carol")}));
  const Reply carol_before = sync(carol);
  ASSERT_EQ(server.post(path(room, "/leave"), "{}", carol).status, 200);
  at = sync_from(bob, at);
  EXPECT_EQ(list(at, "left"), Names{id_of("carol")});
  EXPECT_EQ(list(sync_from(carol, carol_before), "left"), (Names{id_of("alice"), id_of("bob")}));
  // Who shares no room is told nothing.
  const Reply carol_after = sync(carol);
  upload_device(bob, "bob", "BOB", 3);
  EXPECT_TRUE(list(sync_from(carol, carol_after), "changed").empty());
}

TEST_F(EncryptionApi, WhoStillSharesAnotherRoomHasNotLeft) {
  const std::string one = create(alice);
  const std::string two = create(alice, R"({"preset":"public_chat","name":"two"})");
  for (const std::string& room : {one, two}) {
    encrypt(alice, room);
    ASSERT_EQ(join(bob, room).status, 200);
  }
  const Reply at = sync(alice);
  ASSERT_EQ(server.post(path(one, "/leave"), "{}", bob).status, 200);
  EXPECT_TRUE(list(sync_from(alice, at), "left").empty());
}

TEST_F(EncryptionApi, KeyChangesAnswerForARange) {
  const std::string room = create(alice);
  encrypt(alice, room);
  ASSERT_EQ(join(bob, room).status, 200);
  const std::string from = sync(bob).text("next_batch");
  upload_device(alice, "alice", "ALICE", 1);
  const std::string to = sync(bob).text("next_batch");
  const auto changes = [&](const std::string& since) {
    return server.get(std::string(kV3) + "/keys/changes?from=" + since + "&to=" + to, bob);
  };
  EXPECT_EQ(list(changes(from), "changed"), Names{id_of("alice")});
  EXPECT_TRUE(list(changes(to), "changed").empty());
  EXPECT_EQ(server.get(std::string(kV3) + "/keys/changes?from=" + from, bob).errcode(), "M_MISSING_PARAM");
}

TEST_F(EncryptionApi, CrossSigningKeysNeedConfirmationWhenTheyChange) {
  const auto master = cross_key(10);
  const auto upload_keys = [&](const crypto::SigningKey& by, std::string extra = {}) {
    json::Object key;
    key["user_id"] = id_of("alice");
    key["usage"] = json::Array{"master"};
    key["keys"] = json::Object{{by.key_id(), public_text(by)}};
    json::Object self;
    const auto self_key = cross_key(11);
    self["user_id"] = id_of("alice");
    self["usage"] = json::Array{"self_signing"};
    self["keys"] = json::Object{{self_key.key_id(), public_text(self_key)}};
    crypto::sign_json(self, id_of("alice"), by);
    return server.post(std::string(kV3) + "/keys/device_signing/upload",
                       R"({"master_key":)" + json::serialize(key) + R"(,"self_signing_key":)" +
                           json::serialize(self) + extra + "}",
                       alice);
  };
  ASSERT_EQ(upload_keys(master).status, 200) << "the first needs no confirmation";
  EXPECT_EQ(upload_keys(master).status, 200) << "nor do the same again";
  const auto other = cross_key(20);
  const Reply challenge = upload_keys(other);
  ASSERT_EQ(challenge.status, 401) << challenge.response.body;
  const std::string auth = R"(,"auth":{"type":"m.login.password","session":")" + challenge.text("session") +
                           R"(","identifier":{"type":"m.id.user","user":"alice"},"password":")";
  EXPECT_EQ(upload_keys(other, auth + "wrong\"}").status, 401);
  EXPECT_EQ(upload_keys(other, auth + std::string(Harness::kPassword) + "\"}").status, 200);
  const Reply reply = query(bob, "alice");
  const json::Object* keys = json::object_at(*json::object_at(reply.body, "master_keys"), id_of("alice"));
  ASSERT_NE(keys, nullptr);
  EXPECT_NE(json::object_at(*keys, "keys")->find(other.key_id()), json::object_at(*keys, "keys")->end());
}

class Signatures : public EncryptionApi {
 protected:
  // Master, self-signing and user-signing keys made of three seeds.
  void set_up_keys(std::string_view token, std::string_view localpart, std::uint8_t seed) {
    const auto master = cross_key(seed);
    json::Object body;
    body["master_key"] = cross_object(localpart, "master", master);
    json::Object self = cross_object(localpart, "self_signing", cross_key(seed + 1));
    crypto::sign_json(self, id_of(localpart), master);
    body["self_signing_key"] = std::move(self);
    json::Object user = cross_object(localpart, "user_signing", cross_key(seed + 2));
    crypto::sign_json(user, id_of(localpart), master);
    body["user_signing_key"] = std::move(user);
    const Reply reply =
        server.post(std::string(kV3) + "/keys/device_signing/upload", json::serialize(body), token);
    ASSERT_EQ(reply.status, 200) << reply.response.body;
  }
  static json::Object cross_object(std::string_view localpart, std::string_view usage,
                                   const crypto::SigningKey& key) {
    json::Object object;
    object["user_id"] = id_of(localpart);
    object["usage"] = json::Array{usage};
    object["keys"] = json::Object{{key.key_id(), public_text(key)}};
    return object;
  }
  Reply sign(std::string_view token, std::string_view localpart, std::string_view key_id,
             const json::Object& object) {
    json::Object by_key;
    by_key[key_id] = object;
    json::Object body;
    body[id_of(localpart)] = std::move(by_key);
    return server.post(std::string(kV3) + "/keys/signatures/upload", json::serialize(body), token);
  }
  static bool is_signed(const Reply& reply, std::string_view section, std::string_view localpart,
                        std::string_view device, std::string_view signer, const std::string& key_id) {
    const json::Object* in = json::object_at(reply.body, section);
    in = in == nullptr ? nullptr : json::object_at(*in, id_of(localpart));
    if (in != nullptr && !device.empty()) in = json::object_at(*in, device);
    in = in == nullptr ? nullptr : json::object_at(*in, "signatures");
    in = in == nullptr ? nullptr : json::object_at(*in, id_of(signer));
    return in != nullptr && in->find(key_id) != in->end();
  }
};

TEST_F(Signatures, OwnDevicesAreSignedForEverybody) {
  upload_device(alice, "alice", "ALICE", 1);
  set_up_keys(alice, "alice", 30);
  json::Object device = device_keys("alice", "ALICE", signing_key_of(1, "ALICE"));
  crypto::sign_json(device, id_of("alice"), cross_key(31));
  const Reply reply = sign(alice, "alice", "ALICE", device);
  ASSERT_EQ(reply.status, 200);
  EXPECT_TRUE(json::object_at(reply.body, "failures")->empty()) << reply.response.body;
  EXPECT_TRUE(
      is_signed(query(bob, "alice"), "device_keys", "alice", "ALICE", "alice", cross_key(31).key_id()));
  EXPECT_TRUE(is_signed(query(bob, "alice"), "device_keys", "alice", "ALICE", "alice", "ed25519:ALICE"));
}

TEST_F(Signatures, SignaturesOverOthersAreSeenByTheSignerAlone) {
  set_up_keys(alice, "alice", 30);
  set_up_keys(bob, "bob", 40);
  const std::string room = create(alice);
  encrypt(alice, room);
  ASSERT_EQ(join(bob, room).status, 200);
  const Reply alice_at = sync(alice);
  const Reply bob_at = sync(bob);
  json::Object master = cross_object("bob", "master", cross_key(40));
  crypto::sign_json(master, id_of("alice"), cross_key(32));
  const Reply reply = sign(alice, "bob", public_text(cross_key(40)), master);
  EXPECT_TRUE(json::object_at(reply.body, "failures")->empty()) << reply.response.body;
  const std::string key_id = cross_key(32).key_id();
  EXPECT_TRUE(is_signed(query(alice, "bob"), "master_keys", "bob", "", "alice", key_id));
  EXPECT_FALSE(is_signed(query(bob, "bob"), "master_keys", "bob", "", "alice", key_id));
  EXPECT_EQ(list(sync_from(alice, alice_at), "changed"), Names{id_of("bob")});
  EXPECT_TRUE(list(sync_from(bob, bob_at), "changed").empty());
  EXPECT_TRUE(json::object_at(query(alice, "bob").body, "user_signing_keys")->empty());
  EXPECT_FALSE(json::object_at(query(bob, "bob").body, "user_signing_keys")->empty());
}

TEST_F(Signatures, WrongSignaturesAreFailuresByKey) {
  upload_device(alice, "alice", "ALICE", 1);
  set_up_keys(alice, "alice", 30);
  json::Object device = device_keys("alice", "ALICE", signing_key_of(1, "ALICE"));
  crypto::sign_json(device, id_of("alice"), cross_key(99));  // not her self-signing key
  const Reply reply = sign(alice, "alice", "ALICE", device);
  ASSERT_EQ(reply.status, 200);
  const json::Object* failures = json::object_at(*json::object_at(reply.body, "failures"), id_of("alice"));
  ASSERT_NE(failures, nullptr);
  EXPECT_EQ(json::string_or(*json::object_at(*failures, "ALICE"), "errcode", ""), "M_INVALID_SIGNATURE");
  const Reply unknown = sign(alice, "bob", "unknown", cross_object("bob", "master", cross_key(40)));
  EXPECT_FALSE(json::object_at(unknown.body, "failures")->empty());
}

TEST_F(Signatures, KeysWithoutTheMastersSignatureAreRefused) {
  json::Object body;
  body["self_signing_key"] = cross_object("alice", "self_signing", cross_key(31));
  const auto post = [&] {
    return server.post(std::string(kV3) + "/keys/device_signing/upload", json::serialize(body), alice);
  };
  EXPECT_EQ(post().errcode(), "M_MISSING_PARAM") << "there is no master key";
  body["master_key"] = cross_object("alice", "master", cross_key(30));
  EXPECT_EQ(post().errcode(), "M_INVALID_SIGNATURE");
  body.erase("self_signing_key");
  body["master_key"] = cross_object("bob", "master", cross_key(30));
  EXPECT_EQ(post().errcode(), "M_INVALID_PARAM");
}

TEST_F(EncryptionApi, DeactivationTakesEverythingAlong) {
  upload_device(alice, "alice", "ALICE", 1);
  ASSERT_EQ(upload_one_time_keys(alice, {"A"}).status, 200);
  const std::string auth =
      R"({"auth":{"type":"m.login.password","identifier":{"type":"m.id.user","user":"alice"},"password":")" +
      std::string(Harness::kPassword) + "\"}}";
  ASSERT_EQ(server.post(std::string(kV3) + "/account/deactivate", auth, alice).status, 200);
  for (const storage::Table* table : e2ee::tables()) {
    const auto rows = server.store.read_blocking(
        [table](storage::Snapshot& snapshot) { return snapshot.count({.table = table}); });
    ASSERT_TRUE(rows);
    EXPECT_EQ(*rows, 0) << table->name;
  }
}

}  // namespace
}  // namespace kuramori::api::client::testing
