// Unread counts of one user in one room: push rules evaluated lazily, when the user syncs, over the events
// since the last time. What counts is kept as a list of positions, so that a receipt only takes from it
// (client-server API, "Receiving notifications"; module receipts, "Threaded read receipts").
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/identifiers.hpp"
#include "sync/changes.hpp"

namespace kuramori::sync {

struct UnreadCounts {
  std::int64_t notifications = 0;
  std::int64_t highlights = 0;
};

struct UnreadSummary {
  UnreadCounts total;
  UnreadCounts main;                            // outside threads
  std::map<std::string, UnreadCounts> threads;  // by thread root
};

// What one event does to the counts of a reader.
struct UnreadStep {
  enum class Kind : std::uint8_t {
    Counts,  // notifies or highlights
    Reads,   // of the reader: who writes has read what stands above, in that thread
    Joins,   // of the reader: what was before the joining does not count
  };
  Kind kind;
  StreamPosition position;
  std::string thread = {};  // root event, or empty
  bool notifies = false;
  bool highlights = false;
};

class UnreadState {
 public:
  // Of more unread events than this only the newest count.
  static constexpr std::size_t kItemsMax = 10'000;

  // Everything up to here has been evaluated; 0 before the first time.
  StreamPosition evaluated() const;
  // Receipts up to here have been applied; 0 before the first time.
  StreamPosition receipts_applied() const;
  // The steps of (evaluated, up_to], oldest first. Another request may have been quicker: what it took counts
  // once.
  void add(const std::vector<UnreadStep>& steps, StreamPosition up_to);
  // Takes away what the reader's receipts cover.
  void apply(const std::vector<Receipt>& receipts, StreamPosition up_to);
  UnreadSummary summary() const;
  // Where the counts last changed.
  StreamPosition changed() const;

 private:
  struct Item {
    StreamPosition position;
    std::string thread;
    bool notifies;
    bool highlights;
  };
  mutable std::mutex mutex_;
  StreamPosition evaluated_;
  StreamPosition receipts_applied_;
  StreamPosition changed_;
  std::vector<Item> items_;
};

}  // namespace kuramori::sync
