// What labels keep out of backups.
#include <gmock/gmock.h>

#include "backup/tests/fixture.hpp"
#include "governance/labels.hpp"

namespace kuramori::backup {
namespace {

using testing::BackupTest;

class OmissionsTest : public BackupTest {
 protected:
  void note() { EXPECT_TRUE(run(keeper->write())); }
  bool has_file(const std::string& id) {
    return std::ranges::any_of(rows_of(restored, media::kMedia),
                               [&](const storage::Row& row) { return storage::text(row[1]) == id; });
  }
  bool has_blob(const std::string& blob) {
    const bool has_row =
        std::ranges::any_of(rows_of(restored, media::kMediaBlobs),
                            [&](const storage::Row& row) { return storage::text(row[0]) == blob; });
    const bool has_key =
        std::ranges::any_of(rows_of(restored, storage::kWrappedKeys),
                            [&](const storage::Row& row) { return storage::text(row[1]) == blob; });
    const bool has_octets = new_blobs->open(blob).has_value();
    EXPECT_EQ(has_row, has_octets) << blob;
    EXPECT_EQ(has_key, has_octets) << blob;
    return has_octets;
  }
};

TEST_F(OmissionsTest, TheMessageStaysWithoutWhatItSaid) {
  const RoomId room = make_room(alice);
  const EventId kept = say(alice, room, "lunch", "internal");
  const EventId secret = say(alice, room, "the merger", "secret");
  const EventId without = say(alice, room, "hello", "");
  note();
  const Summary summary = there_and_back();
  EXPECT_EQ(summary.left_out.messages, 1);
  EXPECT_EQ(content_in(restored, secret), json::Object());
  EXPECT_EQ(json::string_or(content_in(restored, kept), "body", ""), "lunch");
  EXPECT_EQ(json::string_or(content_in(restored, without), "body", ""), "hello");
  EXPECT_EQ(rows_of(restored, rooms::kEvents).size(), rows_of(store, rooms::kEvents).size());
  EXPECT_EQ(json::string_or(content_in(store, secret), "body", ""), "the merger")
      << "nothing is changed here";
}

TEST_F(OmissionsTest, EditsGoWithTheirMessage) {
  const RoomId room = make_room(alice);
  const EventId secret = say(alice, room, "the merger", "secret");
  const EventId edit = say(alice, room, "the great merger", "", "", secret);
  const EventId kept = say(alice, room, "lunch", "");
  say(alice, room, "supper", "", "", kept);
  const Summary summary = there_and_back();
  EXPECT_EQ(summary.left_out.messages, 2);
  EXPECT_EQ(json::find(content_in(restored, edit), "body"), nullptr);
  EXPECT_EQ(rows_of(restored, rooms::kRelations).size(), 1U) << "of the edit that is kept";
}

TEST_F(OmissionsTest, ALabelGivenAfterwardsCounts) {
  const RoomId room = make_room(alice);
  const EventId raised = say(alice, room, "the merger", "");
  const EventId lowered = say(alice, room, "lunch", "secret");
  storage::UnitOfWork work;
  work.insert(provenance::kMessageLabels, {raised.str(), room.str(), std::string("secret"), std::int64_t{1}});
  work.insert(provenance::kMessageLabels, {lowered.str(), room.str(), storage::Null{}, std::int64_t{1}});
  commit(std::move(work));
  there_and_back();
  EXPECT_EQ(content_in(restored, raised), json::Object());
  EXPECT_EQ(json::string_or(content_in(restored, lowered), "body", ""), "lunch");
}

TEST_F(OmissionsTest, WhatHasNoLabelMayBeKeptOutToo) {
  put_in_force(R"({"format":1,"name":"p","labels":[{"id":"open","handling":{"back_up":false}},
    {"id":"known","above":["open"]}],"unlabelled":"open","rules":[]})");
  const RoomId room = make_room(alice);
  const EventId said = say(alice, room, "lunch", "");
  const EventId labelled = say(alice, room, "the plan", "known");
  there_and_back();
  EXPECT_EQ(content_in(restored, said), json::Object());
  EXPECT_EQ(json::string_or(content_in(restored, labelled), "body", ""), "the plan");
  EXPECT_EQ(rows_of(restored, rooms::kRoomState), rows_of(store, rooms::kRoomState));
}

