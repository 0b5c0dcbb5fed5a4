// Files that policy holds, between approvals, which decide about them, and inspection and the library, which
// keep them.
#pragma once
#include <functional>
#include <mutex>
#include <vector>

#include "app/organisation.hpp"
#include "approvals/held_files.hpp"
#include "inspection/records.hpp"
#include "media/library.hpp"

namespace kuramori::app {

// Who wants to hear of held files. Thread-safe.
class FileWatchers {
 public:
  void add(std::function<void()> watcher) {
    const std::scoped_lock lock(mutex_);
    watchers_.push_back(std::move(watcher));
  }
  void notify() {
    const std::scoped_lock lock(mutex_);
    for (const auto& watcher : watchers_) watcher();
  }

 private:
  std::mutex mutex_;
  std::vector<std::function<void()>> watchers_;
};

class HeldFilesOfInspection final : public approvals::HeldFiles {
 public:
  HeldFilesOfInspection(inspection::Records& records, media::Library& library, gate::Gate& gate,
                        FileWatchers& watchers)
      : records_(records), library_(library), gate_(gate), watchers_(watchers) {}

  runtime::Task<Result<std::vector<approvals::HeldFile>>> waiting() override;
  runtime::Task<Result<Fate>> fate(std::string uri) override;
  runtime::Task<Result<void>> release(gate::Subject uploader, approvals::Request request) override;
  runtime::Task<Result<void>> remove(approvals::Request request) override;
  void add_watcher(std::function<void()> watcher) override { watchers_.add(std::move(watcher)); }

 private:
  runtime::Task<Result<inspection::InspectionRecord>> record_of(std::string uri);
  runtime::Task<Result<gate::Permit>> permit(gate::Subject subject, gate::Operation operation,
                                             std::string uri);

  inspection::Records& records_;
  media::Library& library_;
  gate::Gate& gate_;
  FileWatchers& watchers_;
};

}  // namespace kuramori::app
