// The extensions of a sliding sync: messages to the device, keys, account data, receipts, typing.
#include "sliding_fixture.hpp"

namespace kuramori::sync::testing {
namespace {

using runtime::Task;
using Strings = std::vector<std::string>;

// Messages for one device by position, and a list of who changed.
class FakeEncryption final : public EncryptionPort {
 public:
  Task<Result<ToDeviceMessages>> to_device(const gate::Permit&, identity::SessionPtr, StreamPosition since,
                                           StreamPosition up_to) override {
    acknowledged = std::max(acknowledged, since);
    ToDeviceMessages found{.events = {}, .reached = up_to};
    for (const auto& [position, text] : messages) {
      if (position <= since || position > up_to) continue;
      if (!found.events.empty()) found.events.push_back(',');
      found.events += text;
    }
    co_return found;
  }
  Task<Result<KeyStock>> key_stock(const gate::Permit&, identity::SessionPtr) override {
    co_return KeyStock{.one_time_key_counts = R"({"signed_curve25519":7})",
                       .unused_fallback_key_types = R"(["signed_curve25519"])"};
  }
  Task<Result<DeviceListChanges>> device_lists(const gate::Permit&, identity::SessionPtr,
                                               StreamPosition since, StreamPosition up_to,
                                               IsJoined) override {
    asked_since = since;
    DeviceListChanges found;
    for (const auto& [position, user] : changed) {
      if (position > since && position <= up_to) found.changed.push_back(user);
    }
    co_return found;
  }
  std::map<StreamPosition, std::string> messages;
  std::map<StreamPosition, UserId> changed;
  StreamPosition acknowledged;
  std::optional<StreamPosition> asked_since;
};

class SlidingExtensions : public SlidingTest {
 protected:
  SlidingExtensions() {
    encryption = &keys;
    begin();
    room = public_room(alice);
    EXPECT_TRUE(join(bob, room));
  }
  static std::string with(std::string_view extensions, int last = 9) {
    return R"({"lists":{"all":{"ranges":[[0,)" + std::to_string(last) +
           R"(]],"timeline_limit":2}},"extensions":)" + std::string(extensions) + "}";
  }
  static const json::Value* extension(const json::Object& response, std::string_view name) {
    return at(response, {"extensions", name});
  }
  // The types of the account data of a room, sorted; of no room: the global one.
  static Strings account_data_types(const json::Object& response, const RoomId& of = {}) {
    const json::Value* list = of.empty() ? at(response, {"extensions", "account_data", "global"})
                                         : at(response, {"extensions", "account_data", "rooms", of.view()});
    Strings types;
    if (list == nullptr) return types;
    for (const json::Value& event : list->get_array()) types.push_back(text_of(event.as_object(), {"type"}));
    std::ranges::sort(types);
    return types;
  }
  static const json::Value* receipts_of(const json::Object& response, const RoomId& of) {
    return at(response, {"extensions", "receipts", "rooms", of.view(), "content"});
  }
  static Strings typing_of(const json::Object& response, const RoomId& of) {
    const json::Value* users =
        at(response, {"extensions", "typing", "rooms", of.view(), "content", "user_ids"});
    Strings found;
    if (users == nullptr) return {"untold"};
    for (const json::Value& user : users->get_array()) found.emplace_back(json::view(user.get_string()));
    return found;
  }

