#include "app/media_node.hpp"

#include <algorithm>
#include <thread>

#include "app/node.hpp"
#include "storage/blobs_directory/blob_directory.hpp"
#include "storage/blobs_s3/blob_bucket.hpp"

namespace kuramori::app {
namespace {

constexpr std::size_t kThreadsOfRemoteStore = 16;

media::Library::Options library_options(const Config& config) {
  return {.server = ServerName(config.server.name),
          .upload_bytes_max = static_cast<std::uint64_t>(config.media.upload_bytes_max),
          .quota_bytes_per_user = static_cast<std::uint64_t>(config.media.quota_bytes_per_user),
          .transfers_max = static_cast<std::size_t>(config.media.transfers_max)};
}

// Each transfer has at most one job under way. Those of a store elsewhere wait more than they work.
runtime::WorkerPool::Options workers(const Config& config) {
  const std::size_t waiting = config.media.store == "s3" ? kThreadsOfRemoteStore : 0;
  return {.name = "files",
          .threads = std::max<std::size_t>(2, std::thread::hardware_concurrency()) + waiting,
          .queue_max = static_cast<std::size_t>(config.media.transfers_max) + 100'000};
}

// Objects are named <server name>/<blob>, so that a bucket can be shared.
Result<std::unique_ptr<storage::BlobStore>> open_bucket(const Config& config,
                                                        const Environment& environment) {
  const MediaS3Config& s3 = config.media_s3;
  KURAMORI_TRY(access_key, read_secret(s3.access_key_file, "media.s3.access_key_file"));
  KURAMORI_TRY(secret_key, read_secret(s3.secret_key_file, "media.s3.secret_key_file"));
  using storage::blobs_s3::Addressing;
  return storage::blobs_s3::open(
      {.endpoint = s3.endpoint,
       .bucket = s3.bucket,
       .prefix = config.server.name + "/",
       .credentials = {.access_key = std::move(access_key),
                       .secret_key = std::move(secret_key),
                       .region = s3.region},
       .addressing = s3.path_style ? Addressing::Path : Addressing::VirtualHost,
       .connection = {.ca_file = s3.ca_file, .verify_tls = config.outgoing.verify_tls}},
      {.clock = environment.clock,
       .random = environment.random,
       .metrics = environment.metrics,
       .log = environment.log});
}

}  // namespace

MediaNode::MediaNode(const Config& config, Environment environment, Organisation& organisation,
                     std::unique_ptr<storage::BlobStore> blobs, inspection::FileLabels* labels)
    : blobs_(std::move(blobs)),
      workers_(workers(config)),
      thumbnailer_(config, environment),
      inspection_(config.inspection.enabled
                      ? std::make_unique<InspectionNode>(config, environment, organisation, labels,
                                                         [this] { watchers_.notify(); })
                      : nullptr),
      library_({.store = organisation.store(),
                .keys = organisation.keys(),
                .gate = organisation.gate(),
                .blobs = *blobs_,
                .workers = workers_,
                .clock = environment.clock,
                .random = environment.random,
                .metrics = environment.metrics,
                .log = environment.log,
                .inspector = inspection_ ? &inspection_->inspector() : nullptr,
                .thumbnailer = &thumbnailer_},
               library_options(config)),
      held_files_(inspection_ ? std::make_unique<HeldFilesOfInspection>(inspection_->records(), library_,
                                                                        organisation.gate(), watchers_)
                              : nullptr) {}

Result<std::unique_ptr<storage::BlobStore>> MediaNode::open_blobs(const Config& config,
                                                                  const Environment& environment) {
  if (config.media.store == "s3") return open_bucket(config, environment);
  return storage::blobs_directory::open(config.server.data_dir / "media");
}

Result<std::unique_ptr<MediaNode>> MediaNode::open(const Config& config, Environment environment,
                                                   Organisation& organisation,
                                                   inspection::FileLabels* labels) {
  KURAMORI_TRY(blobs, open_blobs(config, environment));
  return std::unique_ptr<MediaNode>(
      new MediaNode(config, environment, organisation, std::move(blobs), labels));
}

}  // namespace kuramori::app
