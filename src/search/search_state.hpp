// One search under way. Private to the module.
#pragma once
#include "search/searcher.hpp"

namespace kuramori::search {

struct Searcher::Search {
  SearchQuery query;
  std::vector<OpenRoom> rooms = {};
  std::vector<Candidate> candidates = {};   // the next in order, a bounded number
  std::int64_t total = 0;                   // candidates of all pages
  bool has_more_candidates = false;         // beyond those
  std::vector<std::uint32_t> room_of = {};  // of each result
  std::vector<std::uint8_t> scores = {};    // the same
  SearchResults results = {};
};

}  // namespace kuramori::search
