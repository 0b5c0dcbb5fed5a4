// A small company for the tests of this module: two legal entities, departments two deep, ten people.
#pragma once
#include "organisation/content.hpp"

namespace kuramori::organisation {

inline UserId at(std::string_view name) {
  return UserId("@" + std::string(name) + ":kura.example");
}

inline Person person(std::string_view name, std::string unit, std::string_view manager = "",
                     std::vector<std::string> roles = {}) {
  return {.user = at(name),
          .name = std::string(name),
          .posts = {{.unit = std::move(unit), .title = ""}},
          .manager = manager.empty() ? UserId() : at(manager),
          .roles = std::move(roles),
          .clearance = "",
          .region = "HK",
          .employment = Employment::Active};
}

inline Content sample() {
  const auto department = [](std::string id, std::string parent, std::string_view head) {
    return Unit{.id = id,
                .kind = UnitKind::Department,
                .name = id,
                .parent = std::move(parent),
                .head = head.empty() ? UserId() : at(head)};
  };
  return {
      .units =
          {{.id = "hk", .kind = UnitKind::LegalEntity, .name = "倉守香港", .parent = "", .head = at("chief")},
           {.id = "jp", .kind = UnitKind::LegalEntity, .name = "倉守", .parent = "hk", .head = at("shacho")},
           department("sales", "hk", "sam"),
           department("sales-asia", "sales", ""),
           department("research", "hk", "rin"),
           department("jp-sales", "jp", "jun")},
      .people = {person("chief", "hk"), person("shacho", "jp"), person("sam", "sales"),
                 person("sally", "sales-asia"), person("seth", "sales-asia", "sally"),
                 person("rin", "research"), person("ray", "research", "", {"engineer"}),
                 person("jun", "jp-sales"), person("jo", "jp-sales", "jun", {"auditor"})},
      .contacts = {{.user = UserId("@buyer:client.example"),
                    .name = "Buyer",
                    .company = "Client",
                    .kind = ContactKind::Customer,
                    .owner = at("sally")},
                   {.user = UserId("@maker:partner.example"),
                    .name = "Maker",
                    .company = "Partner",
                    .kind = ContactKind::Partner,
                    .owner = at("rin")}},
      .visibility = {}};
}

}  // namespace kuramori::organisation
