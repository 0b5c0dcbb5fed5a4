#include "storage/blobs_s3/blob_bucket.hpp"

#include <gtest/gtest.h>

#include "storage/blobs_s3/tests/fake_store.hpp"
#include "storage/tests/blob_conformance.hpp"

namespace kuramori::storage::blobs_s3 {
namespace {

class Place final : public BlobPlace {
 public:
  Options options() const {
    return {.endpoint = fake.endpoint(),
            .bucket = std::string(FakeStore::kBucket),
            .prefix = "example.org:8448/",
            .credentials = fake.credentials,
            .first_pause = Milliseconds(1)};
  }
  Result<std::unique_ptr<BlobStore>> open() override { return open(options()); }
  Result<std::unique_ptr<BlobStore>> open(Options with) {
    return blobs_s3::open(std::move(with), {clock, random, metrics, Logger::silent()});
  }
  std::size_t leftovers() override { return fake.uploads(); }

  FakeStore fake;
  SystemClock clock;
  SeededRandom random{7};
  MetricsRegistry metrics;
};

class BlobBucket : public ::testing::Test {
 protected:
  BlobBucket() { store = *place.open(); }
  Result<void> put(std::string_view name, std::string_view text) {
    KURAMORI_TRY(writer, store->create(name));
    KURAMORI_CHECK(writer->append(as_bytes(text)));
    return writer->finish();
  }
  Result<std::string> get(std::string_view name, std::size_t bytes) {
    KURAMORI_TRY(reader, store->open(name));
    Bytes into(bytes);
    KURAMORI_CHECK(reader->read(0, into));
    return std::string(as_text(into));
  }

  Place place;
  std::unique_ptr<BlobStore> store;
};

using Failure = FakeStore::Failure;
constexpr std::size_t kAlways =
    1'000;  // libcurl makes a request again of itself when a kept connection was closed

TEST_F(BlobBucket, EveryRequestIsMadeAgainWhenItMaySucceedThen) {
  const std::string large(11'000'000, 'x');
  for (const Failure failure : {Failure::Busy, Failure::Silent, Failure::LostAnswer}) {
    for (const char* part : {"HEAD", "PUT", "uploads=", "partNumber=2", "POST", "GET", "DELETE"}) {
      place.fake.fail(failure, 2, part);
      EXPECT_TRUE(put("large1", large)) << part;
      EXPECT_TRUE(put("small1", "small")) << part;
      auto read = get("small1", 5);
      EXPECT_TRUE(read && *read == "small") << part;
      EXPECT_EQ((*store->open("large1"))->bytes(), large.size());
      EXPECT_TRUE(store->list([](std::string_view) { return true; }));
      EXPECT_TRUE(store->remove("large1"));
      EXPECT_TRUE(store->remove("small1"));
    }
  }
  place.fake.fail(Failure::CutAnswer, 3, "GET");
  ASSERT_TRUE(put("small2", std::string(100'000, 'y')));
  EXPECT_EQ(*get("small2", 100'000), std::string(100'000, 'y'));
}

TEST_F(BlobBucket, GivesUpAfterSomeAttemptsAndLeavesNothing) {
  for (const Failure failure : {Failure::Busy, Failure::LostAnswer}) {
    place.fake.fail(failure, kAlways, "PUT");
    const auto failed = put("abcd", "text");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), ErrorCode::Unavailable);
    EXPECT_FALSE(place.fake.has("example.org:8448/abcd"));
    EXPECT_FALSE(failed.error().to_log().contains("test-secret"));
    place.fake.fail(failure, kAlways, "partNumber=2");
    EXPECT_FALSE(put("abcd", std::string(6'000'000, 'x')));
    EXPECT_EQ(place.fake.uploads(), 0u);
    place.fake.fail(failure, 0);
  }
  EXPECT_TRUE(put("abcd", "text"));
}

TEST_F(BlobBucket, UploadsOfAnEarlierProcessAreAborted) {
  place.fake.begin_upload("example.org:8448/abcd");
  place.fake.begin_upload("another.org/abcd");
  store = *place.open();
  EXPECT_EQ(place.fake.uploads(), 1u);
}

TEST_F(BlobBucket, KeepsToItsPrefix) {
  place.fake.put("another.org/abcd", "x");
  place.fake.put("abcd", "x");
  place.fake.put("example.org:8448/with-dash", "x");
  std::size_t seen = 0;
  ASSERT_TRUE(store->list([&](std::string_view) { return ++seen > 0; }));
  EXPECT_EQ(seen, 0u);
  EXPECT_EQ(store->open("abcd").error().code(), ErrorCode::NotFound);
}

TEST_F(BlobBucket, SaysWhenTheStoreRefuses) {
  Options wrong = place.options();
  wrong.credentials.secret_key = "another";
  const auto refused = place.open(wrong);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message().contains("403 SignatureDoesNotMatch")) << refused.error().message();
  EXPECT_FALSE(refused.error().to_log().contains("another"));
  wrong = place.options();
  wrong.bucket = "other";
  EXPECT_TRUE(place.open(wrong).error().message().contains("NoSuchBucket"));
  for (const char* endpoint :
       {"files.example.org", "ftp://x", "https://", "https://host/path", "https://a@b"}) {
    wrong = place.options();
    wrong.endpoint = endpoint;
    EXPECT_EQ(place.open(wrong).error().code(), ErrorCode::InvalidArgument) << endpoint;
  }
}

TEST_F(BlobBucket, AStoreThatDoesNotAnswerIsNoReasonNotToStart) {
  Options options = place.options();
  options.endpoint = "http://127.0.0.1:1";
  auto opened = place.open(options);
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->open("abcd").error().code(), ErrorCode::Unavailable);
  EXPECT_EQ((*opened)->create("abcd").error().code(), ErrorCode::Unavailable);
  EXPECT_EQ((*opened)->create("abcd").error().code(), ErrorCode::Unavailable);
}

TEST_F(BlobBucket, WhoReadsOnMakesFewerRequests) {
  constexpr std::size_t kPiece = 524'288;
  ASSERT_TRUE(put("large1", std::string(8 * kPiece, 'x')));
  auto reader = *store->open("large1");
  Bytes into(kPiece);
  const std::size_t before = place.fake.requests();
  for (std::size_t i = 0; i < 8; ++i) ASSERT_TRUE(reader->read(i * kPiece, into));
  EXPECT_EQ(place.fake.requests() - before, 3u);
}

}  // namespace
}  // namespace kuramori::storage::blobs_s3

namespace kuramori::storage {
INSTANTIATE_TEST_SUITE_P(Bucket, BlobConformance, ::testing::Values(BlobPlaceFactory{[] {
                           return std::make_unique<blobs_s3::Place>();
                         }}));
}  // namespace kuramori::storage
