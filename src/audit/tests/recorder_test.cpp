#include "audit/recorder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/tests/record_fixture.hpp"
#include "crypto/hash.hpp"

namespace kuramori::audit {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string public_text(const EntryRow& row) {
  return std::string(as_text(row.bytes));
}

PersonKeys keys_of(Record& record, const UserId& user) {
  return derive_person_keys(*record.keys().cached(crypto::KeyScope::Person, user.view()));
}

TEST(Recorder, WritesCanonicalEntriesThatSealThePerson) {
  Record record;
  ASSERT_TRUE(record.append(Record::entry("@alice:example.org", "$event1")));
  const EntryRow row = record.stored(0);
  const StoredEntry entry = *parse_entry(row.bytes);
  EXPECT_EQ(entry.time, record.clock().now());
  EXPECT_EQ(row.time_ms, record.clock().now_ms());
  EXPECT_EQ(entry.kind, EntryKind::Change);
  EXPECT_EQ(entry.operation, "room.send");
  EXPECT_EQ(entry.resource, "room:!abc:example.org");
  EXPECT_EQ(entry.detail, "$event1");
  EXPECT_EQ(entry.outcome, "allowed");
  EXPECT_EQ(entry.rule, "default");
  EXPECT_EQ(entry.policy_version, 3);
  for (const char* personal : {"alice", "DEVICE", "session\"", "192.0.2.7", "Client/1.0"}) {
    EXPECT_THAT(public_text(row), Not(HasSubstr(personal)));
  }
  const json::Object who = *open_personal(entry, keys_of(record, UserId("@alice:example.org")).sealing);
  EXPECT_EQ(json::canonical(who), R"({"address":"192.0.2.7","device":"DEVICE","session":"session",)"
                                  R"("user":"@alice:example.org","user_agent":"Client/1.0"})");
}

TEST(Recorder, ThePseudonymIsStableAndOnesOwn) {
  Record record;
  for (const char* user : {"@alice:example.org", "@bob:example.org", "@alice:example.org"}) {
    ASSERT_TRUE(record.append(Record::entry(user)));
  }
  const std::string first = parse_entry(record.stored(0).bytes)->subject;
  EXPECT_EQ(first.size(), 22U);
  EXPECT_EQ(parse_entry(record.stored(2).bytes)->subject, first);
  EXPECT_NE(parse_entry(record.stored(1).bytes)->subject, first);
  EXPECT_NE(record.stored(0).bytes, record.stored(2).bytes);
}

TEST(Recorder, WhatNamesAPersonGoesIntoTheSealedPart) {
  Record record;
  Entry entry = Record::entry("@admin:example.org", "@bob:example.org");
  entry.resource = "room:!abc user:@bob:example.org";
  entry.personal["display_name"] = "Bob";
  ASSERT_TRUE(record.append(entry));
  const EntryRow row = record.stored(0);
  EXPECT_THAT(public_text(row), Not(HasSubstr("bob")));
  EXPECT_THAT(public_text(row), Not(HasSubstr("Bob")));
  const StoredEntry stored = *parse_entry(row.bytes);
  EXPECT_EQ(stored.resource, "room:!abc user");
  EXPECT_EQ(stored.detail, "");
  const json::Object opened = *open_personal(stored, keys_of(record, UserId("@admin:example.org")).sealing);
  EXPECT_EQ(json::string_or(opened, "resource", ""), "room:!abc user:@bob:example.org");
  EXPECT_EQ(json::string_or(opened, "detail", ""), "@bob:example.org");
  EXPECT_EQ(json::string_or(*json::object_at(opened, "personal"), "display_name", ""), "Bob");
}

TEST(Recorder, TheSealIsBoundToThePublicPart) {
  Record record;
  ASSERT_TRUE(record.append(Record::entry("@alice:example.org")));
  StoredEntry entry = *parse_entry(record.stored(0).bytes);
  const crypto::SecretKey sealing = keys_of(record, UserId("@alice:example.org")).sealing;
  ASSERT_TRUE(open_personal(entry, sealing));
  entry.public_json[10] = '!';
  EXPECT_FALSE(open_personal(entry, sealing));
}

TEST(Recorder, EntriesOfTheSystemNeedNobody) {
  Record record;
  Entry entry;
  entry.kind = EntryKind::System;
  entry.operation = "system.start";
  entry.outcome = "allowed";
  ASSERT_TRUE(record.append(entry));
  const StoredEntry stored = *parse_entry(record.stored(0).bytes);
  EXPECT_EQ(stored.subject, "system");
  EXPECT_TRUE(stored.sealed.empty());
  entry.resource = "user:@bob:example.org";
  ASSERT_TRUE(record.append(entry));
  EXPECT_THAT(public_text(record.stored(1)), Not(HasSubstr("bob")));
  const auto opened = open_personal(*parse_entry(record.stored(1).bytes),
                                    derive_system_sealing_key(record.keys().organisation_key()));
  EXPECT_EQ(json::string_or(*opened, "resource", ""), "user:@bob:example.org");
}

TEST(Recorder, StrangeTextIsRecordedWithinTheLimit) {
  Record record;
  Entry entry = Record::entry("@alice:example.org");
  entry.who.user_agent = "bad \xFF\xFE \x01 \"quoted\" \xE5\x80\x89";
  entry.detail = std::string(100'000, '\x02');
  entry.resource = std::string(99'999, '"');
  entry.rule = "\xE5\x80\x89\xE5\xAE\x88";
  entry.operation = std::string(3000, '\x1F');
  entry.who.address = std::string(3000, '\x1F');
  entry.personal["float"] = 1.5;
  ASSERT_TRUE(record.append(entry));
  const EntryRow row = record.stored(0);
  EXPECT_LE(row.bytes.size(), kEntryBytesMax);
  const StoredEntry stored = *parse_entry(row.bytes);
  EXPECT_EQ(stored.rule, "\xE5\x80\x89\xE5\xAE\x88");
  const json::Object opened = *open_personal(stored, keys_of(record, UserId("@alice:example.org")).sealing);
  EXPECT_EQ(json::string_or(opened, "user_agent", ""), "bad ?? \x01 \"quoted\" ???");
  EXPECT_NE(json::find(*json::object_at(opened, "personal"), "omitted"), nullptr);
}

TEST(Recorder, IsReadyOnlyWhileTheKeyExists) {
  Record record;
  const UserId alice("@alice:example.org");
  EXPECT_TRUE(record.recorder().ready(UserId()));
  EXPECT_FALSE(record.recorder().ready(alice));
  ASSERT_TRUE(record.run(record.recorder().prepare(alice)));
  EXPECT_TRUE(record.recorder().ready(alice));
  storage::UnitOfWork erasure;
  record.keys().destroy_in(erasure, crypto::KeyScope::Person, alice.view());
  ASSERT_TRUE(record.commit(std::move(erasure)));
  record.keys().forget(crypto::KeyScope::Person, alice.view());
  record.recorder().forget(alice);
  EXPECT_FALSE(record.recorder().ready(alice));
  EXPECT_FALSE(record.run(record.recorder().prepare(alice)));
}

TEST(Recorder, ADirectoryNamesThoseWhoseKeysExist) {
  Record record;
  for (const char* user : {"@alice:example.org", "@bob:example.org"})
    ASSERT_TRUE(record.append(Record::entry(user)));
  const std::string alice = parse_entry(record.stored(0).bytes)->subject;
  const std::string bob = parse_entry(record.stored(1).bytes)->subject;
  storage::UnitOfWork erasure;
  record.keys().destroy_in(erasure, crypto::KeyScope::Person, "@bob:example.org");
  ASSERT_TRUE(record.commit(std::move(erasure)));
  record.keys().forget(crypto::KeyScope::Person, "@bob:example.org");
  const auto load = [&](storage::Snapshot& snapshot) {
    return PersonDirectory::load(snapshot, record.keys());
  };
  const PersonDirectory directory = *record.store().read_blocking(load);
  ASSERT_NE(directory.find(alice), nullptr);
  EXPECT_EQ(directory.find(alice)->user, UserId("@alice:example.org"));
  EXPECT_EQ(directory.find(bob), nullptr);
}

TEST(EntryAuthenticator, IsHmacOfTheLeafHash) {
  SeededRandom random(3);
  const crypto::SecretKey organisation = crypto::SecretKey::generate(random);
  const crypto::SecretKey key = crypto::derive_key(organisation, "kuramori audit entry v1");
  const EntryAuthenticator authenticator(organisation);
  const Hash leaf = leaf_hash(as_bytes("an entry"));
  const crypto::Sha256 expected = crypto::hmac_sha256(key.view(), leaf);
  Bytes code = authenticator.code(leaf);
  EXPECT_EQ(code, Bytes(expected.begin(), expected.begin() + 16));
  EXPECT_TRUE(authenticator.verify(leaf, code));
  EXPECT_FALSE(authenticator.verify(leaf_hash({}), code));
  code[15] ^= 1;
  EXPECT_FALSE(authenticator.verify(leaf, code));
  EXPECT_FALSE(authenticator.verify(leaf, {}));
}

TEST(Entry, ParsesOnlyItsOwnForm) {
  Record record;
  ASSERT_TRUE(record.append(Record::entry("@alice:example.org")));
  const std::string good = public_text(record.stored(0));
  ASSERT_TRUE(parse_entry(as_bytes(good)));
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string changed = good;
    return changed.replace(changed.find(from), from.size(), to);
  };
  for (const std::string& bad :
       {std::string(), std::string("{}"), good + " ", " " + good, with("\"version\":1", "\"version\":2"),
        with("\"kind\":\"change\"", "\"kind\":\"chance\""), with("\"rule\":", "\"role\":"),
        with("\"sealed\":\"", "\"sealed\":\"!"), with("\"time\":", "\"time\":-"),
        with(",\"kind\"", ", \"kind\""), with("\"subject\":\"", "\"subject\":1,\"x\":\"")}) {
    EXPECT_FALSE(parse_entry(as_bytes(bad))) << bad;
  }
}

}  // namespace
}  // namespace kuramori::audit
