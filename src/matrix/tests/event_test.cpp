#include "matrix/event.hpp"
#include "matrix/redaction.hpp"

#include <boost/json/monotonic_resource.hpp>

#include "crypto/base64.hpp"
#include "matrix/canonical_form.hpp"
#include "tests/support.hpp"

namespace kuramori::matrix {
namespace {

using testing::object;

Draft message(std::string body) {
  Draft draft;
  draft.room = RoomId("!r:one");
  draft.sender = UserId("@a:one");
  draft.type = "m.room.message";
  draft.content["body"] = body;
  draft.content["msgtype"] = "m.text";
  draft.origin_server_ts = from_unix_ms(1'700'000'000'000);
  draft.depth = 7;
  draft.prev_events = {EventId("$p")};
  draft.auth_events = {EventId("$c"), EventId("$l")};
  return draft;
}

EventPtr built(Draft draft, std::string_view version = "11") {
  Result<EventPtr> event =
      build(std::move(draft), testing::version(version), ServerName("one"), testing::signing_key());
  if (!event) ADD_FAILURE() << event.error().to_log();
  return event ? *event : nullptr;
}

TEST(Event, HashesAndSignsAsTheSpecificationsExample) {
  // appendices.md, "Cryptographic Test Vectors", "Event Signing". Its event has the top-level `origin` that
  // redaction keeps up to version 10.
  json::Object pdu = object(R"({"room_id": "!x:domain", "sender": "@a:domain", "origin": "domain",
      "origin_server_ts": 1000000, "signatures": {}, "hashes": {}, "type": "X", "content": {}, "prev_events": [],
      "auth_events": [], "depth": 3, "unsigned": {"age_ts": 1000000}})");
  const std::string hash = content_hash(pdu);
  EXPECT_EQ(hash, "5jM4wQpv6lnBo7CLIghJuHdW+s2CMBJPUOGOC89ncos");
  pdu["hashes"].as_object()["sha256"] = hash;
  EXPECT_TRUE(content_hash_matches(pdu));
  crypto::Ed25519Seed seed;
  std::ranges::copy(*crypto::from_base64("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1"), seed.begin());
  const crypto::SigningKey key = crypto::SigningKey::from_seed(seed, "1");
  const std::string signed_form = detail::canonical_for_reference_hash(pdu, testing::version("10"));
  EXPECT_EQ(crypto::to_base64(key.sign(as_bytes(signed_form))),
            "KxwGjPSDEtvnFgU00fwFz+l6d2pJM6XBIaMEn81SXPTRl16AqLAYqfIReFGZlHi5KLjAWbOoMszkwsQma+lYAg");
  pdu["content"].as_object()["added"] = 1;
  EXPECT_FALSE(content_hash_matches(pdu));
}

TEST(Event, BuildsWhatParsesToTheSame) {
  for (const RoomVersion& version : room_versions()) {
    Draft draft = message("héllo \"world\"\n");
    if (version.room_id_is_create_hash) draft.room = RoomId("!" + std::string(43, 'r'));
    const EventPtr event = built(std::move(draft), version.id);
    ASSERT_NE(event, nullptr);
    const Result<EventPtr> parsed = Event::parse(event->pdu(), version);
    ASSERT_TRUE(parsed) << parsed.error().to_log();
    EXPECT_EQ((*parsed)->id(), event->id());
    EXPECT_EQ(event->id(), reference_hash_id(event->pdu(), version));
    EXPECT_EQ(event->id().view().size(), 44U);
    EXPECT_TRUE(content_hash_matches(event->pdu()));
    EXPECT_EQ(event->depth(), 7);
    EXPECT_EQ(event->origin_server_ts(), 1'700'000'000'000);
    EXPECT_EQ(event->prev_events(), std::vector<EventId>{EventId("$p")});
    EXPECT_EQ(event->auth_events().size(), 2U);
    EXPECT_FALSE(event->is_state());
    EXPECT_EQ(json::string_or(event->content(), "msgtype", ""), "m.text");
  }
}

TEST(Event, IsSignedOverItsRedactedForm) {
  for (const char* id : {"10", "11"}) {
    const RoomVersion& version = testing::version(id);
    const EventPtr event = built(message("hello"), id);
    const crypto::SigningKey key = testing::signing_key();
    const json::Object redacted = redact(event->pdu(), version);
    EXPECT_TRUE(crypto::verify_json(redacted, "one", key.key_id(), key.public_key()));
    json::Object changed = redacted;
    changed["depth"] = 8;
    EXPECT_FALSE(crypto::verify_json(changed, "one", key.key_id(), key.public_key()));
  }
}

TEST(Event, TheCreationOfVersion12NamesItsRoom) {
  Draft draft = message("");
  draft.room = RoomId();
  draft.type = "m.room.create";
  draft.state_key = "";
  draft.content = object(R"({"room_version": "12"})");
  draft.prev_events.clear();
  draft.auth_events.clear();
  const EventPtr event = built(draft, "12");
  ASSERT_NE(event, nullptr);
  EXPECT_EQ(event->room().view().substr(1), event->id().view().substr(1));
  EXPECT_TRUE(event->room().view().starts_with('!'));
  EXPECT_FALSE(event->pdu().contains("room_id"));
  EXPECT_FALSE(build(draft, testing::version("11"), ServerName("one"), testing::signing_key()));
  draft.room = RoomId("!r:one");
  EXPECT_FALSE(build(draft, testing::version("12"), ServerName("one"), testing::signing_key()));
}

TEST(Event, RedactionsNameTheirTargetWhereTheVersionKeepsIt) {
  Draft draft = message("");
  draft.type = "m.room.redaction";
  draft.content = object(R"({"reason": "spam"})");
  draft.redacts = EventId("$target");
  const EventPtr v10 = built(draft, "10");
  const EventPtr v11 = built(draft, "11");
  EXPECT_TRUE(v10->pdu().contains("redacts"));
  EXPECT_FALSE(v10->content().contains("redacts"));
  EXPECT_FALSE(v11->pdu().contains("redacts"));
  EXPECT_TRUE(v11->content().contains("redacts"));
  for (const EventPtr& event : {v10, v11}) {
    EXPECT_EQ(event->redacts().view(), "$target");
    const json::Object form = client_form(*event);
    EXPECT_EQ(testing::text_at(form, "redacts"), "$target");
    EXPECT_EQ(testing::text_at(form.at("content").as_object(), "redacts"), "$target");
  }
}

TEST(Event, ClientsSeeNothingMoreThanTheyShould) {
  Draft draft = message("hi");
  draft.state_key = "key";
  const EventPtr event = built(draft);
  const json::Object form = client_form(*event);
  json::Object expected;
  expected["event_id"] = event->id().view();
  expected["type"] = "m.room.message";
  expected["content"] = event->content();
  expected["sender"] = "@a:one";
  expected["origin_server_ts"] = 1'700'000'000'000;
  expected["state_key"] = "key";
  expected["room_id"] = "!r:one";
  EXPECT_EQ(json::canonical(form), json::canonical(expected));
  expected.erase("room_id");
  EXPECT_EQ(json::canonical(client_form(*event, {.with_room_id = false})), json::canonical(expected));
  EXPECT_EQ(
      json::canonical(stripped_form(*event)),
      R"({"content":{"body":"hi","msgtype":"m.text"},"sender":"@a:one","state_key":"key","type":"m.room.message"})");
}

TEST(Event, ALimitIsMetToTheOctet) {
  const EventPtr small = built(message(""));
  const std::size_t room = kEventBytesMax - json::canonical(small->pdu()).size();
  const EventPtr largest = built(message(std::string(room, 'x')));
  ASSERT_NE(largest, nullptr);
  EXPECT_EQ(json::canonical(largest->pdu()).size(), kEventBytesMax);
  EXPECT_TRUE(Event::parse(largest->pdu(), testing::version("11")));

  const auto too_large = build(message(std::string(room + 1, 'x')), testing::version("11"), ServerName("one"),
                               testing::signing_key());
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().reason(), "M_TOO_LARGE");
  json::Object pdu = largest->pdu();
  pdu["content"].as_object()["body"] = std::string(room + 1, 'x');
  const auto parsed = Event::parse(pdu, testing::version("11"));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code(), ErrorCode::TooLarge);
}