  FakeEncryption keys;
  RoomId room;
};

TEST_F(SlidingExtensions, NothingIsToldOfWhatIsNotAskedFor) {
  set_account_data(alice, RoomId(), "org.example.colour", {{"is", "blue"}});
  Slider phone = slider(alice, with("{}"));
  EXPECT_TRUE(at(slide(phone), {"extensions"})->as_object().empty());
  Slider off =
      slider(alice, with(R"({"typing":{"enabled":false},"e2ee":{},"to_device":{"enabled":false}})"), "OFF");
  EXPECT_TRUE(at(slide(off), {"extensions"})->as_object().empty());
}

TEST_F(SlidingExtensions, AMessageIsKeptUntilItsTokenComesBack) {
  Slider phone = slider(alice, R"({"extensions":{"to_device":{"enabled":true}}})");
  const json::Object none = slide(phone);
  EXPECT_TRUE(at(none, {"extensions", "to_device", "events"})->get_array().empty());
  const std::string first_token = text_of(none, {"extensions", "to_device", "next_batch"});
  ASSERT_FALSE(first_token.empty());

  ASSERT_TRUE(send(alice, room, "moves the stream"));
  keys.messages[services->hub.position()] = R"({"type":"m.dummy","content":{}})";
  const json::Object one = slide(phone);
  EXPECT_EQ(at(one, {"extensions", "to_device", "events"})->get_array().size(), 1U);
  // Without the token it comes again, also on another connection.
  EXPECT_EQ(at(slide(phone), {"extensions", "to_device", "events"})->get_array().size(), 1U);
  const std::string token = text_of(one, {"extensions", "to_device", "next_batch"});
  Slider other = slider(
      alice, R"({"conn_id":"other","extensions":{"to_device":{"enabled":true,"since":")" + token + "\"}}}");
  EXPECT_TRUE(at(slide(other), {"extensions", "to_device", "events"})->get_array().empty());
  EXPECT_EQ(render_token(keys.acknowledged), token);
}

TEST_F(SlidingExtensions, ATokenOfTheFutureAcknowledgesNothingThatWasNotSent) {
  Slider phone = slider(alice, R"({"extensions":{"to_device":{"enabled":true,"since":"s999999999"}}})");
  slide(phone);
  EXPECT_LE(keys.acknowledged, services->hub.position());
}

TEST_F(SlidingExtensions, KeyCountsAlwaysAndDeviceListsFromTheSecondAnswerOn) {
  Slider phone = slider(alice, R"({"extensions":{"e2ee":{"enabled":true}}})");
  const json::Object first = slide(phone);
  EXPECT_EQ(number_of(&first, {"extensions", "e2ee", "device_one_time_keys_count", "signed_curve25519"}), 7);
  EXPECT_EQ(at(first, {"extensions", "e2ee", "device_unused_fallback_key_types"})->get_array().size(), 1U);
  EXPECT_FALSE(keys.asked_since) << "a new client fetches all keys anyway";
  ASSERT_TRUE(send(alice, room, "moves the stream"));
  keys.changed[services->hub.position()] = bob;
  const json::Object changed = slide(phone);
  EXPECT_EQ(at(changed, {"extensions", "e2ee", "device_lists", "changed"})->get_array().size(), 1U);
  EXPECT_EQ(at(slide(phone), {"extensions", "e2ee", "device_lists"}), nullptr);
}

TEST_F(SlidingExtensions, ALostAnswerTellsTheDeviceListsAgain) {
  Slider phone = slider(alice, R"({"extensions":{"e2ee":{"enabled":true}}})");
  slide(phone);
  ASSERT_TRUE(send(alice, room, "moves the stream"));
  keys.changed[services->hub.position()] = bob;
  peek(phone);
  EXPECT_EQ(at(slide(phone), {"extensions", "e2ee", "device_lists", "changed"})->get_array().size(), 1U);
}

TEST_F(SlidingExtensions, AccountDataGloballyAndOfTheRoomsThatAreShown) {
  const RoomId other = make_room(alice);
  set_account_data(alice, RoomId(), "org.example.colour", {{"is", "blue"}});
  set_account_data(alice, room, "org.example.note", {{"is", "here"}});
  set_account_data(alice, other, "org.example.note", {{"is", "there"}});
  Slider phone = slider(alice, with(R"({"account_data":{"enabled":true}})", 0));
  const json::Object first = slide(phone);
  EXPECT_EQ(account_data_types(first), (Strings{"m.push_rules", "org.example.colour"}));
  EXPECT_EQ(account_data_types(first, other), Strings{"org.example.note"});
  EXPECT_TRUE(account_data_types(first, room).empty()) << "not in the window";
  EXPECT_EQ(extension(slide(phone), "account_data"), nullptr);
  set_account_data(alice, other, "org.example.more", {});
  EXPECT_EQ(account_data_types(slide(phone), other), Strings{"org.example.more"});
  phone.body = parse(with(R"({"account_data":{"enabled":true}})", 1));
  EXPECT_EQ(account_data_types(slide(phone), room), Strings{"org.example.note"});
}

TEST_F(SlidingExtensions, AccountDataOfARoomThatLeftTheWindowIsToldWhenItComesBack) {
  Slider phone = slider(alice, with(R"({"account_data":{"enabled":true}})", 0));
  slide(phone);
  const RoomId other = make_room(alice);
  slide(phone);  // which fills the window
  set_account_data(alice, room, "org.example.note", {{"is", "new"}});
  EXPECT_EQ(extension(slide(phone), "account_data"), nullptr);
  ASSERT_TRUE(send(bob, room, "up"));
  EXPECT_EQ(account_data_types(slide(phone), room), Strings{"org.example.note"});
  EXPECT_TRUE(account_data_types(slide(phone), other).empty());
}

TEST_F(SlidingExtensions, ReceiptsAtFirstThoseThatCanBeShown) {
  const auto old = send(alice, room, "old");
  for (const UserId& who : {bob, carol}) ASSERT_TRUE(join(who, room));
  ASSERT_TRUE(old);
  ASSERT_TRUE(receipt(carol, room, *old));
  ASSERT_TRUE(receipt(bob, room, *old));
  ASSERT_TRUE(send(alice, room, "between"));
  const auto fresh = send(alice, room, "new");
  ASSERT_TRUE(fresh);
  ASSERT_TRUE(receipt(carol, room, *fresh));
  Slider phone = slider(alice, with(R"({"receipts":{"enabled":true}})"));
  const json::Object first = slide(phone);
  const json::Value* content = receipts_of(first, room);
  ASSERT_NE(content, nullptr);
  EXPECT_NE(at(content->get_object(), {fresh->view(), "m.read", carol.view()}), nullptr);
  EXPECT_EQ(json::find(content->get_object(), old->view()), nullptr) << "that event is not in the timeline";
  ASSERT_TRUE(receipt(bob, room, *fresh));
  const json::Object second = slide(phone);
  const json::Value* news = receipts_of(second, room);
  ASSERT_NE(news, nullptr);
  EXPECT_EQ(news->get_object().size(), 1U);
  EXPECT_EQ(extension(slide(phone), "receipts"), nullptr);
}

TEST_F(SlidingExtensions, ALongerTimelineBringsItsReceipts) {
  const auto old = send(alice, room, "old");
  ASSERT_TRUE(old);
  ASSERT_TRUE(receipt(bob, room, *old));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(send(alice, room, std::to_string(i)));
  Slider phone = slider(alice, with(R"({"receipts":{"enabled":true}})"));
  EXPECT_EQ(receipts_of(slide(phone), room), nullptr);
  phone.body["room_subscriptions"] = {{room.view(), {{"timeline_limit", 10}}}};
  const json::Object longer = slide(phone);
  const json::Value* content = receipts_of(longer, room);
  ASSERT_NE(content, nullptr);
  EXPECT_NE(at(content->get_object(), {old->view(), "m.read", bob.view()}), nullptr);
}

TEST_F(SlidingExtensions, PrivateReceiptsOfOthersStayPrivate) {
  const auto said = send(alice, room, "hello");
  ASSERT_TRUE(said);
  ASSERT_TRUE(receipt(bob, room, *said, "m.read.private"));
  Slider phone = slider(alice, with(R"({"receipts":{"enabled":true}})"));
  EXPECT_EQ(receipts_of(slide(phone), room), nullptr);
  Slider own = slider(bob, with(R"({"receipts":{"enabled":true}})"));
  EXPECT_NE(receipts_of(slide(own), room), nullptr);
}

TEST_F(SlidingExtensions, AReceiptOfAThreadSaysSo) {
  const auto root = send(alice, room, "root");
  ASSERT_TRUE(root);
  json::Object content = text_message("in it");
  content["m.relates_to"] = {{"rel_type", "m.thread"}, {"event_id", root->view()}};
  const auto reply = send_content(alice, room, std::move(content));
  ASSERT_TRUE(reply);
  ASSERT_TRUE(receipt(bob, room, *reply, "m.read", root->str()));
  Slider phone = slider(alice, with(R"({"receipts":{"enabled":true}})"));
  const json::Object told = slide(phone);
  const json::Value* entry = at(
      told, {"extensions", "receipts", "rooms", room.view(), "content", reply->view(), "m.read", bob.view()});
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(text_of(entry->get_object(), {"thread_id"}), root->str());
}

TEST_F(SlidingExtensions, TypingBeginsAndEnds) {
  Slider phone = slider(alice, with(R"({"typing":{"enabled":true}})"));
  EXPECT_EQ(extension(slide(phone), "typing"), nullptr) << "nobody types";
  type(bob, room, Milliseconds(10'000));
  const auto parked = park_slider(phone);
  ASSERT_TRUE(parked->is_done());
  EXPECT_EQ(typing_of(slide(phone), room), Strings{bob.str()});
  EXPECT_EQ(extension(slide(phone), "typing"), nullptr);
  type(bob, room, Milliseconds(0));
  EXPECT_EQ(typing_of(slide(phone), room), Strings());
}

TEST_F(SlidingExtensions, ScopesByListAndByRoomWithWildcards) {
  const RoomId other = make_room(alice);
  const auto body = [&](std::string_view scope) {
    return R"({"lists":{"newest":{"ranges":[[0,0]],"timeline_limit":1}},"room_subscriptions":{")" +
           room.str() + R"(":{"timeline_limit":1}},"extensions":{"typing":{"enabled":true)" +
           std::string(scope) + "}}}";
  };
  type(bob, room, Milliseconds(10'000));
  type(alice, other, Milliseconds(10'000));
  const auto told = [&](std::string_view scope, std::string device) {
    Slider phone = slider(alice, body(scope), std::move(device));
    const json::Object response = slide(phone);
    Strings rooms;
    for (const RoomId& one : {room, other}) {
      if (typing_of(response, one) != Strings{"untold"}) rooms.push_back(one.str());
    }
    return rooms;
  };
  EXPECT_EQ(told("", "A"), (Strings{room.str(), other.str()})) << "everything that is shown";
  EXPECT_EQ(told(R"(,"lists":["*"],"rooms":["*"])", "B"), (Strings{room.str(), other.str()}));
  EXPECT_EQ(told(R"(,"lists":[],"rooms":["*"])", "C"), Strings{room.str()});
  EXPECT_EQ(told(R"(,"lists":["newest"],"rooms":[])", "D"), Strings{other.str()});
  EXPECT_EQ(told(R"(,"lists":["another"],"rooms":[")" + room.str() + "\"]", "E"), Strings{room.str()});
  EXPECT_EQ(told(R"(,"lists":[],"rooms":[])", "F"), Strings());
}

}  // namespace
}  // namespace kuramori::sync::testing
