#include "app/node.hpp"

#include <fstream>

#include "app/version.hpp"
#include "approvals/ports.hpp"
#include "audit/retention.hpp"
#include "base/text.hpp"
#include "e2ee/tables.hpp"
#include "push/tables.hpp"
#include "runtime/sleep.hpp"

namespace kuramori::app {
namespace {

identity::Sessions::Options session_options() {
  identity::Sessions::Options options;
  options.device_tables = e2ee::device_tables();
  options.account_tables = e2ee::account_tables();
  for (const storage::Table* table : push::device_tables()) {
    options.device_tables.push_back(table);
    options.account_tables.push_back(table);
  }
  return options;
}

net::HttpClientOptions outgoing_options(const Config& config) {
  return {.verify_tls = config.outgoing.verify_tls,
          .ca_file = config.outgoing.ca_file,
          .user_agent = "Kuramori/" + std::string(kVersion),
          .proxy = config.outgoing.proxy,
          .denied_networks = config.outgoing.denied_addresses};
}

// Whether the files are good was asked before anything was started.
std::vector<appservices::Registration> registrations(const Config& config) {
  const std::vector<std::string>& files = config.appservices.registration_files;
  return appservices::read_registration_files(files, ServerName(config.server.name)).registrations;
}

std::size_t room_cache_bytes(const Config& config) {
  return static_cast<std::size_t>(config.rooms.cache_bytes);
}

// Whether the password can be read was asked before anything was started.
std::unique_ptr<people::Mailer> make_mailer(const EmailConfig& config, const Environment& environment) {
  if (config.smtp_host.empty()) return nullptr;
  people::MailerOptions options{.host = config.smtp_host,
                                .port = static_cast<std::uint16_t>(config.smtp_port),
                                .from = config.from,
                                .user = config.smtp_user,
                                .password = read_secret(config.smtp_password_file, "").value_or("")};
  if (config.smtp_security == "tls") options.security = people::SmtpSecurity::Tls;
  if (config.smtp_security == "none") options.security = people::SmtpSecurity::None;
  return std::make_unique<people::Mailer>(std::move(options), environment.clock, environment.log);
}

}  // namespace

Result<std::string> read_secret(const std::filesystem::path& file, std::string_view key) {
  if (file.empty()) return std::string();
  std::ifstream in(file);
  std::string secret;
  if (in && std::getline(in, secret) && !text::trim(secret).empty()) return std::string(text::trim(secret));
  return not_found("The file of " + std::string(key) + ", '" + file.string() +
                   "', cannot be read or is empty.");
}

runtime::Task<Result<rooms::MemberProfile>> ProfilesOfMembers::profile_of(UserId user) {
  identity::ProfilePtr profile = profiles_.cached(user);
  if (!profile) {
    auto read = co_await profiles_.read(user);
    if (!read) co_return std::move(read).error();
    profile = *std::move(read);
  }
  rooms::MemberProfile member;
  if (!profile->display_name().empty()) member.display_name = std::string(profile->display_name());
  if (!profile->avatar_url().empty()) member.avatar_url = std::string(profile->avatar_url());
  co_return member;
}

runtime::Task<Result<gate::Subject>> AuthorsOfDelayedEvents::author(UserId user, DeviceId device) {
  auto account = co_await accounts_.find(user);
  if (!account) co_return std::move(account).error();
  const identity::Restriction restriction = restrictions_.of(user);
  if (account->deactivated || restriction.locked == identity::Locked::Yes ||
      restriction.suspended == identity::Suspended::Yes) {
    co_return forbidden("The account may not send any more.");
  }
  gate::Subject subject;
  subject.user = std::move(user);
  subject.device = std::move(device);
  subject.role = account->role;
  co_return subject;
}

std::optional<bool> FindingByOrganisation::may_find(const UserId& viewer, const UserId& target) const {
  const organisation::DirectoryPtr directory = organisation_.directory();
  if (!directory->has_visibility_rules() || !directory->knows(viewer.view()) ||
      !directory->knows(target.view()))
    return std::nullopt;
  return directory->may_find(viewer, target);
}

runtime::Task<void> RoomsFollowAccounts::profile_changed(gate::Subject subject, UserId user) {
  ProfilesOfMembers members(profiles_);
  auto profile = co_await members.profile_of(user);
  if (!profile) co_return;
  auto done = co_await rooms_.update_member_profile(std::move(subject), user, *std::move(profile));
  if (!done) log_.warning("profile_not_carried_into_rooms", {{"reason", done.error().reason()}});
}

runtime::Task<void> RoomsFollowAccounts::account_deactivated(gate::Subject subject, UserId user) {
  gate::Action forgetting{.subject = subject, .operation = gate::Operation::ContactRemove, .resource = {}};
  forgetting.resource.user = user;
  auto admission = co_await gate_.admit(std::move(forgetting));
  if (auto* permit = std::get_if<gate::Permit>(&admission)) {
    auto removed = co_await contacts_.remove_all(std::move(*permit), user);
    if (!removed) log_.warning("deactivated_user_keeps_contacts", {{"reason", removed.error().reason()}});
  }
  auto done = co_await rooms_.leave_all(std::move(subject), user);
  if (!done) log_.warning("deactivated_user_still_in_rooms", {{"reason", done.error().reason()}});
}

Node::Node(const Config& c, Environment e, Organisation& o)
    : config(c),
      environment(e),
      organisation(o),
      outgoing(outgoing_options(c), e.metrics, e.log),
      services(registrations(c), ServerName(c.server.name), e.random),
      hashing({.name = "passwords", .threads = 1, .queue_max = 256}),
      sessions(o.store(), o.gate(), o.keys(), e.clock, e.random, session_options()),
      accounts(
          {.reader = o.store(),
           .gate = o.gate(),
           .sessions = sessions,
           .keys = o.keys(),
           .hashing = hashing,
           .clock = e.clock,
           .random = e.random},
          {.server_name = ServerName(c.server.name),
           .cost = {.memory_kib = static_cast<std::uint32_t>(c.passwords.memory_kib),
                    .passes = static_cast<std::uint32_t>(c.passwords.passes)},
           .password_characters_min = static_cast<std::size_t>(c.passwords.minimum_length),
           .is_exclusive = [this](std::string_view localpart) { return belongs_to_service(localpart); }}),
      devices(o.store(), o.gate(), o.keys(), sessions, e.random),
      profiles(o.store(), o.gate(), o.keys(), sessions, e.random),
      interactive_authentication(accounts, e.clock, e.random,
                                 {.registration_token = c.registration.token, .proofs = &proofs}),
      restrictions(o.store(), o.gate(), e.clock),
      consents(o.store(), o.gate(), o.keys(), e.clock, e.random,
               {.required_version = c.consent.required_version,
                .base_url = c.base_url(),
                .is_exempt = [this](const UserId& user) { return services.owner_of(user) != nullptr; }}),
      organisations({.current = o.workforce(),
                     .reader = o.store(),
                     .gate = o.gate(),
                     .workers = o.workers(),
                     .clock = e.clock},
                    workforce::VersionRows(o.keys(), e.random)),
      member_profiles(profiles),
      account_data(o.store(), o.gate(), o.keys(), e.clock, e.random),
      choices(account_data),
      rooms({.store = o.store(),
             .keys = o.keys(),
             .gate = o.gate(),
             .profiles = member_profiles,
             .signing_key = o.server_keys().events,
             .clock = e.clock,
             .random = e.random,
             .metrics = e.metrics,
             .log = e.log,
             .choices = &choices,
             .policy_key = c.policy_server.enabled ? &o.server_keys().policy_server : nullptr},
            {.server = ServerName(c.server.name),
             .default_version = c.rooms.default_version,
             .publishers =
                 c.rooms.public_list_open ? rooms::Publishers::Everybody : rooms::Publishers::Administrators,
             .cached_bytes_max = room_cache_bytes(c)}),
      audience_book(o.workforce(),
                    {.server = ServerName(c.server.name),
                     .is_of_the_house =
                         [this, notifier = ServerNotices::author_of(ServerName(c.server.name)),
                          asker = approvals::author_of(ServerName(c.server.name))](std::string_view user) {
                           return user == notifier.view() || user == asker.view() ||
                                  std::ranges::any_of(services.all(), [&](const auto& service) {
                                    return service.sender.view() == user;
                                  });
                         }}),
      facts(audience_book, rooms, o.workforce(), e.log),
      directory(rooms, o.store(), o.gate(), e.clock, ServerName(c.server.name)),
      spaces(rooms, o.store()),
      reports(rooms, o.gate()),
      upgrades(rooms),
      delayed_authors(accounts, restrictions),
      delayed_events({.rooms = rooms,
                      .store = o.store(),
                      .keys = o.keys(),
                      .gate = o.gate(),
                      .authors = delayed_authors,
                      .clock = e.clock,
                      .random = e.random,
                      .metrics = e.metrics,
                      .log = e.log},
                     {}),
      mailer(make_mailer(c.email, e)),
      contacts({o.store(), o.gate(), o.keys(), e.clock, e.random, mailer.get()},
               {.base_url = c.base_url(), .organisation = c.server.name}),
      contact_owners(contacts, o.gate()),
      account_follower(rooms, profiles, contacts, o.gate(), e.log),
      finding(o.workforce()),
      user_directory({o.store(), profiles, rooms, e.clock, &finding}, c.user_directory.everybody
                                                                          ? people::Visibility::Organisation
                                                                          : people::Visibility::ByRooms),
      openid(o.gate(), o.keys(), e.clock, e.random),
      push_rules(account_data),
      receipts(o.store(), o.gate(), rooms, e.clock),
      typing(o.gate(), e.clock),
      presence(o.store(), o.gate(), o.keys(), e.clock, e.random,
               c.presence.enabled ? sync::PresenceMode::On : sync::PresenceMode::Off),
      filters(o.store(), o.gate(), o.keys(), e.random),
      encryption({.reader = o.store(),
                  .gate = o.gate(),
                  .keys = o.keys(),
                  .sessions = sessions,
                  .clock = e.clock,
                  .random = e.random},
                 rooms, o.store().last_position()),
      encryption_of_sync(encryption),
      hub(rooms, o.store().last_position(), e.metrics, {}),
      engine(sync_ports()),
      sliding(sync_ports(), e.random),
      deliveries({.store = o.store(),
                  .recorder = o.recorder(),
                  .clock = e.clock,
                  .metrics = e.metrics,
                  .log = e.log},
                 {}),
      search(c, e, o, rooms, recent_events),
      server_notices({.gate = o.gate(), .rooms = rooms, .accounts = accounts, .clock = e.clock, .log = e.log},
                     ServerName(c.server.name)),
      links(c, e, o,
            {.client = outgoing,
             .rooms = rooms,
             .recent = recent_events,
             .accounts = accounts,
             .restrictions = restrictions,
             .is_service = [this](const UserId& user) { return services.owner_of(user) != nullptr; },
             .notices = server_notices}),
      notices(c, e, o, {.rooms = rooms, .accounts = accounts, .notices = server_notices}),
      provenance(e, o, rooms) {
  if (mailer != nullptr) interactive_authentication.provide(contact_owners);
  // In the order in which they must hear of a change: rooms number their events, the hub wakes readers last.
  o.store().add_listener(rooms);
  o.store().add_listener(recent_events);
  o.store().add_listener(audience_book);
  o.store().add_listener(provenance.book());
  o.store().add_listener(o.workforce());
  o.store().add_listener(directory.listener());
  o.store().add_listener(delayed_events);
  o.store().add_listener(sessions.listener());
  o.store().add_listener(profiles.listener());
  o.store().add_listener(restrictions);
  o.store().add_listener(consents);
  o.store().add_listener(user_directory);
  o.store().add_listener(push_rules);
  o.store().add_listener(choices);
  o.store().add_listener(receipts);
  o.store().add_listener(encryption);
  o.store().add_listener(hub);
  if (c.search.enabled) o.store().add_listener(search.indexer());
  o.store().add_listener(links.worker());
}

sync::Engine::Ports Node::sync_ports() {
  return {.hub = hub,
          .rooms = rooms,
          .sessions = sessions,
          .account_data = account_data,
          .receipts = receipts,
          .typing = typing,
          .presence = presence,
          .push_rules = push_rules,
          .clock = environment.clock,
          .choices = &choices,
          .encryption = &encryption_of_sync};
}

Node::~Node() = default;

bool Node::belongs_to_service(std::string_view localpart) const {
  if (localpart == approvals::kAuthorLocalpart || localpart == ServerNotices::kLocalpart) return true;
  return services.owner_of(UserId("@" + std::string(localpart) + ":" + config.server.name)) != nullptr;
}

void Node::spawn_maintenance(runtime::TaskScope& scope, runtime::Executor& executor) {
  scope.spawn_on(executor, organisation.log().run(scope.stop_token()));
  scope.spawn_on(executor, sessions.maintain(scope.stop_token()));
  scope.spawn_on(executor, typing.expire_forever(scope.stop_token()));
  scope.spawn_on(executor, presence.run(scope.stop_token()));
  scope.spawn_on(executor, delayed_events.run(scope.stop_token()));
  scope.spawn_on(executor, encryption.maintain(scope.stop_token()));
  scope.spawn_on(executor, deliveries.run(scope.stop_token()));
  scope.spawn_on(executor, expire_record(scope.stop_token()));
  scope.spawn_on(executor, provenance.keeper().run(scope.stop_token()));
}

runtime::Task<void> Node::expire_record(std::stop_token stop) {
  constexpr Milliseconds kEvery = std::chrono::hours(1);
  const Milliseconds kept = std::chrono::days(config.audit.retention_days);
  for (;;) {
    const bool goes_on = co_await runtime::sleep_for(kEvery, stop);
    if (!goes_on) co_return;
    auto expired =
        co_await audit::expire_entries(organisation.store(), organisation.recorder(), organisation.log(),
                                       environment.clock.now() - kept, "audit.retention_days");
    if (!expired) {
      environment.log.error("record_expiry_failed", {{"error", expired.error().to_log()}});
    } else if (*expired > 0) {
      environment.log.info("record_expired", {{"entries", *expired}});
    }
  }
}

}  // namespace kuramori::app
