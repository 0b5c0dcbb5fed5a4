// The organisation and its rooms as the gate asks for them.
#pragma once
#include <memory>
#include <mutex>

#include "audience/audience_book.hpp"
#include "base/logging.hpp"
#include "gate/ports.hpp"
#include "rooms/reader.hpp"

namespace kuramori::audience {

class PeopleOfDirectory;

class Facts final : public gate::OrganisationFacts {
 public:
  Facts(AudienceBook& book, rooms::RoomReader& rooms, const workforce::CurrentOrganisation& organisation,
        Logger log);

  std::shared_ptr<const governance::PersonFacts> people() const override;
  std::shared_ptr<const governance::RoomFacts> rooms() const override;
  bool knows(const RoomId& room) const override { return book_.knows(room.view()); }
  runtime::Task<void> prepare(RoomId room) const override;

 private:
  AudienceBook& book_;
  rooms::RoomReader& rooms_;
  const workforce::CurrentOrganisation& organisation_;
  Logger log_;
  std::shared_ptr<const governance::RoomFacts> room_facts_;
  mutable std::mutex mutex_;  // of `people_`
  mutable std::shared_ptr<const PeopleOfDirectory> people_;
};

}  // namespace kuramori::audience
