#include "audience/facts.hpp"

namespace kuramori::audience {

class PeopleOfDirectory final : public governance::PersonFacts {
 public:
  explicit PeopleOfDirectory(organisation::DirectoryPtr directory) : directory_(std::move(directory)) {}
  const organisation::DirectoryPtr& directory() const { return directory_; }

  bool works_in(std::string_view user, std::string_view unit) const override {
    return directory_->works_in(user, unit);
  }
  bool list_units(std::string_view user, std::vector<std::string_view>& units) const override {
    const organisation::Person* person = directory_->person(user);
    if (person == nullptr || person->employment == organisation::Employment::Left) return true;
    for (const organisation::Post& post : person->posts) {
      for (const organisation::Unit* unit = directory_->unit(post.unit); unit != nullptr;
           unit = directory_->unit(unit->parent))
        units.push_back(unit->id);
    }
    return true;
  }
  bool has_role(std::string_view user, std::string_view role) const override {
    return directory_->has_role(user, role);
  }
  std::string_view clearance(std::string_view user) const override {
    const organisation::Person* person = directory_->person(user);
    return person == nullptr ? std::string_view{} : person->clearance;
  }
  std::string_view region(std::string_view user) const override {
    const organisation::Person* person = directory_->person(user);
    return person == nullptr ? std::string_view{} : person->region;
  }
  std::string_view employment(std::string_view user) const override {
    const organisation::Person* person = directory_->person(user);
    return person == nullptr ? std::string_view{} : organisation::to_string(person->employment);
  }
  bool may_contact(std::string_view user, std::string_view other) const override {
    if (!directory_->has_visibility_rules() || !directory_->knows(user) || !directory_->knows(other))
      return true;
    return directory_->may_contact(UserId(user), UserId(other));
  }

 private:
  organisation::DirectoryPtr directory_;
};

namespace {

class RoomsOfBook final : public governance::RoomFacts {
 public:
  explicit RoomsOfBook(const AudienceBook& book) : book_(book) {}

  std::optional<governance::Destination> destination(std::string_view sender,
                                                     std::string_view room) const override {
    return book_.destination(sender, room);
  }
  governance::Destination place_of(std::string_view user, std::string_view other) const override {
    return book_.place_of(user, other);
  }
  bool is_encrypted(std::string_view room) const override { return book_.is_encrypted(room); }
  std::string_view label(std::string_view room) const override { return book_.label(room); }

 private:
  const AudienceBook& book_;
};

}  // namespace

Facts::Facts(AudienceBook& book, rooms::RoomReader& rooms, const workforce::CurrentOrganisation& organisation,
             Logger log)
    : book_(book),
      rooms_(rooms),
      organisation_(organisation),
      log_(std::move(log)),
      room_facts_(std::make_shared<RoomsOfBook>(book)) {}

std::shared_ptr<const governance::PersonFacts> Facts::people() const {
  organisation::DirectoryPtr directory = organisation_.directory();
  const std::scoped_lock lock(mutex_);
  if (people_ == nullptr || people_->directory() != directory)
    people_ = std::make_shared<const PeopleOfDirectory>(std::move(directory));
  return people_;
}

std::shared_ptr<const governance::RoomFacts> Facts::rooms() const {
  return room_facts_;
}

runtime::Task<void> Facts::prepare(RoomId room) const {
  auto state = co_await rooms_.current_state(room);
  if (state && *state != nullptr) {
    book_.learn(room, *state);
  } else if (!state) {
    // A room that there is not: whatever is tried there fails by itself.
    log_.debug("room_not_known_to_policy", {{"reason", state.error().reason()}});
  }
}

}  // namespace kuramori::audience
