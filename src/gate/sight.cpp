#include "gate/sight.hpp"

#include "gate/ceiling.hpp"

namespace kuramori::gate {

runtime::Task<void> Sight::prepare(RoomId room) const {
  const OrganisationFacts* organisation = providers_.organisation;
  if (organisation != nullptr && !organisation->knows(room)) {
    auto preparing = organisation->prepare(room);
    co_await std::move(preparing);
  }
  InRoom found{.ceiling = ceiling_()};
  const governance::LabelLattice& labels = found.ceiling->labels();
  found.visible = found.ceiling->visible_in(room);
  found.room = labels.unlabelled();
  if (organisation != nullptr) {
    const auto facts = organisation->rooms();
    found.room = labels.find(facts->label(room.view())).value_or(found.room);
  }
  const std::scoped_lock lock(mutex_);
  rooms_.insert_or_assign(std::move(room), std::move(found));
}

bool Sight::shows(const RoomId& room, const json::Object& content) const {
  const std::scoped_lock lock(mutex_);
  const auto known = rooms_.find(room);
  if (known == rooms_.end()) return false;
  const InRoom& in_room = known->second;
  governance::LabelIndex label = in_room.room;
  if (const std::string_view own = governance::label_of(content); !own.empty()) {
    const governance::LabelLattice& labels = in_room.ceiling->labels();
    if (const auto found = labels.find(own)) label = labels.join(label, *found);
  }
  return (in_room.visible >> label & 1U) != 0;
}

}  // namespace kuramori::gate
