#include "matrix/visibility.hpp"

#include <gtest/gtest.h>

namespace kuramori::matrix {
namespace {

using enum HistoryVisibility;

bool sees(HistoryVisibility setting, Membership membership, bool joined_later) {
  return is_visible({.before = setting,
                     .after = setting,
                     .membership_before = membership,
                     .membership_after = membership,
                     .joined_later = joined_later});
}

TEST(Visibility, FollowsTheFiveRules) {
  for (const Membership membership : {Membership::None, Membership::Invite, Membership::Join,
                                      Membership::Leave, Membership::Ban, Membership::Knock}) {
    for (const bool later : {false, true}) {
      const bool joined = membership == Membership::Join;
      EXPECT_TRUE(sees(WorldReadable, membership, later));
      EXPECT_EQ(sees(Shared, membership, later), joined || later);
      EXPECT_EQ(sees(Invited, membership, later), joined || membership == Membership::Invite);
      EXPECT_EQ(sees(Joined, membership, later), joined);
    }
  }
}

TEST(Visibility, BeingJoinedNowCountsAsJoiningLater) {
  VisibilityQuestion question{.before = Shared,
                              .after = Shared,
                              .membership_before = Membership::None,
                              .membership_after = Membership::None,
                              .joined_later = false,
                              .joined_now = true};
  EXPECT_TRUE(is_visible(question));
  question.before = question.after = Joined;
  EXPECT_FALSE(is_visible(question));
}

TEST(Visibility, AChangeIsSeenFromBothSides) {
  VisibilityQuestion change{.before = WorldReadable,
                            .after = Joined,
                            .membership_before = Membership::None,
                            .membership_after = Membership::None,
                            .joined_later = false};
  EXPECT_TRUE(is_visible(change));
  std::swap(change.before, change.after);
  EXPECT_TRUE(is_visible(change));
  VisibilityQuestion own{.before = Joined,
                         .after = Joined,
                         .membership_before = Membership::Join,
                         .membership_after = Membership::Ban,
                         .joined_later = false};
  EXPECT_TRUE(is_visible(own));
  std::swap(own.membership_before, own.membership_after);
  EXPECT_TRUE(is_visible(own));
}

TEST(Visibility, Names) {
  EXPECT_EQ(parse_history_visibility("world_readable"), WorldReadable);
  EXPECT_EQ(parse_history_visibility("invited"), Invited);
  EXPECT_EQ(parse_history_visibility("joined"), Joined);
  EXPECT_EQ(parse_history_visibility("shared"), Shared);
  EXPECT_EQ(parse_history_visibility("nonsense"), Shared);
  for (const char* name : {"join", "invite", "leave", "ban", "knock"}) {
    EXPECT_EQ(to_string(parse_membership(name)), name);
  }
  EXPECT_EQ(parse_membership("JOIN"), Membership::None);
}

}  // namespace
}  // namespace kuramori::matrix
