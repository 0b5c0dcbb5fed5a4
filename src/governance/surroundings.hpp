// What a policy may ask about the world around an act: the organisation, the room, links, and what happened
// lately. Answers come from memory and from one moment: whoever provides them gives out a snapshot.
#pragma once
#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "json/json.hpp"

namespace kuramori::governance {

struct Question;

// Where what is sent in a room arrives, seen from its sender: the farthest of those who read it.
enum class Destination : std::uint8_t {
  OwnDepartment,
  OtherDepartment,
  Partner,
  Customer,
  Outside,  // everybody who is neither of the organisation nor known to it
};
constexpr std::size_t kDestinations = 5;
std::string_view to_string(Destination destination);
std::optional<Destination> destination_named(std::string_view name);

enum class LinkVerdict : std::uint8_t {
  Malicious,  // on a list, or below what is on one
  LookAlike,  // resembles a protected name
  IpLiteral,
  Shortener,
  Mismatch,  // the text names another place than the target
  Unlisted,  // on no list at all
};
constexpr std::size_t kLinkVerdicts = 6;
using LinkVerdicts = std::bitset<kLinkVerdicts>;
std::string_view to_string(LinkVerdict verdict);
std::optional<LinkVerdict> link_verdict_named(std::string_view name);

// Where content comes from, as far as it was seen before: files by what they are, texts by their words,
// answers by what they answer.
struct ContentOrigin {
  std::string_view label = {};  // the least label above everything that it comes from; empty: none
  bool is_forwarded = false;    // it was seen before, in other rooms alone
  std::uint32_t hops = 0;       // how many rooms it went through
  bool no_forward = false;      // some of it has the mark that it is not passed on
};
// Whether the content has the mark that it is not passed on to other rooms: its own, or where it comes from.
bool is_not_passed_on(const json::Object& content, const ContentOrigin& origin);

// Who somebody is in the organisation; the answers for a stranger are empty.
class PersonFacts {
 public:
  virtual ~PersonFacts() = default;
  // The unit or one below it; an id of departments and legal entities.
  virtual bool works_in(std::string_view user, std::string_view unit) const = 0;
  // Appends every unit of which works_in says yes, so that many rules need not ask one after the other.
  // False: whoever answers cannot tell, and has to be asked.
  virtual bool list_units(std::string_view /*user*/, std::vector<std::string_view>& /*units*/) const {
    return false;
  }
  virtual bool has_role(std::string_view user, std::string_view role) const = 0;  // of the organisation
  virtual std::string_view clearance(std::string_view user) const = 0;            // id of a label
  virtual std::string_view region(std::string_view user) const = 0;               // ISO 3166
  virtual std::string_view employment(std::string_view user) const = 0;  // active, on_leave, suspended, left
  // Whether the organisation lets one begin to talk to the other; it does where it knows nothing of either.
  virtual bool may_contact(std::string_view user, std::string_view other) const = 0;
};

class RoomFacts {
 public:
  virtual ~RoomFacts() = default;
  // Nothing for a room that is not known.
  virtual std::optional<Destination> destination(std::string_view sender, std::string_view room) const = 0;
  // As a room of that one person would be: for invitations.
  virtual Destination place_of(std::string_view user, std::string_view other) const = 0;
  virtual bool is_encrypted(std::string_view room) const = 0;       // end-to-end: the class "sealed"
  virtual std::string_view label(std::string_view room) const = 0;  // empty: none was set
};

class Surroundings : public PersonFacts, public RoomFacts {
 public:
  virtual LinkVerdicts links(const json::Object& content) const = 0;
  // As it would arrive in the room.
  virtual ContentOrigin origin(const json::Object& content, std::string_view room) const = 0;
  // How often what the counter counts happened in its window, for the subject of the question; `counter` is
  // its place in the policy.
  virtual std::uint32_t recent(std::size_t counter, const Question& question) const = 0;
};

}  // namespace kuramori::governance
