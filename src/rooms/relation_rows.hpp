// Relations between events as rows: which events relate to a parent, in the order of the stream.
#pragma once
#include <functional>

#include "matrix/relation.hpp"
#include "storage/store.hpp"
#include "storage/unit_of_work.hpp"

namespace kuramori::rooms {

// One row of kRelations, as views into it.
struct RelationRow {
  std::string_view parent;
  StreamPosition position;
  std::string_view rel_type;
  std::string_view event;
  std::string_view event_type;
  std::string_view sender;
  std::int64_t origin_server_ts = 0;
};
RelationRow relation_row(const storage::Row& row);

// What `event` relates to, in the unit that stores it.
void store_relation(storage::UnitOfWork& work, const matrix::Event& event, storage::NextOf position);
// A redacted event relates to nothing any more.
void erase_relation(storage::UnitOfWork& work, const matrix::Event& original, StreamPosition position);

// Bounds of a stretch of relations, as of a timeline: (after, up_to].
struct RelationScan {
  RoomId room = {};
  std::string parent = {};
  std::string rel_type = {};  // empty: of any type
  std::string sender = {};    // with a type alone; empty: of anybody
  StreamPosition after = {};
  std::optional<StreamPosition> up_to = {};
  storage::Direction direction = storage::Direction::Forward;
};
// Calls `visit` row by row until it answers false. With a sender the order is not that of the stream, and the
// bounds do not count.
Result<void> for_each_relation(storage::Snapshot& snapshot, const RelationScan& scan,
                               const std::function<bool(const RelationRow&)>& visit);
// How many there are, bounds aside.
Result<std::int64_t> count_relations(storage::Snapshot& snapshot, const RelationScan& scan);

}  // namespace kuramori::rooms
