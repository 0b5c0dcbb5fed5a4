// Key backups and dehydrated devices over HTTP.
#include "encryption_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

class KeyBackups : public EncryptionApi {
 protected:
  static std::string at(std::string_view rest) { return std::string(kV3) + "/room_keys" + std::string(rest); }
  std::string make_version() {
    const Reply reply = server.post(
        at("/version"),
        R"({"algorithm":"m.megolm_backup.v1.curve25519-aes-sha2","auth_data":{"public_key":"x"}})", alice);
    EXPECT_EQ(reply.status, 200) << reply.response.body;
    return reply.text("version");
  }
  static std::string key(int index, int forwarded, bool verified, std::string_view data = "d") {
    return R"({"first_message_index":)" + std::to_string(index) + R"(,"forwarded_count":)" +
           std::to_string(forwarded) + R"(,"is_verified":)" + (verified ? "true" : "false") +
           R"(,"session_data":{"ciphertext":")" + std::string(data) + "\"}}";
  }
  Reply put(std::string_view version, std::string_view session, std::string body) {
    return server.put(at("/keys/!r:x/" + std::string(session) + "?version=" + std::string(version)),
                      std::move(body), alice);
  }
  std::string data_of(std::string_view version, std::string_view session) {
    const Reply reply =
        server.get(at("/keys/!r:x/" + std::string(session) + "?version=" + std::string(version)), alice);
    const json::Object* data = json::object_at(reply.body, "session_data");
    return data == nullptr ? reply.errcode() : std::string(json::string_or(*data, "ciphertext", ""));
  }
};

TEST_F(KeyBackups, VersionsAreMadeReadChangedAndDeleted) {
  EXPECT_EQ(server.get(at("/version"), alice).errcode(), "M_NOT_FOUND");
  const std::string one = make_version();
  const std::string two = make_version();
  EXPECT_NE(one, two);
  const Reply newest = server.get(at("/version"), alice);
  EXPECT_EQ(newest.text("version"), two);
  EXPECT_EQ(json::integer_or(newest.body, "count", -1), 0);
  EXPECT_EQ(server.get(at("/version/" + one), alice).text("version"), one);
  const std::string changed =
      R"({"algorithm":"m.megolm_backup.v1.curve25519-aes-sha2","auth_data":{"public_key":"y"}})";
  EXPECT_EQ(server.put(at("/version/" + two), changed, alice).status, 200);
  EXPECT_NE(server.get(at("/version"), alice).response.body.find(R"("public_key":"y")"), std::string::npos);
  EXPECT_EQ(server.put(at("/version/" + two), R"({"algorithm":"other","auth_data":{}})", alice).errcode(),
            "M_INVALID_PARAM");
  EXPECT_EQ(server.put(at("/version/99"), changed, alice).status, 404);
  EXPECT_EQ(server.del(at("/version/" + two), alice).status, 200);
  EXPECT_EQ(server.del(at("/version/" + two), alice).status, 200) << "again";
  EXPECT_EQ(server.del(at("/version/99"), alice).status, 404);
  EXPECT_EQ(server.get(at("/version/" + two), alice).status, 404);
  EXPECT_EQ(server.get(at("/version"), alice).text("version"), one) << "the newest that is left";
  EXPECT_NE(make_version(), two) << "a number is not used twice";
  EXPECT_EQ(server.get(at("/version"), bob).status, 404) << "each has its own";
}

TEST_F(KeyBackups, KeysAreStoredCountedAndErased) {
  const std::string version = make_version();
  const Reply first = put(version, "s1", key(0, 0, false));
  ASSERT_EQ(first.status, 200) << first.response.body;
  EXPECT_EQ(json::integer_or(first.body, "count", -1), 1);
  const Reply bulk = server.put(at("/keys?version=" + version),
                                R"({"rooms":{"!r:x":{"sessions":{"s2":)" + key(0, 0, false) +
                                    R"(}},"!q:x":{"sessions":{"s3":)" + key(0, 0, false) + "}}}}",
                                alice);
  EXPECT_EQ(json::integer_or(bulk.body, "count", -1), 3);
  EXPECT_NE(bulk.text("etag"), first.text("etag"));
  const Reply room = server.get(at("/keys/!r:x?version=" + version), alice);
  EXPECT_EQ(json::object_at(room.body, "sessions")->size(), 2U);
  const Reply all = server.get(at("/keys?version=" + version), alice);
  EXPECT_EQ(json::object_at(all.body, "rooms")->size(), 2U);
  EXPECT_EQ(server.get(at("/keys/!none:x?version=" + version), alice).response.body, R"({"sessions":{}})");
  EXPECT_EQ(server.get(at("/keys/!r:x/none?version=" + version), alice).status, 404);
  EXPECT_EQ(json::integer_or(server.del(at("/keys/!r:x?version=" + version), alice).body, "count", -1), 1);
  EXPECT_EQ(json::integer_or(server.del(at("/keys?version=" + version), alice).body, "count", -1), 0);
}

