#include "search/searcher.hpp"

#include <algorithm>

#include "search/indexed_text.hpp"
#include "search/search_state.hpp"

namespace kuramori::search {
namespace {

constexpr std::size_t kExaminedMax = 1'000;      // events opened for one page
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

struct Searcher::Verified {
  struct Result_ {
    std::size_t candidate;
    rooms::RoomEventPtr event;
  };
  std::vector<Result_> results = {};
  std::vector<std::string> highlights = {};
  std::size_t examined = 0;
  std::int64_t rejected = 0;
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

runtime::Task<Result<void>> Searcher::open_rooms(const gate::Permit& permit, std::vector<RoomHits> found,
                                                 Search& search) {
  const std::optional<Cursor>& from = search.query.from;
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
    const auto number = static_cast<std::uint32_t>(search.rooms.size());
    for (const Hit& hit : room.hits) {
      if (!look->view.sees({hit.position})) continue;
      ++search.total;
      if (from && !from->precedes(hit.score, hit.position)) continue;
      search.candidates.push_back({.score = hit.score, .position = hit.position, .room = number});
    }
    search.rooms.push_back(
        {.id = std::move(room.room), .look = *std::move(look), .permit = std::move(*allowed)});
  }
  const bool by_rank = search.query.order == Order::Rank;
  const auto comes_first = [by_rank](const Candidate& a, const Candidate& b) {
    if (by_rank && a.score != b.score) return a.score > b.score;
    return a.position > b.position;
  };
  auto& candidates = search.candidates;
  search.has_more_candidates = candidates.size() > kExaminedMax;
  if (search.has_more_candidates) {
    std::ranges::nth_element(candidates, candidates.begin() + kExaminedMax, comes_first);
    candidates.resize(kExaminedMax);
  }
  std::ranges::sort(candidates, comes_first);
  co_return Result<void>();
}

Result<Searcher::Verified> Searcher::verify(storage::Snapshot& snapshot, const Search& search) {
  Verified verified;
  for (const Candidate& candidate : search.candidates) {
    if (verified.results.size() == search.query.limit) break;
    const std::size_t number = verified.examined++;
    const rooms::RoomLook& look = search.rooms[candidate.room].look;
    KURAMORI_TRY(row, rooms::event_row_at(snapshot, {candidate.position}));
    ++verified.rejected;
    if (!passes(search.query, look.view, rooms::event_columns(row))) continue;
    KURAMORI_TRY(event, rooms::open_event(row, look.secrets.key, *look.secrets.version));
    if (!search.query.filter.matches_event(*event.event)) continue;
    KURAMORI_TRY(shown, shown_text(snapshot, look.secrets, event, &look.view));
    if (!contains_all(terms_of(shown.text), search.query.terms, &verified.highlights)) continue;
    KURAMORI_TRY(rendered, rooms::rendered_event(snapshot, look.secrets, row));
    --verified.rejected;
    verified.results.push_back({.candidate = number, .event = std::move(rendered)});
  }
  return verified;
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
    const Candidate& candidate = search.candidates[result.candidate];
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
  if (search.has_more_candidates || verified.examined < search.candidates.size()) {
    const Candidate& last = search.candidates[verified.examined - 1];
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
