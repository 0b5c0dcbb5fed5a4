// The calls of the S3 API that we make, each signed, and tried again when it may succeed then. All of them
// are idempotent, or made so here. Blocking, thread-safe.
#pragma once
#include <optional>

#include "storage/blobs_s3/blob_bucket.hpp"

namespace kuramori::storage::blobs_s3 {

struct Call {
  std::string method;
  std::string key = {};  // within the prefix; empty: the bucket itself
  Pairs query = {};
  Pairs headers = {};
  ByteView body = {};
  std::span<std::uint8_t> into = {};
};

class Bucket {
 public:
  // InvalidArgument when the endpoint is no URL of ours.
  static Result<std::unique_ptr<Bucket>> make(Options options, Ports ports);

  struct Answer {
    PlainResponse response;
    bool is_repeated = false;  // an earlier attempt may have had its effect
  };
  // Any answer that another attempt would not change.
  Result<Answer> call(const Call& call);
  // As an error, with what the server says is wrong.
  static Error refused(const PlainResponse& response);

  const Options& options() const { return options_; }
  const Logger& log() const { return ports_.log; }

 private:
  Bucket(Options options, Ports ports);
  PlainRequest sign(const Call& call, const std::string& payload_sha256) const;
  void pause(std::size_t attempt);

  Options options_;
  Ports ports_;
  std::string scheme_;
  std::string host_;
  std::string base_path_;  // "" or "/bucket"
  Connections connections_;
  Counter& requests_;
  Counter& repeated_;
  Counter& failed_;
};

}  // namespace kuramori::storage::blobs_s3
