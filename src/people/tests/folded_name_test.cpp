#include "people/folded_name.hpp"

#include <gtest/gtest.h>

namespace kuramori::people {
namespace {

TEST(FoldedName, CaseWidthAndCompatibilityDoNotCount) {
  EXPECT_EQ(fold_name("Straße"), fold_name("STRASSE"));
  EXPECT_EQ(fold_name("ＡＢＣ"), "abc");
  EXPECT_EQ(fold_name("ﾀﾅｶ"), fold_name("タナカ"));
  EXPECT_NE(fold_name("田中"), fold_name("中田"));
  EXPECT_EQ(fold_name(""), "");
  EXPECT_NO_THROW(fold_name("\xff\xfe"));
}

TEST(FoldedName, RanksWholeThenBeginningThenWordThenPart) {
  EXPECT_EQ(rank_of("alice", "alice"), 0);
  EXPECT_EQ(rank_of("alice liddell", "ali"), 1);
  EXPECT_EQ(rank_of("alice liddell", "lid"), 2);
  EXPECT_EQ(rank_of("alice liddell", "ice"), 3);
  EXPECT_EQ(rank_of("田中愛子", "愛"), 3);
  EXPECT_LT(rank_of("bob", "ali"), 0);
}

}  // namespace
}  // namespace kuramori::people
