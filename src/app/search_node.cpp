#include "app/search_node.hpp"

namespace kuramori::app {

SearchNode::SearchNode(const Config& config, Environment environment, Organisation& organisation,
                       rooms::RoomService& rooms, const rooms::RecentEvents& recent)
    : indexer_({.store = organisation.store(),
                .keys = organisation.keys(),
                .gate = organisation.gate(),
                .clock = environment.clock,
                .random = environment.random,
                .metrics = environment.metrics,
                .log = environment.log,
                .recent = &recent},
               {.processor_percent = static_cast<int>(config.search.processor_percent)}),
      searcher_({.reader = organisation.store(),
                 .keys = organisation.keys(),
                 .rooms = rooms,
                 .gate = organisation.gate(),
                 .clock = environment.clock,
                 .metrics = environment.metrics}) {}

}  // namespace kuramori::app
