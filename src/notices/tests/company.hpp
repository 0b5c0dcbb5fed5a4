// A small company: aiko and ken work in sales, which mia heads; mia answers to boss, and counsel is
// everywhere.
#pragma once
#include "base/assert.hpp"
#include "organisation/directory.hpp"

namespace kuramori::notices::testing {

inline organisation::DirectoryPtr company() {
  organisation::Content content;
  content.units = {{.id = "kura",
                    .kind = organisation::UnitKind::LegalEntity,
                    .name = "Kura",
                    .parent = "",
                    .head = UserId("@boss:example.org")},
                   {.id = "sales", .name = "Sales", .parent = "kura", .head = UserId("@mia:example.org")}};
  for (const auto& [name, unit] : {std::pair("boss", "kura"), std::pair("mia", "sales"),
                                   std::pair("aiko", "sales"), std::pair("ken", "sales")}) {
    organisation::Person person;
    person.user = UserId("@" + std::string(name) + ":example.org");
    person.name = name;
    person.posts = {{.unit = unit, .title = ""}};
    if (person.name == "ken") person.roles = {"counsel"};
    content.people.push_back(std::move(person));
  }
  auto directory = organisation::Directory::check(std::move(content)).directory;
  ensure(directory != nullptr, "the company is sound");
  return directory;
}

}  // namespace kuramori::notices::testing
