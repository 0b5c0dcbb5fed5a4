// The way of content, hop by hop. Reads what is stored; who asks must be allowed to see what it answers.
#pragma once
#include <string>
#include <vector>

#include "provenance/content_book.hpp"
#include "runtime/task.hpp"

namespace kuramori::provenance {

struct Hop {
  RoomId room = {};
  EventId event = {};
  UserId sender = {};
  std::int64_t sent_ms = 0;
  std::string label = {};  // as it was sent there; empty: none
  StreamPosition position = {};
};

class History {
 public:
  static constexpr std::size_t kHopsMax = 64;

  History(storage::Reader& reader, const MarkKey& key) : reader_(reader), key_(key) {}

  // From where the content of the event was seen first to the event itself, which is the last. NotFound when
  // there is no such event in the room.
  runtime::Task<Result<std::vector<Hop>>> way_of(RoomId room, EventId event) const;
  // Where the file was sent, in the order of the stream: up to `limit`, after `after`.
  runtime::Task<Result<std::vector<Hop>>> places_of_file(std::string uri, StreamPosition after,
                                                         std::size_t limit) const;

 private:
  storage::Reader& reader_;
  const MarkKey& key_;
};

}  // namespace kuramori::provenance
