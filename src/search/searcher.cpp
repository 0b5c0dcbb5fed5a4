#include "search/searcher.hpp"

#include <algorithm>
#include <set>

#include "search/indexed_text.hpp"
#include "search/search_state.hpp"

namespace kuramori::search {
namespace {

constexpr std::size_t kHitsMax = 4'000'000;      // of one search, in memory
constexpr std::size_t kSendersLookedUpMax = 20;  // more of them are compared event by event
constexpr std::size_t kHighlightsMax = 100;

bool looks_up_senders(const SearchQuery& query) {
  return query.filter.senders && query.filter.senders->size() <= kSendersLookedUpMax;
}

std::vector<Token> sender_tokens(const Tokens& tokens, const SearchQuery& query) {
  std::vector<Token> wanted;
  if (query.from && !query.from->sender.empty()) {
    wanted.push_back(tokens.sender(query.from->sender));
  } else if (looks_up_senders(query)) {
    for (const std::string& sender : *query.filter.senders) wanted.push_back(tokens.sender(sender));
  }
  return wanted;
}

bool passes(const SearchQuery& query, const rooms::ReaderView& view, const rooms::EventColumns& columns) {
  const auto key = key_of(columns.type, columns.state_key);
  if (!key || (query.keys & static_cast<std::uint8_t>(*key)) == 0) return false;
  if (!columns.state_key && view.ignores(columns.sender)) return false;
  if (query.from && !query.from->sender.empty() && columns.sender != query.from->sender) return false;
  return query.filter.matches(columns.type, columns.sender);
}

// Of a message that is nothing but what was searched for.
double best_score(const Terms& terms) {
  std::size_t lookups = terms.words.size() + terms.symbols.size();
  for (const std::string& run : terms.runs) lookups += std::max<std::size_t>(2, characters(run)) - 1;
  constexpr double kBestOfOne = kWeightOfState + 1;
  return kBestOfOne * static_cast<double>(std::min(lookups, kLookupsMax));
}

void tidy(std::vector<std::string>& highlights) {
  std::ranges::sort(highlights);
  const auto repeated = std::ranges::unique(highlights);
  highlights.erase(repeated.begin(), repeated.end());
  if (highlights.size() > kHighlightsMax) highlights.resize(kHighlightsMax);
}

}  // namespace

// What is known of candidates once their events were opened.
struct Searcher::Verified {
  struct Result_ {
    std::size_t candidate;
    rooms::RoomEventPtr event;
  };
  std::vector<Result_> results = {};
  std::vector<std::string> highlights = {};
  std::size_t examined = 0;
  std::int64_t rejected = 0;
  std::size_t passed = 0;  // candidates up to the end of the page
  // Beyond the page.
  bool has_more = false;
  std::set<std::uint32_t> rooms = {};
  std::set<std::string, std::less<>> senders = {};
  std::set<std::uint32_t> open_rooms = {};  // groups of the page of which nothing was found beyond it yet
  std::set<std::string, std::less<>> open_senders = {};

