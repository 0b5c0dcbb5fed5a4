#include "matrix/redaction.hpp"

#include "tests/support.hpp"

namespace kuramori::matrix {
namespace {

using testing::text_at;

TEST(Redaction, TopLevelVectors) {
  const json::Object vectors = testing::load_vectors("redaction.json");
  for (const json::Value& value : vectors.at("top_level").as_array()) {
    const json::Object& test = value.as_object();
    for (const json::Value& id : test.at("versions").as_array()) {
      SCOPED_TRACE(json::view(id.as_string()));
      const json::Object redacted =
          redact(test.at("event").as_object(), testing::version(json::view(id.as_string())));
      EXPECT_EQ(json::canonical(redacted), json::canonical(test.at("redacted").as_object()));
    }
  }
}

TEST(Redaction, ContentVectors) {
  const json::Object vectors = testing::load_vectors("redaction.json");
  ASSERT_FALSE(vectors.at("content").as_array().empty());
  for (const json::Value& value : vectors.at("content").as_array()) {
    const json::Object& test = value.as_object();
    for (const json::Value& id : test.at("versions").as_array()) {
      SCOPED_TRACE(text_at(test, "type") + " in version " + std::string(json::view(id.as_string())));
      json::Object event;
      event["type"] = test.at("type");
      event["content"] = test.at("before");
      const json::Object redacted = redact(event, testing::version(json::view(id.as_string())));
      EXPECT_EQ(json::canonical(redacted.at("content")), json::canonical(test.at("after")));
      EXPECT_EQ(redacted.size(), 2U);
    }
  }
}

TEST(Redaction, KeepsTheEventId) {
  for (const RoomVersion& version : room_versions()) {
    json::Object pdu = testing::pdu(testing::object(
        R"({"type": "m.room.member", "sender": "@a:one", "state_key": "@a:one", "room_id": "!r:one",
            "content": {"membership": "join", "displayname": "A"}, "unsigned": {"age": 3}})"));
    if (version.room_id_is_create_hash) pdu["room_id"] = "!" + std::string(43, 'r');
    const json::Object redacted = redact(pdu, version);
    EXPECT_EQ(reference_hash_id(pdu, version), reference_hash_id(redacted, version));
    EXPECT_NE(content_hash(pdu), content_hash(redacted));
  }
}

}  // namespace
}  // namespace kuramori::matrix
