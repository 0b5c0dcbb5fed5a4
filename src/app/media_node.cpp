#include "app/media_node.hpp"

#include <algorithm>
#include <thread>

#include "storage/blobs_directory/blob_directory.hpp"

namespace kuramori::app {
namespace {

media::Library::Options library_options(const Config& config) {
  return {.server = ServerName(config.server.name),
          .upload_bytes_max = static_cast<std::uint64_t>(config.media.upload_bytes_max),
          .quota_bytes_per_user = static_cast<std::uint64_t>(config.media.quota_bytes_per_user),
          .transfers_max = static_cast<std::size_t>(config.media.transfers_max)};
}

// Each transfer has at most one job under way.
runtime::WorkerPool::Options workers(const Config& config) {
  return {.name = "files",
          .threads = std::max<std::size_t>(2, std::thread::hardware_concurrency()),
          .queue_max = static_cast<std::size_t>(config.media.transfers_max) + 100'000};
}

}  // namespace

MediaNode::MediaNode(const Config& config, Environment environment, Organisation& organisation,
                     std::unique_ptr<storage::BlobStore> blobs)
    : blobs_(std::move(blobs)),
      workers_(workers(config)),
      library_({.store = organisation.store(),
                .keys = organisation.keys(),
                .gate = organisation.gate(),
                .blobs = *blobs_,
                .workers = workers_,
                .clock = environment.clock,
                .random = environment.random,
                .metrics = environment.metrics,
                .log = environment.log},
               library_options(config)) {}

Result<std::unique_ptr<MediaNode>> MediaNode::open(const Config& config, Environment environment,
                                                   Organisation& organisation) {
  KURAMORI_TRY(blobs, storage::blobs_directory::open(config.server.data_dir / "media"));
  return std::unique_ptr<MediaNode>(new MediaNode(config, environment, organisation, std::move(blobs)));
}

}  // namespace kuramori::app
