#include "rooms/relation_rows.hpp"

#include "rooms/tables.hpp"

namespace kuramori::rooms {
namespace {

struct RelationColumn {
  enum : std::uint8_t { kRoom, kParent, kPosition, kRelType, kEvent, kEventType, kSender, kTime };
};

storage::Scan scan_of(const RelationScan& wanted) {
  storage::Scan scan{.table = &kRelations,
                     .index = nullptr,
                     .prefix = {wanted.room.str(), wanted.parent},
                     .from = std::nullopt,
                     .below = std::nullopt,
                     .direction = wanted.direction};
  if (!wanted.sender.empty()) {
    scan.index = &kRelations.index("relations_by_sender");
    scan.prefix = {wanted.room.str(), wanted.parent, wanted.rel_type, wanted.sender};
    return scan;
  }
  if (!wanted.rel_type.empty()) {
    scan.index = &kRelations.index("relations_by_type");
    scan.prefix = {wanted.room.str(), wanted.parent, wanted.rel_type};
  }
  if (wanted.after.value > 0) scan.from = storage::Value(wanted.after.value + 1);
  if (wanted.up_to) scan.below = storage::Value(std::max(wanted.after.value, wanted.up_to->value) + 1);
  return scan;
}

}  // namespace

RelationRow relation_row(const storage::Row& row) {
  return {.parent = storage::text(row[RelationColumn::kParent]),
          .position = {storage::integer(row[RelationColumn::kPosition])},
          .rel_type = storage::text(row[RelationColumn::kRelType]),
          .event = storage::text(row[RelationColumn::kEvent]),
          .event_type = storage::text(row[RelationColumn::kEventType]),
          .sender = storage::text(row[RelationColumn::kSender]),
          .origin_server_ts = storage::integer(row[RelationColumn::kTime])};
}

void store_relation(storage::UnitOfWork& work, const matrix::Event& event, storage::NextOf position) {
  const auto relation = matrix::relation_in(event.content());
  if (!relation) return;
  work.insert(kRelations,
              {event.room().str(), std::string(relation->parent), position, std::string(relation->type),
               event.id().str(), event.type(), event.sender().str(), event.origin_server_ts()});
  if (relation->type == "m.thread") {
    work.upsert(kThreads, {event.room().str(), std::string(relation->parent), position});
  }
}

void erase_relation(storage::UnitOfWork& work, const matrix::Event& original, StreamPosition position) {
  const auto relation = matrix::relation_in(original.content());
  if (relation) {
    work.erase(kRelations, {original.room().str(), std::string(relation->parent), position.value});
  }
}

Result<void> for_each_relation(storage::Snapshot& snapshot, const RelationScan& scan,
                               const std::function<bool(const RelationRow&)>& visit) {
  return snapshot.for_each(scan_of(scan), [&](storage::Row&& row) { return visit(relation_row(row)); });
}

Result<std::int64_t> count_relations(storage::Snapshot& snapshot, const RelationScan& scan) {
  return snapshot.count(scan_of(scan));
}

}  // namespace kuramori::rooms
