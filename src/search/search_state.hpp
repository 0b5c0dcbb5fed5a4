// One search under way. Private to the module.
#pragma once
#include <set>

#include "search/searcher.hpp"

namespace kuramori::search {

struct Searcher::Search {
  SearchQuery query;
  std::vector<OpenRoom> rooms = {};
  Candidates::Sorted candidates = {};       // the next
  std::vector<Candidate> earlier = {};      // of earlier pages, up to kCountedMax
  std::int64_t total = 0;                   // candidates of all pages
  std::vector<std::uint32_t> room_of = {};  // of each result
  std::vector<std::uint8_t> scores = {};    // the same
  SearchResults results = {};
  // The groups of which there is more on later pages.
  std::set<std::uint32_t> rooms_going_on = {};
  std::set<std::string, std::less<>> senders_going_on = {};
};

}  // namespace kuramori::search
