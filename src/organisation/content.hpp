// An organisation as it is written down: what an import brings, an export gives and a version of the history
// holds. Plain values without any promise; Directory is the checked form.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/identifiers.hpp"

namespace kuramori::organisation {

enum class UnitKind : std::uint8_t { LegalEntity, Department };
std::string_view to_string(UnitKind kind);

struct Unit {
  std::string id;
  UnitKind kind = UnitKind::Department;
  std::string name;
  std::string parent;  // empty: the top, as only a legal entity may be
  UserId head;         // empty: vacant
  friend bool operator==(const Unit&, const Unit&) = default;
};

// A place of work in one unit.
struct Post {
  std::string unit;
  std::string title;
  friend bool operator==(const Post&, const Post&) = default;
};

enum class Employment : std::uint8_t { Active, OnLeave, Suspended, Left };
std::string_view to_string(Employment employment);

struct Person {
  UserId user;
  std::string name;
  std::vector<Post> posts;  // the first is the main one; none only after leaving
  UserId manager;           // empty: the head of the main unit
  std::vector<std::string> roles;
  std::string clearance;  // the id of a label; empty: the lowest
  std::string region;     // ISO 3166-1 alpha-2, or ISO 3166-2 with a subdivision: HK, CN-SH
  Employment employment = Employment::Active;
  friend bool operator==(const Person&, const Person&) = default;
};

enum class ContactKind : std::uint8_t { Partner, Customer };
std::string_view to_string(ContactKind kind);

// Somebody outside, in the care of one person inside.
struct Contact {
  UserId user;
  std::string name;
  std::string company;
  ContactKind kind = ContactKind::Customer;
  UserId owner;
  friend bool operator==(const Contact&, const Contact&) = default;
};

// Whom a rule of visibility is about.
struct Selector {
  enum class Kind : std::uint8_t {
    Everybody,
    Employees,
    Partners,
    Customers,
    Unit,  // who works in it or below it
    Role
  };
  Kind kind = Kind::Everybody;
  std::string value;  // the unit's id or the role
  friend bool operator==(const Selector&, const Selector&) = default;
};
std::string to_text(const Selector& selector);  // "employees", "unit:sales", "role:auditor"

// The first rule that fits a pair decides, in the order of the list.
struct VisibilityRule {
  std::string id;
  Selector who;
  Selector whom;
  bool may_find = false;
  bool may_contact = false;
  friend bool operator==(const VisibilityRule&, const VisibilityRule&) = default;
};

struct Content {
  std::vector<Unit> units;
  std::vector<Person> people;
  std::vector<Contact> contacts;
  std::vector<VisibilityRule> visibility;
  friend bool operator==(const Content&, const Content&) = default;
};

}  // namespace kuramori::organisation
