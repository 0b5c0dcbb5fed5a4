// AWS Signature Version 4 of one request, in its Authorization header. Pure.
//
// Ours rather than libcurl's: that of 7.88 neither sorts nor encodes the query, and signs no headers but its
// own.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace kuramori::storage::blobs_s3 {

struct Credentials {
  std::string access_key;
  std::string secret_key;
  std::string region;
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct SignedRequest {
  std::string method;
  std::string host;                 // as in the Host header
  std::string path;                 // encoded, from the slash on
  Pairs query = {};                 // not encoded
  Pairs headers = {};               // beside Host; names in lower case
  std::string payload_sha256 = {};  // hexadecimal
};

// `name=value&…`, sorted and encoded: both the query to send and the one that is signed.
std::string canonical_query(Pairs query);
// 20260131T123456Z
std::string amz_date(Timestamp now);
// The value of Authorization. `headers` holds x-amz-date already.
std::string authorization(const SignedRequest& request, const Credentials& credentials, Timestamp now);

}  // namespace kuramori::storage::blobs_s3
