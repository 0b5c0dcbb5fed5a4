// A stretch of the stream as the index takes it: the searched events of each room, with edits and redactions
// already applied to what is in the batch.
#pragma once
#include <map>
#include <set>

#include "search/indexed_text.hpp"
#include "search/segment.hpp"

namespace kuramori::search {

class RoomBatch {
 public:
  RoomBatch(RoomIndex index, rooms::RoomSecrets secrets)
      : index_(std::move(index)), secrets_(std::move(secrets)) {}

  // One event of the room; the snapshot holds it.
  Result<void> take(storage::Snapshot& snapshot, const storage::Row& row);
  Result<void> take(storage::Snapshot& snapshot, const rooms::StoredEvent& event);

  const RoomIndex& index() const { return index_; }
  std::int64_t documents() const { return static_cast<std::int64_t>(documents_.size()); }
  bool empty() const { return documents_.empty() && removed_.empty(); }
  // Sorted.
  std::vector<Posting> postings() const;
  std::vector<std::int64_t> removed() const { return {removed_.begin(), removed_.end()}; }

 private:
  struct Document {
    std::vector<std::pair<Token, std::uint8_t>> tokens = {};
    StreamPosition edit = {};
  };
  Result<void> take_event(storage::Snapshot& snapshot, const rooms::StoredEvent& event, Key key);
  Result<void> take_redaction(storage::Snapshot& snapshot, const rooms::StoredEvent& redaction);
  // As it is now; nothing of it when it was redacted.
  Result<void> index_again(storage::Snapshot& snapshot, StreamPosition position);
  Result<void> put(storage::Snapshot& snapshot, const rooms::StoredEvent& event, Key key);

  RoomIndex index_;
  rooms::RoomSecrets secrets_;
  std::map<std::int64_t, Document> documents_;
  std::set<std::int64_t> removed_;
};

}  // namespace kuramori::search
