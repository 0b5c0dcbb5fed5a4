#include "identity/password_proofs.hpp"

#include <gtest/gtest.h>

namespace kuramori::identity {
namespace {

TEST(PasswordProofs, KnowsTheLastProofOfASession) {
  PasswordProofBook proofs;
  EXPECT_FALSE(proofs.proved(SessionId("a")));
  proofs.note(SessionId("a"), from_unix_ms(1'000));
  proofs.note(SessionId("a"), from_unix_ms(2'000));
  EXPECT_EQ(proofs.proved(SessionId("a")), from_unix_ms(2'000));
  EXPECT_FALSE(proofs.proved(SessionId("b")));
}

TEST(PasswordProofs, NobodyIsNoSession) {
  PasswordProofBook proofs;
  proofs.note(SessionId(), from_unix_ms(1'000));
  EXPECT_FALSE(proofs.proved(SessionId()));
}

TEST(PasswordProofs, ForgetsTheOldestBeyondItsBound) {
  PasswordProofBook proofs(2);
  proofs.note(SessionId("a"), from_unix_ms(1));
  proofs.note(SessionId("b"), from_unix_ms(2));
  proofs.note(SessionId("a"), from_unix_ms(3));
  EXPECT_EQ(proofs.proved(SessionId("a")), from_unix_ms(3)) << "its later proof counts";
  proofs.note(SessionId("c"), from_unix_ms(4));
  EXPECT_FALSE(proofs.proved(SessionId("b")));
  EXPECT_EQ(proofs.proved(SessionId("c")), from_unix_ms(4));
}

}  // namespace
}  // namespace kuramori::identity