TEST(Event, EscapesCountTowardsTheLimit) {
  const EventPtr small = built(message(""));
  const std::size_t room = kEventBytesMax - json::canonical(small->pdu()).size();
  std::string body(room - 14, 'x');
  body += "\n\"\\\x01é";  // 2 + 2 + 2 + 6 + 2 octets
  const EventPtr largest = built(message(body));
  ASSERT_NE(largest, nullptr);
  EXPECT_EQ(json::canonical(largest->pdu()).size(), kEventBytesMax);
  EXPECT_TRUE(Event::parse(largest->pdu(), testing::version("11")));
  EXPECT_FALSE(build(message(body + "x"), testing::version("11"), ServerName("one"), testing::signing_key()));
}

TEST(Event, RefusesDraftsThatAreNotCanonical) {
  const auto refusal = [](const char* content) {
    Draft draft = message("");
    draft.content = object(content);
    const auto event = build(draft, testing::version("11"), ServerName("one"), testing::signing_key());
    return event ? std::string_view("none") : event.error().reason();
  };
  EXPECT_EQ(refusal(R"({"a": 1.5})"), "M_BAD_JSON");
  EXPECT_EQ(refusal(R"({"a": [{"b": 9007199254740992}]})"), "M_BAD_JSON");
  EXPECT_EQ(refusal(R"({"a": -9007199254740992})"), "M_BAD_JSON");
  EXPECT_EQ(refusal(R"({"a": 9007199254740991})"), "none");
  Draft draft = message("");
  draft.state_key = std::string(256, 'k');
  EXPECT_FALSE(build(draft, testing::version("11"), ServerName("one"), testing::signing_key()));
  draft.state_key = std::string(255, 'k');
  EXPECT_TRUE(build(draft, testing::version("11"), ServerName("one"), testing::signing_key()));
  draft.type = std::string(256, 't');
  EXPECT_FALSE(build(draft, testing::version("11"), ServerName("one"), testing::signing_key()));
}