TEST_F(KeyBackups, TheBetterKeyStays) {
  const std::string version = make_version();
  ASSERT_EQ(put(version, "s", key(5, 5, false, "first")).status, 200);
  const std::string etag = server.get(at("/version"), alice).text("etag");
  EXPECT_EQ(put(version, "s", key(6, 0, false, "later index")).text("etag"), etag) << "nothing changed";
  EXPECT_EQ(data_of(version, "s"), "first");
  put(version, "s", key(4, 9, false, "earlier index"));
  EXPECT_EQ(data_of(version, "s"), "earlier index");
  put(version, "s", key(4, 8, false, "fewer forwards"));
  EXPECT_EQ(data_of(version, "s"), "fewer forwards");
  put(version, "s", key(9, 9, true, "verified"));
  EXPECT_EQ(data_of(version, "s"), "verified");
  put(version, "s", key(0, 0, false, "unverified"));
  EXPECT_EQ(data_of(version, "s"), "verified");
}

TEST_F(KeyBackups, OnlyTheNewestVersionTakesKeys) {
  const std::string one = make_version();
  const std::string two = make_version();
  const Reply wrong = put(one, "s", key(0, 0, false));
  EXPECT_EQ(wrong.status, 403);
  EXPECT_EQ(wrong.errcode(), "M_WRONG_ROOM_KEYS_VERSION");
  EXPECT_EQ(wrong.text("current_version"), two);
  EXPECT_EQ(put("99", "s", key(0, 0, false)).status, 404);
  EXPECT_EQ(put("nonsense", "s", key(0, 0, false)).status, 404);
  EXPECT_EQ(server.put(at("/keys/!r:x/s"), key(0, 0, false), alice).errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(put(two, "s", R"({"first_message_index":0})").errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(put(two, "s", R"({"first_message_index":"0"})").errcode(), "M_BAD_JSON");
}

class Dehydration : public EncryptionApi {
 protected:
  static constexpr std::string_view kPath =
      "/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device";
  Reply put(std::string_view device, std::uint8_t seed) {
    json::Object body;
    body["device_id"] = device;
    body["device_data"] = json::Object{{"algorithm", "org.matrix.msc3814.v1.olm"}, {"device_pickle", "p"}};
    body["initial_device_display_name"] = "Dehydrated";
    body["device_keys"] = device_keys("alice", device, signing_key_of(seed, std::string(device)));
    body["one_time_keys"] = json::Object{{"signed_curve25519:A", one_time_key("a")}};
    return server.put(kPath, json::serialize(body), alice);
  }
  Reply events(std::string_view device, std::string_view token, std::string body = "{}") {
    return server.post(std::string(kPath) + "/" + std::string(device) + "/events", std::move(body), token);
  }
};

TEST_F(Dehydration, ADeviceWaitsForItsOwner) {
  EXPECT_EQ(server.get(kPath, alice).status, 404);
  ASSERT_EQ(put("WAITS", 7).status, 200);
  const Reply found = server.get(kPath, alice);
  EXPECT_EQ(found.text("device_id"), "WAITS");
  EXPECT_EQ(json::string_or(*json::object_at(found.body, "device_data"), "device_pickle", ""), "p");
  EXPECT_EQ(claimed(claim(bob, "alice", "WAITS"), "alice", "WAITS"), "signed_curve25519:A");
  ASSERT_EQ(send_to_device(bob, "alice", "WAITS", "for later", "t1").status, 200);
  for (int i = 0; i < 2; ++i) {  // nothing is forgotten
    const Reply batch = events("WAITS", alice);
    ASSERT_EQ(batch.status, 200) << batch.response.body;
    EXPECT_EQ(json::array_at(batch.body, "events")->size(), 1U);
    const Reply next = events("WAITS", alice, R"({"next_batch":")" + batch.text("next_batch") + "\"}");
    EXPECT_TRUE(json::array_at(next.body, "events")->empty());
  }
  EXPECT_EQ(events("ALICE", alice).status, 403);
  EXPECT_EQ(events("WAITS", bob).status, 403);
}

TEST_F(Dehydration, ANewOneTakesThePlaceOfTheFormer) {
  ASSERT_EQ(put("FIRST", 7).status, 200);
  ASSERT_EQ(put("SECOND", 8).status, 200);
  const Reply keys = query(bob, "alice");
  const json::Object* devices = json::object_at(*json::object_at(keys.body, "device_keys"), id_of("alice"));
  ASSERT_NE(devices, nullptr);
  EXPECT_EQ(devices->size(), 1U);
  EXPECT_EQ(claimed(claim(bob, "alice", "FIRST"), "alice", "FIRST"), "");
  EXPECT_EQ(put("ALICE", 9).errcode(), "M_INVALID_PARAM") << "a device that somebody uses";
  EXPECT_EQ(server.del(kPath, alice).text("device_id"), "SECOND");
  EXPECT_EQ(server.del(kPath, alice).status, 404);
  EXPECT_TRUE(json::object_at(query(bob, "alice").body, "device_keys")->empty());
}

}  // namespace
}  // namespace kuramori::api::client::testing
