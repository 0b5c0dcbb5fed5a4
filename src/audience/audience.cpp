#include "audience/audience.hpp"

#include <algorithm>

namespace kuramori::audience {

using governance::Destination;
using Kind = Place::Kind;

namespace {

std::string_view server_of(std::string_view user) {
  const auto colon = user.find(':');
  return colon == std::string_view::npos ? std::string_view{} : user.substr(colon + 1);
}

bool is_own_department(std::string_view own, std::string_view other,
                       const organisation::Directory& directory) {
  return own == other || directory.is_within(other, own) || directory.is_within(own, other);
}

}  // namespace

Place place_in(const organisation::Directory& directory, std::string_view server, std::string_view user) {
  if (directory.content().people.empty() && directory.content().contacts.empty())
    return {.kind = server_of(user) == server ? Kind::Colleague : Kind::Outside};
  const organisation::Person* person = directory.person(user);
  if (person != nullptr && person->employment != organisation::Employment::Left) {
    return {
        .kind = Kind::Colleague,
        .unit = person->posts.empty() ? std::string_view{} : std::string_view(person->posts.front().unit)};
  }
  const organisation::Contact* contact = directory.contact(user);
  if (contact == nullptr) return {.kind = Kind::Outside};
  return {.kind = contact->kind == organisation::ContactKind::Partner ? Kind::Partner : Kind::Customer};
}

void Audience::add(const Place& place) {
  ++by_kind_[static_cast<std::size_t>(place.kind)];
  if (place.kind != Kind::Colleague) return;
  const auto found = std::ranges::find(units_, place.unit, &Unit::id);
  if (found == units_.end()) {
    units_.push_back({place.unit, 1});
  } else {
    ++found->people;
  }
}

void Audience::remove(const Place& place) {
  auto& count = by_kind_[static_cast<std::size_t>(place.kind)];
  if (count > 0) --count;
  if (place.kind != Kind::Colleague) return;
  const auto found = std::ranges::find(units_, place.unit, &Unit::id);
  if (found != units_.end() && --found->people == 0) units_.erase(found);
}

Destination Audience::farthest_from(const Place& sender, const organisation::Directory& directory) const {
  const auto others = [&](Kind kind) {
    const std::uint32_t count = by_kind_[static_cast<std::size_t>(kind)];
    return sender.kind == kind && count > 0 ? count - 1 : count;
  };
  if (others(Kind::Outside) > 0) return Destination::Outside;
  if (others(Kind::Customer) > 0) return Destination::Customer;
  if (others(Kind::Partner) > 0) return Destination::Partner;
  if (others(Kind::Colleague) == 0) return Destination::OwnDepartment;
  if (sender.kind != Kind::Colleague) return Destination::OtherDepartment;
  const bool all_near = std::ranges::all_of(
      units_, [&](const Unit& unit) { return is_own_department(sender.unit, unit.id, directory); });
  return all_near ? Destination::OwnDepartment : Destination::OtherDepartment;
}

Destination distance(const Place& from, const Place& to, const organisation::Directory& directory) {
  switch (to.kind) {
    case Kind::Outside:
      return Destination::Outside;
    case Kind::Customer:
      return Destination::Customer;
    case Kind::Partner:
      return Destination::Partner;
    case Kind::Colleague:
      break;
  }
  const bool near = from.kind == Kind::Colleague && is_own_department(from.unit, to.unit, directory);
  return near ? Destination::OwnDepartment : Destination::OtherDepartment;
}

}  // namespace kuramori::audience