TEST(Event, RefusesPdusOfAWrongShape) {
  const json::Object good =
      testing::pdu(object(R"({"type": "X", "sender": "@a:one", "room_id": "!r:one", "content": {}})"));
  ASSERT_TRUE(Event::parse(good, testing::version("11")));
  struct Case {
    const char* key;
    const char* value;  // null: the key is removed
  };
  const std::string long_text = '"' + std::string(256, 'x') + '"';
  const std::string many(R"(["$1","$2","$3","$4","$5","$6","$7","$8","$9","$10","$11"])");
  const Case cases[] = {
      {"type", nullptr},
      {"type", "1"},
      {"type", long_text.c_str()},
      {"sender", nullptr},
      {"sender", R"("a:one")"},
      {"sender", R"("@a")"},
      {"room_id", nullptr},
      {"room_id", R"("!noserver")"},
      {"room_id", R"("!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")"},
      {"state_key", "null"},
      {"state_key", long_text.c_str()},
      {"content", nullptr},
      {"content", "[]"},
      {"content", R"({"deep": [{"number": 0.5}]})"},
      {"origin_server_ts", nullptr},
      {"origin_server_ts", R"("1")"},
      {"origin_server_ts", "9007199254740992"},
      {"depth", nullptr},
      {"depth", "-1"},
      {"depth", "9007199254740992"},
      {"prev_events", nullptr},
      {"prev_events", "{}"},
      {"prev_events", "[1]"},
      {"prev_events", R"(["no sigil"])"},
      {"auth_events", many.c_str()},
      {"hashes", "[]"},
      {"signatures", "1"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.key) + " = " + (c.value == nullptr ? "absent" : c.value));
    json::Object bad = good;
    if (c.value == nullptr) {
      bad.erase(c.key);
    } else {
      bad[c.key] = *json::parse(c.value);
    }
    const auto parsed = Event::parse(bad, testing::version("11"));
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().reason(), "M_BAD_JSON");
    EXPECT_NE(parsed.error().message(), "");
  }
}

TEST(Event, IsRestoredAsItWas) {
  const EventPtr event = built(message("kept"));
  const auto restored = Event::restore(event->pdu(), event->version(), event->id());
  ASSERT_TRUE(restored.has_value());
  EXPECT_EQ((*restored)->id(), event->id());
  EXPECT_EQ((*restored)->room(), event->room());
  EXPECT_EQ((*restored)->sender(), event->sender());
  EXPECT_EQ((*restored)->content(), event->content());
  EXPECT_EQ((*restored)->prev_events(), event->prev_events());
  // What is not even shaped like an event is told, although nothing else is looked at again.
  for (const std::string_view damage : {"content", "room_id", "state_key"}) {
    json::Object pdu = event->pdu();
    pdu[damage] = 1;
    EXPECT_FALSE(Event::restore(std::move(pdu), event->version(), event->id()).has_value()) << damage;
  }
}

TEST(Event, Version12NamesRoomsWithoutDomain) {
  const auto parses = [](const char* room, std::string_view version) {
    json::Object pdu = testing::pdu(object(R"({"type": "X", "sender": "@a:one"})"));
    pdu["room_id"] = room;
    return Event::parse(pdu, testing::version(version)).has_value();
  };
  EXPECT_TRUE(parses("!r:one", "11"));
  EXPECT_FALSE(parses("!r:one", "12"));
  EXPECT_TRUE(parses("!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_", "12"));
  EXPECT_FALSE(parses("!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+", "12"));
}

TEST(Event, OutlivesTheArenaOfItsRequest) {
  EventPtr parsed;
  EventPtr made;
  {
    boost::json::monotonic_resource arena;
    const json::Object source = testing::pdu(object(
        R"({"type": "X", "sender": "@a:one", "room_id": "!r:one", "content": {"k": "a long text that no small buffer holds"}})"));
    Result<json::Object> pdu = json::parse_object(json::serialize(source), {}, &arena);
    ASSERT_TRUE(pdu);
    Draft draft = message("");
    draft.content = json::Object(pdu->at("content").as_object(), &arena);
    parsed = *Event::parse(*std::move(pdu), testing::version("11"));
    made = built(std::move(draft));
  }
  EXPECT_EQ(testing::text_at(parsed->content(), "k"), "a long text that no small buffer holds");
  EXPECT_EQ(testing::text_at(made->content(), "k"), "a long text that no small buffer holds");
}

}  // namespace
}  // namespace kuramori::matrix
