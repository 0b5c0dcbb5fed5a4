// Files in a bucket of an S3-compatible store, each whole or not there. See README.md.
//
//   auto store = blobs_s3::open({.endpoint = "https://s3.example.org", .bucket = "files", …}, ports);
#pragma once
#include <memory>

#include "base/clock.hpp"
#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "storage/blob_store.hpp"
#include "storage/blobs_s3/connections.hpp"
#include "storage/blobs_s3/signature.hpp"

namespace kuramori::storage::blobs_s3 {

enum class Addressing : std::uint8_t { Path, VirtualHost };

struct Options {
  std::string endpoint;  // "https://s3.example.org", with a port where it is not the usual one
  std::string bucket;
  std::string prefix = {};  // of the names of our objects: "example.org/"
  Credentials credentials;
  Addressing addressing = Addressing::Path;
  ConnectionOptions connection = {};
  std::size_t part_bytes = std::size_t{5} << 20;  // the least that S3 accepts, held in memory by each upload
  std::size_t attempts_max = 4;
  Milliseconds first_pause{200};  // before the second attempt; doubled each time
};

struct Ports {
  const Clock& clock;
  Random& random;
  MetricsRegistry& metrics;
  Logger log;
};

// Aborts what an earlier process left unfinished: one process at a time. An error when the endpoint is none,
// or the store answers and refuses us; a store that does not answer now may do so later, and is no error.
Result<std::unique_ptr<BlobStore>> open(Options options, Ports ports);

}  // namespace kuramori::storage::blobs_s3