  bool knows_how_it_goes_on() const { return has_more && open_rooms.empty() && open_senders.empty(); }
  void note_further(std::uint32_t room, std::string_view sender) {
    has_more = true;
    if (open_rooms.erase(room) > 0) rooms.insert(room);
    const auto at = open_senders.find(sender);
    if (at != open_senders.end()) senders.insert(open_senders.extract(at));
  }
};

Searcher::Searcher(Ports ports)
    : ports_(ports),
      seconds_(
          ports.metrics.histogram("kuramori_search_seconds", "How long searches take.", duration_bounds())),
      examined_(ports.metrics.counter("kuramori_search_examined_total",
                                      "Events opened to check what was found.")) {}

runtime::Task<Result<std::vector<RoomId>>> Searcher::rooms_to_search(UserId user, const SearchQuery& query) {
  auto reading = ports_.rooms.rooms_of(std::move(user));
  KURAMORI_CO_TRY(memberships, co_await std::move(reading));
  std::vector<RoomId> wanted;
  for (rooms::UserRoom& room : memberships) {
    using matrix::Membership;
    const bool was_in = room.membership == Membership::Join || room.membership == Membership::Leave ||
                        room.membership == Membership::Ban;
    if (!was_in || room.forgotten || !query.filter.matches_room(room.room.view())) continue;
    if (query.from && !query.from->room.empty() && query.from->room != room.room.view()) continue;
    wanted.push_back(std::move(room.room));
  }
  co_return wanted;
}

Result<std::vector<Searcher::RoomHits>> Searcher::look_up(storage::Snapshot& snapshot,
                                                          const std::vector<RoomId>& rooms,
                                                          const SearchQuery& query) {
  std::vector<RoomHits> found;
  std::size_t total = 0;
  for (const RoomId& room : rooms) {
    const auto key = ports_.keys.get_in(snapshot, crypto::KeyScope::Room, room.view());
    // A destroyed key took the room's index with it.
    if (!key && key.error().code() == ErrorCode::NotFound) continue;
    if (!key) return key.error();
    const RoomIndex index(room, *key);
    const auto wanted = index.tokens().wanted(query.terms);
    const auto senders = sender_tokens(index.tokens(), query);
    KURAMORI_TRY(hits, index.find(snapshot, wanted, senders));
    if (hits.empty()) continue;
    total += hits.size();
    found.push_back({.room = room, .hits = std::move(hits)});
    if (total > kHitsMax) break;
  }
  return found;
}

// What the reader may see, of the room that is opened next.
void Searcher::take_hits(std::span<const Hit> hits, const rooms::ReaderView& view, Search& search,
                         Candidates& candidates) {
  const std::optional<Cursor>& from = search.query.from;
  const auto room = static_cast<std::uint32_t>(search.rooms.size());
  for (const Hit& hit : hits) {
    if (!view.sees({hit.position})) continue;
    ++search.total;
    const Candidate candidate{.score = hit.score, .position = hit.position, .room = room};
    if (!from || from->precedes(hit.score, hit.position)) {
      candidates.add(candidate);
    } else if (search.earlier.size() < kCountedMax) {
      search.earlier.push_back(candidate);
    }
  }
}

runtime::Task<Result<void>> Searcher::open_rooms(const gate::Permit& permit, std::vector<RoomHits> found,
                                                 Search& search) {
  Candidates candidates(search.query.order, search.query.by_room || search.query.by_sender);
  for (RoomHits& room : found) {
    gate::Action action{.subject = permit.subject(), .operation = gate::Operation::RoomRead, .resource = {}};
    action.resource.room = room.room;
    auto admission = co_await ports_.gate.admit(std::move(action));
    if (auto* error = std::get_if<Error>(&admission)) co_return std::move(*error);
    auto* allowed = std::get_if<gate::Permit>(&admission);
    if (allowed == nullptr) continue;
    auto looking = rooms::look_into(ports_.rooms, permit, room.room);
    auto look = co_await std::move(looking);
    if (!look && look.error().code() == ErrorCode::Forbidden) continue;
    if (!look) co_return std::move(look).error();
    if (look->is_encrypted) continue;
    take_hits(room.hits, look->view, search, candidates);
    search.rooms.push_back(
        {.id = std::move(room.room), .look = *std::move(look), .permit = std::move(*allowed)});
  }
  search.candidates = std::move(candidates).sort();
  co_return Result<void>();
}

// The row of a candidate that is a result; nothing otherwise.
Result<std::optional<storage::Row>> Searcher::result_at(storage::Snapshot& snapshot, const Search& search,
                                                        const Candidate& candidate,
                                                        std::vector<std::string>* highlights) {
  const rooms::RoomLook& look = search.rooms[candidate.room].look;
  KURAMORI_TRY(row, rooms::event_row_at(snapshot, {candidate.position}));
  if (!passes(search.query, look.view, rooms::event_columns(row))) return std::optional<storage::Row>();
  KURAMORI_TRY(event, rooms::open_event(row, look.secrets.key, *look.secrets.version));
  if (look.view.hides(*event.event)) return std::optional<storage::Row>();
  if (!search.query.filter.matches_event(*event.event)) return std::optional<storage::Row>();
  KURAMORI_TRY(shown, shown_text(snapshot, look.secrets, event, &look.view));
  const bool is_found = contains_all(terms_of(shown.text), search.query.terms, highlights);
  return is_found ? std::optional(std::move(row)) : std::nullopt;
}

// The page, and as much after it as tells whether there is more, of each of its groups too. Few candidates
// are all opened, so that their number is right.
Result<Searcher::Verified> Searcher::verify(storage::Snapshot& snapshot, const Search& search) {
  Verified verified;
  const bool counts_all = search.total <= static_cast<std::int64_t>(kCountedMax);
  for (const Candidate& candidate : search.candidates.best) {
    const bool is_full = verified.results.size() == search.query.limit;
    if (is_full && !counts_all && verified.knows_how_it_goes_on()) break;
    const std::size_t number = verified.examined++;
    KURAMORI_TRY(row, result_at(snapshot, search, candidate, is_full ? nullptr : &verified.highlights));
    if (!is_full) verified.passed = verified.examined;
    if (!row) {
      ++verified.rejected;
      continue;
    }
    const std::string_view sender = rooms::event_columns(*row).sender;
    if (is_full) {
      verified.note_further(candidate.room, sender);
      continue;
    }
    if (search.query.by_room) verified.open_rooms.insert(candidate.room);
    if (search.query.by_sender) verified.open_senders.emplace(sender);
    KURAMORI_TRY(rendered, rooms::rendered_event(snapshot, search.rooms[candidate.room].look.secrets, *row));
    verified.results.push_back({.candidate = number, .event = std::move(rendered)});
  }
  KURAMORI_CHECK(look_ahead(snapshot, search, verified));
  if (!counts_all) return verified;
  for (const Candidate& candidate : search.earlier) {
    ++verified.examined;
    KURAMORI_TRY(row, result_at(snapshot, search, candidate, nullptr));
    if (!row) ++verified.rejected;
  }
  return verified;
}

// What lies beyond the examined candidates. What stays open after a bounded number of them goes on, maybe to
// a page without results.
Result<void> Searcher::look_ahead(storage::Snapshot& snapshot, const Search& search, Verified& verified) {
  std::size_t looked_at = 0;
  for (const Candidate& candidate : search.candidates.beyond) {
    if (verified.knows_how_it_goes_on()) return {};
    const bool is_wanted =
        !verified.has_more || !verified.open_senders.empty() || verified.open_rooms.contains(candidate.room);
    if (!is_wanted) continue;
    if (looked_at++ == kLookedAheadMax) {
      verified.has_more = true;
      verified.rooms.merge(verified.open_rooms);
      verified.senders.merge(verified.open_senders);
      return {};
    }
    ++verified.examined;
    KURAMORI_TRY(row, result_at(snapshot, search, candidate, nullptr));
    if (row) verified.note_further(candidate.room, rooms::event_columns(*row).sender);
  }
  if (search.candidates.is_cut) verified.has_more = true;
  return {};
}

runtime::Task<Result<SearchResults>> Searcher::search(const gate::Permit& permit, SearchQuery query) {
  permit.require(gate::Operation::SearchRead);
  if (query.terms.empty()) co_return SearchResults();
  const SteadyTime begun = ports_.clock.steady_now();
  Search search{.query = std::move(query)};
  auto choosing = rooms_to_search(permit.subject().user, search.query);
  KURAMORI_CO_TRY(rooms, co_await std::move(choosing));
  auto looking_up = [&](storage::Snapshot& snapshot) { return look_up(snapshot, rooms, search.query); };
  auto reading = ports_.reader.read(std::move(looking_up));
  KURAMORI_CO_TRY(found, co_await std::move(reading));
  auto opening = open_rooms(permit, std::move(found), search);
  KURAMORI_CO_CHECK(co_await std::move(opening));
  auto verifying = [&search](storage::Snapshot& snapshot) { return verify(snapshot, search); };
  auto checking = ports_.reader.read(std::move(verifying));
  KURAMORI_CO_TRY(verified, co_await std::move(checking));
  examined_.add(verified.examined);

  SearchResults& results = search.results;
  results.count = search.total - verified.rejected;
  const double best = best_score(search.query.terms);
  for (auto& result : verified.results) {
    const Candidate& candidate = search.candidates.best[result.candidate];
    search.room_of.push_back(candidate.room);
    search.scores.push_back(candidate.score);
    results.results.push_back({.rank = std::min(1.0, static_cast<double>(candidate.score) / best),
                               .event = std::move(result.event)});
  }
  results.highlights = std::move(verified.highlights);
  for (const auto* list : {&search.query.terms.runs, &search.query.terms.symbols}) {
    if (!results.results.empty())
      results.highlights.insert(results.highlights.end(), list->begin(), list->end());
  }
  tidy(results.highlights);
  search.rooms_going_on = std::move(verified.rooms);
  search.senders_going_on = std::move(verified.senders);
  if (verified.has_more) {
    const Candidate& last = search.candidates.best[verified.passed - 1];
    results.next = search.query.from.value_or(Cursor());
    results.next->order = search.query.order;
    results.next->score = last.score;
    results.next->position = last.position;
  }
  group(search);
  auto personalising = personalise(search);
  KURAMORI_CO_CHECK(co_await std::move(personalising));
  if (search.query.include_state) {
    auto adding = add_state(search);
    KURAMORI_CO_CHECK(co_await std::move(adding));
  }
  seconds_.observe(std::chrono::duration<double>(ports_.clock.steady_now() - begun).count());
  co_return std::move(search.results);
}

}  // namespace kuramori::search
