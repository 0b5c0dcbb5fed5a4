// Which files are left out with the messages that labels keep out of backups: those that only such messages
// name, and those that were given such a label themselves. After Omissions has seen all events.
#pragma once
#include <map>
#include <set>
#include <string>

#include "backup/omissions.hpp"

namespace kuramori::backup {

class OmittedFiles {
 public:
  OmittedFiles(storage::Snapshot& snapshot, const Omissions& omissions, const provenance::MarkKey& marks)
      : snapshot_(snapshot), omissions_(omissions), marks_(marks) {}

  // Looks through all files once.
  Result<void> find();

  bool is_left_out(std::string_view origin, std::string_view media_id) const;
  // Blobs of these files and of their thumbnails that no other file shares.
  bool is_blob_left_out(std::string_view blob) const { return blobs_.contains(blob); }
  std::int64_t files() const { return static_cast<std::int64_t>(files_.size()); }
  // What is kept for the owner of a row of `media_usage`, without what is left out.
  storage::Row usage(storage::Row row) const;

 private:
  struct Usage {
    std::int64_t bytes = 0;
    std::int64_t files = 0;
  };
  Result<bool> decide(const storage::Row& media);
  Result<bool> has_label_of_its_own(const provenance::Mark& mark);
  Result<bool> is_needed(const provenance::Mark& mark);
  Result<void> leave_out(const storage::Row& media);

  storage::Snapshot& snapshot_;
  const Omissions& omissions_;
  const provenance::MarkKey& marks_;
  std::set<std::string, std::less<>> files_;  // uris
  std::set<std::string, std::less<>> blobs_;
  std::map<std::string, Usage, std::less<>> usage_;
};

}  // namespace kuramori::backup
