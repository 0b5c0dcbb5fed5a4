// The administration interface over a server in one thread: every resource is added here.
#pragma once
#include <gtest/gtest.h>

#include "api/admin/description.hpp"
#include "api/admin/organisation_routes.hpp"
#include "api/admin/policy_routes.hpp"
#include "api/admin/room_routes.hpp"
#include "api/resource/tests/server.hpp"
#include "rooms/tables.hpp"
#include "rooms/tests/fixture.hpp"
#include "workforce/tables.hpp"

namespace kuramori::api::admin::testing {

using resource::testing::Headers;
using resource::testing::Reply;
using resource::testing::Server;

inline std::vector<const storage::Table*> tables() {
  std::vector<const storage::Table*> all = workforce::tables();
  all.push_back(&gate::kPolicies);
  for (const storage::Table* table : rooms::tables()) all.push_back(table);
  return all;
}

class Administration : public ::testing::Test {
 protected:
  Administration() {
    server.store.add_listener(rooms);
    server.store.add_listener(*current);
    add_description_routes(server.router);
    add_organisation_routes(server.router, server.pipeline, organisation_services);
    add_policy_routes(server.router, server.pipeline, policy_services);
    add_room_routes(server.router, server.pipeline, room_services);
  }
  static std::string target(std::string_view rest) { return "/_kuramori/admin/v1" + std::string(rest); }
  static std::unique_ptr<workforce::CurrentOrganisation> open(storage::Reader& reader,
                                                              const workforce::VersionRows& rows) {
    auto opened = workforce::CurrentOrganisation::open(reader, rows);
    ensure(opened.has_value(), "the organisation opens");
    return *std::move(opened);
  }

  Server server{{.tables = tables()}};
  workforce::VersionRows rows{*server.keys, server.random};
  std::unique_ptr<workforce::CurrentOrganisation> current = open(server.store, rows);
  workforce::OrganisationStore organisations{{.current = *current,
                                              .reader = server.store,
                                              .gate = server.gate,
                                              .workers = server.workers,
                                              .clock = server.clock},
                                             rows};
  gate::PolicyStore policies{server.gate, server.store, server.workers, server.clock};
  OrganisationServices organisation_services{.organisations = organisations, .workers = server.workers};
  PolicyServices policy_services{.policies = policies, .reader = server.store, .workers = server.workers};
  rooms::testing::Profiles profiles;
  crypto::SigningKey signing_key = crypto::SigningKey::from_seed({1, 2, 3}, "1");
  rooms::RoomService rooms{{server.store, *server.keys, server.gate, profiles, signing_key, server.clock,
                            server.random, server.metrics, server.log},
                           {.server = ServerName("example.org")}};
  ownership::RoomOwnership ownership{{.reader = server.store,
                                      .rooms = rooms,
                                      .gate = server.gate,
                                      .organisation = *current,
                                      .server = ServerName("example.org")}};
  RoomServices room_services{.ownership = ownership};
  const std::string chief = server.sign_up("chief", gate::Role::Administrator);
};

}  // namespace kuramori::api::admin::testing
