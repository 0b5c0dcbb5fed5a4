// Answers searches: looks terms up in the indexes of the rooms that the searcher is or was in, judges what it
// found by the gate, by history visibility and by whom the searcher ignores, and checks each result against
// its opened text.
//
// The permit is for SearchRead; each room with results is asked for with RoomRead besides, as for any other
// read.
#pragma once
#include <map>

#include "base/metrics.hpp"
#include "gate/gate.hpp"
#include "rooms/room_look.hpp"
#include "rooms/service.hpp"
#include "search/candidates.hpp"
#include "search/query.hpp"
#include "search/segment.hpp"
#include "storage/key_ring.hpp"

namespace kuramori::search {

struct FoundContext {
  StreamPosition start = {};
  StreamPosition end = {};
  std::vector<rooms::PersonalEvent> before = {};         // newest first
  std::vector<rooms::PersonalEvent> after = {};          // oldest first
  std::map<UserId, rooms::MemberProfile> profiles = {};  // of the senders, as they were
};

struct FoundEvent {
  double rank = 0;  // 0 to 1
  rooms::RoomEventPtr event = {};
  std::string personal = {};  // further members of `unsigned`
  std::optional<FoundContext> context = {};
};

struct FoundGroup {
  std::int64_t order = 0;
  std::vector<EventId> results = {};
  std::optional<Cursor> next = {};
};

struct SearchResults {
  std::int64_t count = 0;  // exact up to kCountedMax candidates; an estimate beyond
  std::vector<std::string> highlights = {};
  std::vector<FoundEvent> results = {};
  std::map<RoomId, std::vector<rooms::RoomEventPtr>> state = {};
  std::map<std::string, FoundGroup> rooms = {};
  std::map<std::string, FoundGroup> senders = {};
  std::optional<Cursor> next = {};
};

constexpr std::size_t kCountedMax = 10;  // candidates that are all opened, so that their number is right

class Searcher {
 public:
  struct Ports {
    storage::Reader& reader;
    storage::KeyRing& keys;
    rooms::RoomService& rooms;
    gate::Gate& gate;
    const Clock& clock;
    MetricsRegistry& metrics;
  };
  explicit Searcher(Ports ports);

  runtime::Task<Result<SearchResults>> search(const gate::Permit& permit, SearchQuery query);

 private:
  struct RoomHits {
    RoomId room;
    std::vector<Hit> hits;
  };
  // A room with results that the searcher may look into.
  struct OpenRoom {
    RoomId id;
    rooms::RoomLook look;
    gate::Permit permit;
  };
  struct Search;
  struct Verified;

  runtime::Task<Result<std::vector<RoomId>>> rooms_to_search(UserId user, const SearchQuery& query);
  Result<std::vector<RoomHits>> look_up(storage::Snapshot& snapshot, const std::vector<RoomId>& rooms,
                                        const SearchQuery& query);
  runtime::Task<Result<void>> open_rooms(const gate::Permit& permit, std::vector<RoomHits> found,
                                         Search& search);
  static void take_hits(std::span<const Hit> hits, const rooms::ReaderView& view, Search& search,
                        Candidates& candidates);
  static Result<std::optional<storage::Row>> result_at(storage::Snapshot& snapshot, const Search& search,
                                                       const Candidate& candidate,
                                                       std::vector<std::string>* highlights);
  static Result<Verified> verify(storage::Snapshot& snapshot, const Search& search);
  static Result<void> look_ahead(storage::Snapshot& snapshot, const Search& search, Verified& verified);
  runtime::Task<Result<void>> personalise(Search& search);
  runtime::Task<Result<FoundContext>> context_of(const OpenRoom& room, rooms::RoomEventPtr event,
                                                 ContextWanted wanted);
  runtime::Task<Result<void>> add_state(Search& search);
  static void group(Search& search);

  const Ports ports_;
  Histogram& seconds_;
  Counter& examined_;
};

}  // namespace kuramori::search
