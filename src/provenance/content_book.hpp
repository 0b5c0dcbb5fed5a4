// Which content was seen in which rooms, and under which label. Follows the stream; the gate asks it before
// every send. Thread-safe; an answer is a few looks under one lock.
//
//   ContentBook book(MarkKey(keys.organisation_key()), [&] { return gate.policy(); });
//   store.add_listener(book);
//   book.origin(content, room).is_forwarded;
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "gate/ports.hpp"
#include "governance/compiled_policy.hpp"
#include "provenance/marks.hpp"
#include "rooms/room_event.hpp"
#include "storage/store.hpp"

namespace kuramori::provenance {

// Somebody gave a message another label: what it is known again by has it, whatever was seen up to `at`.
struct Relabelled {
  Mark mark = {};
  std::string label = {};  // empty: none
  StreamPosition at = {};
};

struct Sighting {
  Mark mark = {};
  StreamPosition position = {};  // 0: of a file that was labelled before anybody sent it
  RoomId room = {};
  std::string label = {};
  StreamPosition origin = {};  // 0: it came from nowhere else
  std::uint32_t hops = 0;
  bool no_forward = false;
};

class ContentBook final : public gate::ContentOrigins, public storage::StreamListener {
 public:
  using PolicyInForce = std::function<std::shared_ptr<const governance::CompiledPolicy>()>;
  struct Options {
    std::size_t marks_max = 2'000'000;     // about 120 bytes each; the oldest are forgotten
    std::size_t pending_max = 100'000;     // sightings that are not written yet
    std::size_t relabelled_max = 500'000;  // marks; the oldest are forgotten, and count as they were sent
  };
  ContentBook(MarkKey key, PolicyInForce policy, Options options);
  ContentBook(MarkKey key, PolicyInForce policy)
      : ContentBook(std::move(key), std::move(policy), Options()) {}

  governance::ContentOrigin origin(const json::Object& content, std::string_view room) const override;
  std::string_view label_of_file(std::string_view uri) const override;

  void committed(std::span<const Change> changes) override;
  // The same for one event, when it is read anew.
  void see(StreamPosition position, const RoomId& room, const matrix::Event& event);
  // From storage, in the order of the stream.
  void recall(const Sighting& sighting);
  // After its commit, and from storage before anything is recalled.
  void relabel(const Relabelled& relabelled);
  // A file is labelled from now on, at least so; `work` keeps it. Before the commit: what fails stays
  // labelled, too.
  void label_file(storage::UnitOfWork& work, std::string_view uri, std::string_view label);

  struct Pending {
    std::vector<Sighting> sightings = {};
    StreamPosition reached = {};  // everything up to here was seen
    bool has_lost = false;        // there were too many: read the stream again
  };
  Pending take_pending();

  const MarkKey& marks() const { return key_; }

 private:
  using RoomNumber = std::uint32_t;  // 0: no room
  struct Entry {
    RoomNumber first_room = 0;
    RoomNumber last_room = 0;
    std::uint16_t label = 0;  // place in labels_ and one; 0: none
    std::uint16_t hops = 0;
    bool no_forward = false;  // once marked, always
    StreamPosition last_seen = {};
  };
  struct Place {
    StreamPosition position;
    RoomNumber room;
    std::uint16_t label;
    bool no_forward;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct Decided {
    std::uint16_t label = 0;
    StreamPosition at = {};
  };
  enum class Worth : bool { OnlyWhenNotable, Always };

  const Entry* find(const Mark& mark) const;
  Entry& entry_for(const Mark& mark);
  RoomNumber number_of(std::string_view room);
  std::uint16_t label_number(std::string_view label);
  std::string_view label_text(std::uint16_t number) const;
  std::uint16_t join(std::uint16_t one, std::uint16_t other, const governance::LabelLattice& labels) const;
  void raise(Entry& entry, const Mark& mark, std::uint16_t label, StreamPosition seen,
             const governance::LabelLattice& labels);
  void note(const Mark& mark, const Place& place, Worth worth, const governance::LabelLattice& labels);
  void follow(StreamPosition position, const RoomId& room, const matrix::Event& event,
              const governance::LabelLattice& labels);

  const MarkKey key_;
  const PolicyInForce policy_;
  const Options options_;
  mutable std::mutex mutex_;
  std::unordered_map<Mark, Entry, MarkHash> entries_;
  std::deque<Mark> order_;  // in the order of being seen first
  std::unordered_map<Mark, Decided, MarkHash> decided_;
  std::deque<Mark> decided_order_;
  std::unordered_map<std::string, RoomNumber, TextHash, std::equal_to<>> rooms_;
  std::deque<std::string_view> room_ids_;  // of rooms_
  std::deque<std::string> labels_;
  Pending pending_;
};

storage::Row row_of(const Relabelled& relabelled);
Relabelled relabelled_of(const storage::Row& row);
storage::Row row_of(const Sighting& sighting);
Sighting sighting_of(const storage::Row& row);

}  // namespace kuramori::provenance