TEST_F(OmissionsTest, FilesThatOnlySuchMessagesNeedAreLeftOut) {
  const RoomId room = make_room(alice);
  const std::string secret = put_file("plan", "q1q1q1", alice);
  const std::string shared = put_file("menu", "q2q2q2", alice);
  const std::string unnamed = put_file("face", "q3q3q3", alice);
  storage::UnitOfWork usage;
  usage.insert(media::kMediaUsage, {alice.str(), std::int64_t{30}, std::int64_t{3}});
  commit(std::move(usage));
  say(alice, room, "the plan", "secret", secret);
  say(alice, room, "the menu", "secret", shared);
  say(alice, room, "the menu", "", shared);
  note();
  const Summary summary = there_and_back();
  EXPECT_EQ(summary.left_out.files, 1);
  EXPECT_FALSE(has_file("plan"));
  EXPECT_FALSE(has_blob("q1q1q1"));
  EXPECT_FALSE(has_blob("q1q1q1thumb"));
  EXPECT_TRUE(has_file("menu"));
  EXPECT_TRUE(has_blob("q2q2q2"));
  EXPECT_TRUE(has_file("face"));
  EXPECT_TRUE(has_blob("q3q3q3"));
  EXPECT_EQ(rows_of(restored, media::kMediaThumbnails).size(), 2U);
  EXPECT_EQ(rows_of(restored, media::kMediaUsage),
            (std::vector<storage::Row>{{alice.str(), std::int64_t{20}, std::int64_t{2}}}));
}

TEST_F(OmissionsTest, WhatProvenanceHasNotNotedYetCountsToo) {
  const RoomId room = make_room(alice);
  const std::string secret = put_file("plan", "q1q1q1", alice);
  const std::string shared = put_file("menu", "q2q2q2", alice);
  say(alice, room, "the plan", "secret", secret);
  say(alice, room, "the menu", "secret", shared);
  say(alice, room, "the menu", "", shared);
  there_and_back();
  EXPECT_FALSE(has_blob("q1q1q1"));
  EXPECT_TRUE(has_blob("q2q2q2"));
}

TEST_F(OmissionsTest, AFileThatWasGivenTheLabelItselfIsLeftOut) {
  const std::string uri = put_file("plan", "q1q1q1", alice);
  say(alice, make_room(alice), "the plan", "", uri);
  note();
  storage::UnitOfWork work;
  book->label_file(work, uri, "secret");
  commit(std::move(work));
  there_and_back();
  EXPECT_FALSE(has_file("plan"));
  EXPECT_FALSE(has_blob("q1q1q1"));
}

TEST_F(OmissionsTest, ABlobThatAnotherFileSharesStays) {
  const RoomId room = make_room(alice);
  const std::string secret = put_file("plan", "q1q1q1", alice);
  storage::UnitOfWork work;
  put_name(work, "same", "q1q1q1", alice);
  commit(std::move(work));
  say(alice, room, "the plan", "secret", secret);
  say(alice, room, "the same", "", "mxc://example.org/same");
  note();
  there_and_back();
  EXPECT_FALSE(has_file("plan"));
  EXPECT_TRUE(has_file("same"));
  EXPECT_TRUE(has_blob("q1q1q1"));
}

TEST_F(OmissionsTest, WhatWasRedactedNeedsNoFile) {
  const RoomId room = make_room(alice);
  const std::string uri = put_file("plan", "q1q1q1", alice);
  const EventId open = say(alice, room, "the plan", "", uri);
  say(alice, room, "the plan", "secret", uri);
  note();
  ASSERT_TRUE(redact(alice, room, open));
  const Summary summary = there_and_back();
  EXPECT_EQ(summary.left_out.messages, 1) << "the redacted one says nothing any more";
  EXPECT_FALSE(has_blob("q1q1q1"));
}

TEST_F(OmissionsTest, WhatIsNotSentYetIsLeftOutWhileALabelIsKeptOut) {
  storage::UnitOfWork work;
  work.insert(testing::kHeld, {std::string("a question")});
  commit(std::move(work));
  const Summary summary = there_and_back();
  EXPECT_EQ(summary.left_out.waiting, 1);
  EXPECT_TRUE(rows_of(restored, testing::kHeld).empty());
}

}  // namespace
}  // namespace kuramori::backup
