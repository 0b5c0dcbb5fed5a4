// The administration interface over a server in one thread: every resource is added here.
#pragma once
#include <gtest/gtest.h>

#include "api/admin/approval_routes.hpp"
#include "api/admin/description.hpp"
#include "api/admin/detector_table_routes.hpp"
#include "api/admin/links_routes.hpp"
#include "api/admin/organisation_routes.hpp"
#include "api/admin/policy_routes.hpp"
#include "api/admin/quarantine_routes.hpp"
#include "api/admin/room_routes.hpp"
#include "api/admin/simulation_routes.hpp"
#include "api/resource/tests/server.hpp"
#include "approvals/tables.hpp"
#include "inspection/tables.hpp"
#include "links/tables.hpp"
#include "rooms/tables.hpp"
#include "rooms/tests/fixture.hpp"
#include "workforce/tables.hpp"
#include "worm_brake/tables.hpp"

namespace kuramori::api::admin::testing {

using resource::testing::Headers;
using resource::testing::Reply;
using resource::testing::Server;

inline std::vector<const storage::Table*> tables() {
  std::vector<const storage::Table*> all = workforce::tables();
  all.push_back(&gate::kPolicies);
  for (const auto tables : {rooms::tables(), approvals::tables(), links::tables(), worm_brake::tables(),
                            inspection::tables(), gate::detector_table_tables()}) {
    all.insert(all.end(), tables.begin(), tables.end());
  }
  return all;
}

class NoNotices final : public worm_brake::Notices {
 public:
  void tell_owner(const UserId&, const gate::Localised&) override {}
  void tell_security_officers(const gate::Localised&) override {}
};

inline link_risk::Knowledge no_links_known() {
  const auto hosts = std::make_shared<const link_risk::HostReader>(link_risk::PublicSuffixes::built_in());
  return {
      .hosts = hosts,
      .lists = link_risk::LinkLists::Builder().build(),
      .look_alikes = std::make_shared<const link_risk::LookAlikes>(*hosts, std::span<const std::string>())};
}

// Links over the server's store and gate.
struct Links {
  Links(Server& s, rooms::RoomService& service)
      : client({}, s.metrics, Logger::silent()),
        shortened(client, s.clock),
        knowledge(no_links_known(), shortened, s.clock),
        clicks({s.store, s.gate, *s.keys, knowledge, shortened, s.clock, s.random}, "https://k.test"),
        registry({s.store, s.gate, s.clock, client, knowledge, Logger::silent()}, {}),
        take_downs({s.store, *s.keys, s.gate, service, clicks, knowledge, s.clock, Logger::silent()}),
        brake({.store = s.store,
               .keys = *s.keys,
               .gate = s.gate,
               .rooms = service,
               .restrictions = s.restrictions,
               .clock = s.clock,
               .notices = notices,
               .links_in = [this](const json::Object& content) { return clicks.links_in(content); },
               .is_service = [](const UserId&) { return false; },
               .log = Logger::silent()},
              {}) {}
  NoNotices notices;
  net::HttpClient client;
  links::ShortenedLinks shortened;
  links::CurrentKnowledge knowledge;
  links::ClickThrough clicks;
  links::Registry registry;
  links::TakeDowns take_downs;
  worm_brake::WormBrake brake;
};

class Authors final : public rooms::Authors {
 public:
  runtime::Task<Result<gate::Subject>> author(UserId user, DeviceId device) override {
    gate::Subject subject;
    subject.user = std::move(user);
    subject.device = std::move(device);
    co_return subject;
  }
};

// What was asked of whoever keeps the files.
class FilesOnPaper final : public HeldFiles {
 public:
  runtime::Task<Result<void>> release(gate::Permit permit, media::MediaId id) override {
    permit.require(gate::Operation::AdminQuarantineDecide);
    done.push_back("released " + id.to_uri());
    co_return Result<void>();
  }
  runtime::Task<Result<void>> destroy(gate::Permit permit, media::MediaId id) override {
    permit.require(gate::Operation::AdminQuarantineDecide);
    done.push_back("destroyed " + id.to_uri());
    co_return Result<void>();
  }
  std::vector<std::string> done;
};

class EverybodyIsAMember final : public simulation::Roles {
 public:
  runtime::Task<Result<std::optional<gate::Role>>> role_of(UserId) override {
    co_return std::optional(gate::Role::Member);
  }
};

class OrganisationInForce final : public approvals::Organisation {
 public:
  explicit OrganisationInForce(const workforce::CurrentOrganisation& current) : current_(current) {}
  organisation::DirectoryPtr directory() const override { return current_.directory(); }

 private:
  const workforce::CurrentOrganisation& current_;
};

class Administration : public ::testing::Test {
 protected:
  Administration() {
    server.store.add_listener(rooms);
    server.store.add_listener(*current);
    add_description_routes(server.router);
    add_organisation_routes(server.router, server.pipeline, organisation_services);
    add_policy_routes(server.router, server.pipeline, policy_services);
    add_simulation_routes(server.router, server.pipeline, simulation_services);
    add_quarantine_routes(server.router, server.pipeline, quarantine_services);
    add_findings_routes(server.router, server.pipeline, findings_services);
    add_room_routes(server.router, server.pipeline, room_services);
    add_approval_routes(server.router, server.pipeline, approval_services);
    add_links_routes(server.router, server.pipeline, links_services);
    add_detector_table_routes(server.router, server.pipeline, detector_table_services);
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
  gate::DetectorTables detector_tables{{.store = server.store,
                                        .keys = *server.keys,
                                        .gate = server.gate,
                                        .workers = server.workers,
                                        .clock = server.clock,
                                        .random = server.random}};
  DetectorTableServices detector_table_services{.tables = detector_tables};
  OrganisationServices organisation_services{.organisations = organisations, .workers = server.workers};
  PolicyServices policy_services{.policies = policies, .reader = server.store, .workers = server.workers};
  EverybodyIsAMember roles;
  simulation::Simulator simulator{{.reader = server.store,
                                   .keys = *server.keys,
                                   .gate = server.gate,
                                   .workers = server.workers,
                                   .roles = roles,
                                   .clock = server.clock}};
  SimulationServices simulation_services{.simulator = simulator, .workers = server.workers};
  inspection::Records records{{.store = server.store,
                               .gate = server.gate,
                               .keys = *server.keys,
                               .clock = server.clock,
                               .random = server.random}};
  FilesOnPaper files;
  QuarantineServices quarantine_services{.records = records, .files = files};
  FindingsServices findings_services{.reader = server.store, .keys = *server.keys};
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
  Authors authors;
  OrganisationInForce in_force{*current};
  approvals::Approvals approvals{{.store = server.store,
                                  .keys = *server.keys,
                                  .gate = server.gate,
                                  .rooms = rooms,
                                  .authors = authors,
                                  .organisation = in_force,
                                  .clock = server.clock,
                                  .random = server.random,
                                  .metrics = server.metrics,
                                  .log = server.log},
                                 {.server = ServerName("example.org")}};
  ApprovalServices approval_services{.approvals = approvals};
  Links links{server, rooms};
  LinksServices links_services{.registry = links.registry,
                               .clicks = links.clicks,
                               .take_downs = links.take_downs,
                               .knowledge = links.knowledge,
                               .brake = links.brake,
                               .stop = {}};
  const std::string chief = server.sign_up("chief", gate::Role::Administrator);
};

}  // namespace kuramori::api::admin::testing
