#include "crypto/aead.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "base/text.hpp"
#include "crypto/key_tree.hpp"

namespace kuramori {
namespace {

// 00 01 02 … 1f
crypto::SecretKey counting_key() {
  std::array<std::uint8_t, 32> raw{};
  for (std::size_t i = 0; i < raw.size(); ++i) raw[i] = static_cast<std::uint8_t>(i);
  return crypto::SecretKey(raw);
}

class CountingRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(i);
  }
};

constexpr std::string_view kText = "The text of a message.";
constexpr std::string_view kPlace = "events|content|$id";

// Computed with another implementation (Python's `cryptography`): what is on disk must stay readable for
// others.
TEST(Seal, HasTheDocumentedForm) {
  CountingRandom random;
  EXPECT_EQ(text::to_hex(crypto::seal(counting_key(), as_bytes(kText), as_bytes(kPlace), random)),
            "000102030405060708090a0b"
            "136ab33bb180ba6fad2ef1abd0c91508f0a5e65395551df8902de3a1307df865ba12a5ab0a02");
}

TEST(Seal, OpensWithTheSameKeyAndPlaceAlone) {
  SeededRandom random(1);
  const crypto::SecretKey key = crypto::SecretKey::generate(random);
  const crypto::SecretKey other = crypto::SecretKey::generate(random);
  const Bytes sealed = crypto::seal(key, as_bytes(kText), as_bytes(kPlace), random);
  EXPECT_EQ(sealed.size(), kText.size() + crypto::kSealOverheadBytes);
  const auto opened = crypto::open(key, sealed, as_bytes(kPlace));
  ASSERT_TRUE(opened);
  EXPECT_EQ(as_text(*opened), kText);

  for (const auto& refused : {crypto::open(other, sealed, as_bytes(kPlace)), crypto::open(key, sealed, {}),
                              crypto::open(key, sealed, as_bytes("events|content|$ie"))}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::Corrupt);
  }
  EXPECT_TRUE(crypto::open(key, sealed, as_bytes(kPlace))) << "a failure leaves nothing behind for the next";
}

TEST(Seal, NoticesEveryAlteredOctetAndEveryLength) {
  SeededRandom random(2);
  const crypto::SecretKey key = crypto::SecretKey::generate(random);
  Bytes sealed = crypto::seal(key, as_bytes(kText), as_bytes(kPlace), random);
  for (std::uint8_t& octet : sealed) {
    octet ^= 0x10;
    EXPECT_FALSE(crypto::open(key, sealed, as_bytes(kPlace)));
    octet ^= 0x10;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(crypto::open(key, ByteView(sealed).first(size), as_bytes(kPlace))) << size;
  }
  sealed.push_back(0);
  EXPECT_FALSE(crypto::open(key, sealed, as_bytes(kPlace)));
}

TEST(Seal, TakesEmptyAndLargeTexts) {
  SeededRandom random(3);
  const crypto::SecretKey key = crypto::SecretKey::generate(random);
  for (const std::size_t size : {0U, 1U, 16U, 1'000'003U}) {
    Bytes plain(size);
    random.fill(plain);
    const Bytes sealed = crypto::seal(key, plain, {}, random);
    const auto opened = crypto::open(key, sealed, {});
    ASSERT_TRUE(opened) << size;
    EXPECT_EQ(*opened, plain);
  }
}

TEST(Seal, NeverRepeatsItself) {
  SystemRandom random;
  const crypto::SecretKey key = crypto::SecretKey::generate(random);
  EXPECT_NE(crypto::seal(key, as_bytes(kText), {}, random), crypto::seal(key, as_bytes(kText), {}, random));
}

TEST(Seal, WorksOnSeveralThreadsAtOnce) {
  SeededRandom random(4);
  const crypto::SecretKey key = crypto::SecretKey::generate(random);
  std::atomic<int> opened = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, text = std::string(100, static_cast<char>('a' + i))] {
      for (int round = 0; round < 100; ++round) {
        const Bytes sealed = crypto::seal(key, as_bytes(text), {}, random);
        const auto plain = crypto::open(key, sealed, {});
        opened += plain && as_text(*plain) == text ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(opened, 400);
}

TEST(KeyTree, UnwrapsUnderTheRightParentScopeAndOwnerAlone) {
  SeededRandom random(5);
  const crypto::SecretKey root = crypto::SecretKey::generate(random);
  const crypto::SecretKey room = crypto::SecretKey::generate(random);
  const Bytes wrapped = crypto::wrap_key(root, room, crypto::KeyScope::Room, "!a:example.org", random);
  const auto unwrapped = crypto::unwrap_key(root, wrapped, crypto::KeyScope::Room, "!a:example.org");
  ASSERT_TRUE(unwrapped);
  EXPECT_TRUE(std::ranges::equal(unwrapped->view(), room.view()));

  EXPECT_FALSE(crypto::unwrap_key(room, wrapped, crypto::KeyScope::Room, "!a:example.org"));
  EXPECT_FALSE(crypto::unwrap_key(root, wrapped, crypto::KeyScope::File, "!a:example.org"));
  EXPECT_FALSE(crypto::unwrap_key(root, wrapped, crypto::KeyScope::Room, "!b:example.org"));
  EXPECT_FALSE(crypto::unwrap_key(root, {}, crypto::KeyScope::Room, "!a:example.org"));
  // Sealed in the same place, but not a key.
  const Bytes shorter =
      crypto::seal(root, as_bytes("short"), as_bytes("kuramori-wrapped-key-v1|room|!a"), random);
  EXPECT_EQ(crypto::unwrap_key(root, shorter, crypto::KeyScope::Room, "!a").error().code(),
            ErrorCode::Corrupt);
}

// Re-wrapping under a new root leaves the old root without power over the new form.
TEST(KeyTree, RewrapsUnderANewRoot) {
  SeededRandom random(6);
  const crypto::SecretKey old_root = crypto::SecretKey::generate(random);
  const crypto::SecretKey new_root = crypto::SecretKey::generate(random);
  const crypto::SecretKey organisation = crypto::SecretKey::generate(random);
  const Bytes before =
      crypto::wrap_key(old_root, organisation, crypto::KeyScope::Organisation, "example.org", random);
  const auto key = crypto::unwrap_key(old_root, before, crypto::KeyScope::Organisation, "example.org");
  ASSERT_TRUE(key);
  const Bytes after = crypto::wrap_key(new_root, *key, crypto::KeyScope::Organisation, "example.org", random);
  EXPECT_TRUE(crypto::unwrap_key(new_root, after, crypto::KeyScope::Organisation, "example.org"));
  EXPECT_FALSE(crypto::unwrap_key(old_root, after, crypto::KeyScope::Organisation, "example.org"));
}

// HKDF-SHA-256 as `openssl kdf -keylen 32 -kdfopt digest:SHA256 … -kdfopt info:audit-checkpoint HKDF`
// computes it.
TEST(DeriveKey, IsHkdf) {
  EXPECT_EQ(text::to_hex(crypto::derive_key(counting_key(), "audit-checkpoint").view()),
            "1920f396e4a31f15a5416456066ccdc4e18e1fd02248edd731c7e0e370407b51");
  EXPECT_FALSE(std::ranges::equal(crypto::derive_key(counting_key(), "audit-checkpoinu").view(),
                                  crypto::derive_key(counting_key(), "audit-checkpoint").view()));
}

}  // namespace
}  // namespace kuramori
