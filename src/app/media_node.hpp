// The files of one organisation: their store, their workers, their library.
#pragma once
#include <memory>

#include "app/held_files.hpp"
#include "app/inspection_node.hpp"
#include "app/organisation.hpp"
#include "app/thumbnailer.hpp"
#include "media/library.hpp"
#include "runtime/worker_pool.hpp"

namespace kuramori::app {

class MediaNode {
 public:
  // Files lie in <data_dir>/media, or in the bucket of [media.s3].
  static Result<std::unique_ptr<MediaNode>> open(const Config& config, Environment environment,
                                                 Organisation& organisation,
                                                 inspection::FileLabels* labels = nullptr);

  // Only where files lie, for what restores them.
  static Result<std::unique_ptr<storage::BlobStore>> open_blobs(const Config& config,
                                                                const Environment& environment);

  media::Library& library() { return library_; }
  storage::BlobStore& blobs() { return *blobs_; }
  // What policy holds until it is approved; null: files are not inspected.
  approvals::HeldFiles* held_files() { return held_files_.get(); }
  FileWatchers& watchers() { return watchers_; }

 private:
  MediaNode(const Config& config, Environment environment, Organisation& organisation,
            std::unique_ptr<storage::BlobStore> blobs, inspection::FileLabels* labels);

  std::unique_ptr<storage::BlobStore> blobs_;
  runtime::WorkerPool workers_;
  SandboxedThumbnailer thumbnailer_;
  FileWatchers watchers_;
  std::unique_ptr<InspectionNode> inspection_;  // null: files are released as they come
  media::Library library_;
  std::unique_ptr<HeldFilesOfInspection> held_files_;
};

}  // namespace kuramori::app
