// What search stores: everything in it follows from the events and can be made again.
#pragma once
#include <span>

#include "storage/schema.hpp"

namespace kuramori::search {

// search_segments(room_id, generation | documents, bits, octets, removed?): a part of a room's index that
// never changes. `removed` seals the positions whose postings in older segments do not count any more.
extern const storage::Table kSegments;
// search_chunks(room_id, generation, bucket | sealed): the tokens whose leading `bits` are `bucket`
extern const storage::Table kChunks;
// search_progress(name | position, rebuilding): how far the events are in the index
extern const storage::Table kProgress;

std::span<const storage::Table* const> tables();

}  // namespace kuramori::search
