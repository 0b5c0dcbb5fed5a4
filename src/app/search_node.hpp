// The search of one organisation: its index and what asks it.
#pragma once
#include "app/config.hpp"
#include "app/organisation.hpp"
#include "rooms/service.hpp"
#include "search/indexer.hpp"
#include "search/searcher.hpp"

namespace kuramori::app {

class SearchNode {
 public:
  SearchNode(const Config& config, Environment environment, Organisation& organisation,
             rooms::RoomService& rooms, const rooms::RecentEvents& recent);

  search::Indexer& indexer() { return indexer_; }
  search::Searcher& searcher() { return searcher_; }

 private:
  search::Indexer indexer_;
  search::Searcher searcher_;
};

}  // namespace kuramori::app
