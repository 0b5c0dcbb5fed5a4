#include "storage/blobs_s3/signature.hpp"

#include <gtest/gtest.h>

namespace kuramori::storage::blobs_s3 {
namespace {

constexpr const char* kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const Timestamp kThen = from_unix_ms(1'369'353'600'000);  // 2013-05-24T00:00:00Z
const Credentials kExample{.access_key = "AKIAIOSFODNN7EXAMPLE",
                           .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                           .region = "us-east-1"};

std::string signature_of(SignedRequest request) {
  request.host = "examplebucket.s3.amazonaws.com";
  request.headers.emplace_back("x-amz-content-sha256", request.payload_sha256);
  request.headers.emplace_back("x-amz-date", amz_date(kThen));
  const std::string whole = authorization(request, kExample, kThen);
  return whole.substr(whole.rfind('=') + 1);
}

// The examples of "Authenticating Requests: Using the Authorization Header" of the Amazon S3 API reference.
TEST(Signature, MatchesTheExamplesOfItsSpecification) {
  EXPECT_EQ(signature_of({.method = "GET",
                          .host = {},
                          .path = "/test.txt",
                          .headers = {{"range", "bytes=0-9"}},
                          .payload_sha256 = kEmpty}),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  EXPECT_EQ(
      signature_of(
          {.method = "GET", .host = {}, .path = "/", .query = {{"lifecycle", ""}}, .payload_sha256 = kEmpty}),
      "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(signature_of({.method = "GET",
                          .host = {},
                          .path = "/",
                          .query = {{"prefix", "J"}, {"max-keys", "2"}},
                          .payload_sha256 = kEmpty}),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
  EXPECT_EQ(
      signature_of({.method = "PUT",
                    .host = {},
                    .path = "/test%24file.text",
                    .headers = {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                                {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                    .payload_sha256 = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"}),
      "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(Signature, QueriesAreSortedAndEncoded) {
  EXPECT_EQ(canonical_query({{"b", "x/y"}, {"a", "1 2"}, {"uploads", ""}}), "a=1%202&b=x%2Fy&uploads=");
  EXPECT_EQ(canonical_query({}), "");
  EXPECT_EQ(amz_date(kThen), "20130524T000000Z");
}

}  // namespace
}  // namespace kuramori::storage::blobs_s3
