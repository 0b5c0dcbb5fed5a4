// The published rooms as the directory shows them, in its order, kept in memory: a page costs the page, and a
// change of a room that room. Read from storage when rooms may have come or gone.
//
// Its listener follows the stream and must be added to the store. Thread-safe.
#pragma once
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "rooms/directory_page.hpp"
#include "rooms/service.hpp"
#include "runtime/sequencer.hpp"

namespace kuramori::rooms {

class PublishedRooms final : public storage::StreamListener {
 public:
  PublishedRooms(RoomService& rooms, storage::Reader& reader) : rooms_(rooms), reader_(reader) {}

  // A room was published or unlisted.
  void listing_changed();
  runtime::Task<Result<PublicRoomsPage>> page(PublicRoomsQuery query);

  // State of published rooms; new rooms may be published.
  void committed(std::span<const Change> changes) override;

 private:
  struct Room {
    RoomId id;
    std::int64_t members = 0;
    json::Object described;
  };
  using RoomPtr = std::shared_ptr<const Room>;
  using List = std::vector<RoomPtr>;  // the largest first, then by id, so that pages are stable

  bool is_current();
  runtime::Task<Result<void>> bring_up_to_date();
  runtime::Task<Result<void>> describe_changed();
  runtime::Task<Result<void>> read_rooms();

  RoomService& rooms_;
  storage::Reader& reader_;
  runtime::Sequencer updating_{1'024};
  std::mutex mutex_;
  bool is_updating_ = false;
  bool may_have_others_ = true;           // than those of `list_`
  std::unordered_set<RoomId> changed_;    // to be described again
  std::unordered_set<RoomId> published_;  // those whose changes matter
  std::shared_ptr<const List> list_ = std::make_shared<const List>();
};

}  // namespace kuramori::rooms
