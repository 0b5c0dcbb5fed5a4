// Sync and personal data behind the endpoints of the client API.
#pragma once
#include "api/client/encryption_adapter.hpp"
#include "api/client/encryption_routes.hpp"
#include "api/client/sync_routes.hpp"
#include "rooms_fixture.hpp"
#include "sync/personal_choices.hpp"
#include "sync/tables.hpp"

namespace kuramori::api::client::testing {

class SyncApi : public RoomsApi {
 protected:
  SyncApi() : SyncApi(options(nullptr, {})) {}
  explicit SyncApi(HarnessOptions made) : RoomsApi(std::move(made)) {
    add_tables();
    chooses.choices = &choices;
    server.store.add_listener(push_rules);
    server.store.add_listener(receipts);
    server.store.add_listener(choices);
    server.store.add_listener(encryption);
    server.store.add_listener(hub);
    add_all_sync_routes(server.router, server.pipeline, sync_services);
    add_all_encryption_routes(server.router, server.pipeline, encryption_services);
  }

  static std::string own(std::string_view localpart, std::string_view rest) {
    return "/_matrix/client/v3/user/@" + std::string(localpart) + ":example.org" + std::string(rest);
  }
  Reply sync(std::string_view token, std::string_view query = {}) {
    return server.get("/_matrix/client/v3/sync" + std::string(query), token);
  }
  std::string next_batch(std::string_view token) { return sync(token).text("next_batch"); }

  std::vector<Delivery> deliveries;
  sync::AccountData account_data{server.store, server.gate, *server.keys, server.clock, server.random};
  sync::PushRules push_rules{account_data};
  sync::PersonalChoices choices{account_data};
  sync::Receipts receipts{server.store, server.gate, service, server.clock};
  sync::Typing typing{server.gate, server.clock};
  sync::Presence presence{server.store, server.gate,   *server.keys,
                          server.clock, server.random, sync::PresenceMode::On};
  sync::Filters filters{server.store, server.gate, *server.keys, server.random};
  e2ee::Encryption encryption{{.reader = server.store,
                               .gate = server.gate,
                               .keys = *server.keys,
                               .sessions = server.sessions,
                               .clock = server.clock,
                               .random = server.random},
                              service,
                              server.store.last_position()};
  EncryptionOfSync encryption_of_sync{encryption};
  sync::Hub hub{service, server.store.last_position(), server.metrics, {}};
  sync::Engine engine{{.hub = hub,
                       .rooms = service,
                       .sessions = server.sessions,
                       .account_data = account_data,
                       .receipts = receipts,
                       .typing = typing,
                       .presence = presence,
                       .push_rules = push_rules,
                       .clock = server.clock,
                       .choices = &choices,
                       .encryption = &encryption_of_sync}};
  sync::SlidingEngine sliding{{.hub = hub,
                               .rooms = service,
                               .sessions = server.sessions,
                               .account_data = account_data,
                               .receipts = receipts,
                               .typing = typing,
                               .presence = presence,
                               .push_rules = push_rules,
                               .clock = server.clock,
                               .choices = &choices,
                               .encryption = &encryption_of_sync},
                              server.random};
  EncryptionServices encryption_services{encryption, hub, server.accounts, server.interactive_authentication};
  SyncServices sync_services{engine,
                             sliding,
                             hub,
                             account_data,
                             push_rules,
                             receipts,
                             typing,
                             presence,
                             filters,
                             service,
                             [this](const gate::Subject&, const Delivery& delivery) { deliveries.push_back(delivery); }};

 private:
  // The harness made the first migration.
  void add_tables() {
    storage::Migration first{.number = 1, .name = "initial", .changes = {}};
    storage::Migration second{.number = 2, .name = "sync", .changes = {}};
    for (const storage::Table* table : sync::tables())
      second.changes.emplace_back(storage::CreateTable{table});
    const std::array<storage::Migration, 2> migrations{std::move(first), std::move(second)};
    ensure(server.store.migrate(migrations).has_value(), "the tables of sync can be made");
  }
};

}  // namespace kuramori::api::client::testing
