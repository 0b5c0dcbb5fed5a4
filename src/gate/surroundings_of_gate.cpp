#include "gate/surroundings_of_gate.hpp"

namespace kuramori::gate {

using governance::Destination;

const governance::PersonFacts* SurroundingsOfGate::people() const {
  if (people_ == nullptr && providers_.organisation != nullptr) people_ = providers_.organisation->people();
  return people_.get();
}

const governance::RoomFacts* SurroundingsOfGate::rooms() const {
  if (rooms_ == nullptr && providers_.organisation != nullptr) rooms_ = providers_.organisation->rooms();
  return rooms_.get();
}

bool SurroundingsOfGate::works_in(std::string_view user, std::string_view unit) const {
  return people() != nullptr && people()->works_in(user, unit);
}

bool SurroundingsOfGate::list_units(std::string_view user, std::vector<std::string_view>& units) const {
  return people() == nullptr || people()->list_units(user, units);
}

bool SurroundingsOfGate::has_role(std::string_view user, std::string_view role) const {
  return people() != nullptr && people()->has_role(user, role);
}

std::string_view SurroundingsOfGate::clearance(std::string_view user) const {
  return people() != nullptr ? people()->clearance(user) : std::string_view{};
}

std::string_view SurroundingsOfGate::region(std::string_view user) const {
  return people() != nullptr ? people()->region(user) : std::string_view{};
}

std::string_view SurroundingsOfGate::employment(std::string_view user) const {
  return people() != nullptr ? people()->employment(user) : std::string_view{};
}

bool SurroundingsOfGate::may_contact(std::string_view user, std::string_view other) const {
  return people() == nullptr || people()->may_contact(user, other);
}

std::optional<Destination> SurroundingsOfGate::destination(std::string_view sender,
                                                           std::string_view room) const {
  return rooms() != nullptr ? rooms()->destination(sender, room) : std::nullopt;
}

Destination SurroundingsOfGate::place_of(std::string_view user, std::string_view other) const {
  return rooms() != nullptr ? rooms()->place_of(user, other) : Destination::OwnDepartment;
}

bool SurroundingsOfGate::is_encrypted(std::string_view room) const {
  return rooms() != nullptr && rooms()->is_encrypted(room);
}

std::string_view SurroundingsOfGate::label(std::string_view room) const {
  return rooms() != nullptr ? rooms()->label(room) : std::string_view{};
}

governance::LinkVerdicts SurroundingsOfGate::links(const json::Object& content) const {
  if (!links_)
    links_ = providers_.links != nullptr ? providers_.links->judge(content) : governance::LinkVerdicts{};
  return *links_;
}

// One act, one content, one room.
governance::ContentOrigin SurroundingsOfGate::origin(const json::Object& content,
                                                     std::string_view room) const {
  if (!origin_)
    origin_ = providers_.origins != nullptr ? providers_.origins->origin(content, room)
                                            : governance::ContentOrigin{};
  return *origin_;
}

std::uint32_t SurroundingsOfGate::recent(std::size_t counter, const governance::Question& question) const {
  return counter < policy_.counters.size() ? counters_.recent(policy_.counters[counter], question) : 0;
}

}  // namespace kuramori::gate
