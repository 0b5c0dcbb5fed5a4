// The services of one process over an organisation's data, in floor order: identity, rooms, sync. Nothing
// listens yet; `Service` adds the network, the administrator's commands use it as it is.
#pragma once
#include <memory>

#include "api/client/encryption_adapter.hpp"
#include "app/links_node.hpp"
#include "app/notices_node.hpp"
#include "app/organisation.hpp"
#include "app/provenance_node.hpp"
#include "app/search_node.hpp"
#include "appservices/services.hpp"
#include "audience/facts.hpp"
#include "audit/delivery_log.hpp"
#include "e2ee/encryption.hpp"
#include "identity/accounts.hpp"
#include "identity/consents.hpp"
#include "identity/devices.hpp"
#include "identity/interactive_authentication.hpp"
#include "identity/ports.hpp"
#include "identity/profiles.hpp"
#include "identity/restrictions.hpp"
#include "identity/sessions.hpp"
#include "net/http_client.hpp"
#include "people/contact_owners.hpp"
#include "people/contacts.hpp"
#include "people/mailer.hpp"
#include "people/openid_tokens.hpp"
#include "people/user_directory.hpp"
#include "rooms/delayed_events.hpp"
#include "rooms/directory.hpp"
#include "rooms/recent_events.hpp"
#include "rooms/reports.hpp"
#include "rooms/service.hpp"
#include "rooms/spaces.hpp"
#include "rooms/upgrades.hpp"
#include "runtime/task_scope.hpp"
#include "sync/account_data.hpp"
#include "sync/engine.hpp"
#include "sync/filters.hpp"
#include "sync/personal_choices.hpp"
#include "sync/sliding_engine.hpp"
#include "workforce/organisation_store.hpp"

namespace kuramori::app {

// The profile that a member event carries: identity's.
class ProfilesOfMembers final : public rooms::ProfileSource {
 public:
  explicit ProfilesOfMembers(identity::Profiles& profiles) : profiles_(profiles) {}
  runtime::Task<Result<rooms::MemberProfile>> profile_of(UserId user) override;

 private:
  identity::Profiles& profiles_;
};

// In whose name delayed events are sent: as long as the account may send.
class AuthorsOfDelayedEvents final : public rooms::Authors {
 public:
  AuthorsOfDelayedEvents(identity::Accounts& accounts, const identity::Restrictions& restrictions)
      : accounts_(accounts), restrictions_(restrictions) {}
  runtime::Task<Result<gate::Subject>> author(UserId user, DeviceId device) override;

 private:
  identity::Accounts& accounts_;
  const identity::Restrictions& restrictions_;
};

// Who finds whom in the user directory: the organisation's rules of visibility.
class FindingByOrganisation final : public people::FindingRules {
 public:
  explicit FindingByOrganisation(const workforce::CurrentOrganisation& organisation)
      : organisation_(organisation) {}
  std::optional<bool> may_find(const UserId& viewer, const UserId& target) const override;

 private:
  const workforce::CurrentOrganisation& organisation_;
};

// What happens to accounts, carried into their rooms and contacts.
class RoomsFollowAccounts final : public identity::AccountFollower {
 public:
  RoomsFollowAccounts(rooms::RoomService& rooms, identity::Profiles& profiles, people::Contacts& contacts,
                      gate::Gate& gate, Logger log)
      : rooms_(rooms), profiles_(profiles), contacts_(contacts), gate_(gate), log_(std::move(log)) {}
  runtime::Task<void> profile_changed(gate::Subject subject, UserId user) override;
  runtime::Task<void> account_deactivated(gate::Subject subject, UserId user) override;

 private:
  rooms::RoomService& rooms_;
  identity::Profiles& profiles_;
  people::Contacts& contacts_;
  gate::Gate& gate_;
  Logger log_;
};

// The first line of a file that holds a secret; empty for no file. The error names the key of the
// configuration.
Result<std::string> read_secret(const std::filesystem::path& file, std::string_view key);

struct Node {
  Node(const Config& config, Environment environment, Organisation& organisation);
  ~Node();
  // Whether the name lies in an exclusive namespace of an application service.
  bool belongs_to_service(std::string_view localpart) const;
  // Background work of the services, until the scope is joined.
  void spawn_maintenance(runtime::TaskScope& scope, runtime::Executor& executor);
  // Of both forms of sync.
  sync::Engine::Ports sync_ports();
  // Removes entries of the record that are older than audit.retention_days, once an hour.
  runtime::Task<void> expire_record(std::stop_token stop);

  const Config& config;
  Environment environment;
  Organisation& organisation;
  net::HttpClient outgoing;  // to other servers
  appservices::Services services;
  runtime::WorkerPool hashing;  // passwords: bounded, so that a login surge cannot take the machine
  identity::Sessions sessions;
  identity::Accounts accounts;
  identity::Devices devices;
  identity::Profiles profiles;
  identity::PasswordProofBook proofs;
  identity::InteractiveAuthentication interactive_authentication;
  identity::Restrictions restrictions;
  identity::Consents consents;
  workforce::OrganisationStore organisations;
  ProfilesOfMembers member_profiles;
  sync::AccountData account_data;
  sync::PersonalChoices choices;
  rooms::RoomService rooms;
  rooms::RecentEvents recent_events;
  audience::AudienceBook audience_book;
  audience::Facts facts;
  rooms::Directory directory;
  rooms::Spaces spaces;
  rooms::Reports reports;
  rooms::Upgrades upgrades;
  AuthorsOfDelayedEvents delayed_authors;
  rooms::DelayedEvents delayed_events;
  std::unique_ptr<people::Mailer> mailer;  // null: no mail server is configured
  people::Contacts contacts;
  people::ContactOwners contact_owners;
  RoomsFollowAccounts account_follower;
  FindingByOrganisation finding;
  people::UserDirectory user_directory;
  people::OpenIdTokens openid;
  sync::PushRules push_rules;
  sync::Receipts receipts;
  sync::Typing typing;
  sync::Presence presence;
  sync::Filters filters;
  e2ee::Encryption encryption;
  api::client::EncryptionOfSync encryption_of_sync;
  sync::Hub hub;
  sync::Engine engine;
  sync::SlidingEngine sliding;
  audit::DeliveryLog deliveries;
  SearchNode search;
  ServerNotices server_notices;
  LinksNode links;
  NoticesNode notices;
  ProvenanceNode provenance;
};

}  // namespace kuramori::app
