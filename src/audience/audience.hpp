// Who reads what is sent in one room, counted by where they stand: to be asked for each message, and kept up
// to date one change at a time. Pure.
//
//   Audience audience;
//   audience.add(place_in(directory, user));
//   audience.farthest_from(place_in(directory, sender), directory);
#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "governance/surroundings.hpp"
#include "organisation/directory.hpp"

namespace kuramori::audience {

// Where one person stands.
struct Place {
  enum class Kind : std::uint8_t { Colleague, Partner, Customer, Outside };
  Kind kind = Kind::Outside;
  std::string_view unit = {};  // main unit of a colleague, a view into the directory; empty: nowhere yet
};

// A person of the directory; without people in it everybody of `server` is a colleague.
Place place_in(const organisation::Directory& directory, std::string_view server, std::string_view user);

class Audience {
 public:
  void add(const Place& place);
  void remove(const Place& place);  // of somebody who was added

  // The farthest place that somebody but the sender, who is one of the audience, stands at.
  governance::Destination farthest_from(const Place& sender, const organisation::Directory& directory) const;

 private:
  struct Unit {
    std::string_view id;
    std::uint32_t people;
  };
  std::array<std::uint32_t, 4> by_kind_{};
  std::vector<Unit> units_;  // of colleagues; few
};

// From one to the other.
governance::Destination distance(const Place& from, const Place& to,
                                 const organisation::Directory& directory);

}  // namespace kuramori::audience
