#include "matrix/relation.hpp"

#include "support.hpp"

namespace kuramori::matrix::testing {
namespace {

TEST(Relation, NeedsAParentAndAType) {
  const auto read = [](std::string_view text) {
    const json::Object content = object(text);
    const auto relation = relation_in(content);
    return relation ? std::string(relation->type) + " " + std::string(relation->parent) + " " +
                          std::string(relation->key)
                    : std::string("none");
  };
  EXPECT_EQ(read(R"({"m.relates_to":{"rel_type":"m.annotation","event_id":"$a","key":"k"}})"),
            "m.annotation $a k");
  EXPECT_EQ(read(R"({"m.relates_to":{"rel_type":"m.thread","event_id":"$a"}})"), "m.thread $a ");
  EXPECT_EQ(read(R"({"m.relates_to":{"m.in_reply_to":{"event_id":"$a"}}})"), "none");  // a rich reply
  EXPECT_EQ(read(R"({"m.relates_to":{"rel_type":"m.thread"}})"), "none");
  EXPECT_EQ(read(R"({"m.relates_to":{"rel_type":1,"event_id":"$a"}})"), "none");
  EXPECT_EQ(read(R"({"m.relates_to":[]})"), "none");
  EXPECT_EQ(read(R"({"m.relates_to":{"rel_type":"m.thread","event_id":")" + std::string(256, 'x') + R"("}})"),
            "none");
}

std::string message(std::string_view more, std::string_view sender = "@a:x") {
  return R"({"type":"m.room.message","room_id":"!r:x","sender":")" + std::string(sender) + "\"" +
         std::string(more) + "}";
}

TEST(Relation, AnEditIsTheSendersOwnAndOfTheSameKind) {
  const std::string fresh =
      R"(,"content":{"m.new_content":{"body":"n"},"m.relates_to":{"rel_type":"m.replace","event_id":"$o"}})";
  const EventPtr original = event(message(""));
  EXPECT_TRUE(is_valid_replacement(*original, *event(message(fresh))));
  EXPECT_FALSE(is_valid_replacement(*original, *event(message(fresh, "@b:x"))));
  EXPECT_FALSE(is_valid_replacement(*original, *event(message(fresh + R"(,"type":"m.sticker")"))));
  EXPECT_FALSE(is_valid_replacement(*original, *event(message(fresh + R"(,"state_key":"")"))));
  EXPECT_FALSE(is_valid_replacement(*original, *event(message(fresh + R"(,"room_id":"!s:x")"))));
  EXPECT_FALSE(is_valid_replacement(*original, *event(message(R"(,"content":{"body":"n"})"))));
  EXPECT_FALSE(is_valid_replacement(*event(message(fresh)), *event(message(fresh))));  // an edit of an edit
  const std::string encrypted = R"(,"type":"m.room.encrypted","content":{"ciphertext":"x"})";
  EXPECT_TRUE(is_valid_replacement(*event(message(encrypted)), *event(message(encrypted))));
}

}  // namespace
}  // namespace kuramori::matrix::testing
