#include "app/service.hpp"

#include <algorithm>
#include <thread>

#include "api/client/appservices_routes.hpp"
#include "api/client/consent.hpp"
#include "api/client/encryption_routes.hpp"
#include "api/client/identity_routes.hpp"
#include "api/client/link_page.hpp"
#include "api/client/media_routes.hpp"
#include "api/client/people_routes.hpp"
#include "api/client/push_routes.hpp"
#include "api/client/rooms_routes.hpp"
#include "api/client/search_routes.hpp"
#include "api/client/sync_routes.hpp"
#include "api/work/step_up.hpp"
#include "app/admin_operations.hpp"
#include "app/administration_node.hpp"
#include "app/approvals_node.hpp"
#include "app/appservices_node.hpp"
#include "app/health.hpp"
#include "app/media_node.hpp"
#include "app/policy_server_node.hpp"
#include "app/preview_node.hpp"
#include "app/push_node.hpp"
#include "app/registrations.hpp"
#include "app/retention_node.hpp"
#include "app/viewing_node.hpp"
#include "crypto/base64.hpp"

namespace kuramori::app {
namespace {

api::client::IdentityOptions identity_options(const Config& config, const ServerKeys& keys) {
  api::client::IdentityOptions options;
  options.public_base_url = config.base_url();
  using api::client::Registration;
  options.registration = config.registration.enabled ? Registration::Open : Registration::Closed;
  if (!config.registration.token.empty()) options.registration = Registration::WithToken;
  options.guests = config.registration.guests ? api::client::Guests::Welcome : api::client::Guests::Refused;
  options.registration_shared_secret = config.registration.shared_secret;
  options.default_room_version = config.rooms.default_version;
  options.policy_server_key = config.policy_server.enabled
                                  ? crypto::to_base64(keys.policy_server.public_key())
                                  : config.policy_server.public_key;
  options.takes_contacts = !config.email.smtp_host.empty();
  return options;
}

// Generous to a person, tight for a script; [rate_limits.<operation>] of the configuration changes them.
api::RateLimits rate_limits(const Config& config) {
  std::map<std::string, RateLimitConfig> limits{
      {"login", {0.2, 10}},
      {"registration", {0.2, 5}},
      {"message", {20, 100}},
      {"create_room", {1, 20}},
      {"join", {5, 50}},
      {"invite", {5, 50}},
      {"profile", {2, 20}},
      {"search", {5, 50}},
      {"login_account", {0.1, 10}},
      {"login_token", {0.05, 5}},
      {"refresh", {1, 20}},
      {"registration_check", {1, 20}},
      {"password", {0.1, 5}},
      {"room", {20, 100}},
      {"sync", {50, 500}},
      {"receipt", {20, 200}},
      {"delayed_event", {50, 500}},
      {"media_upload", {5, 100}},
      {"media_download", {50, 500}},
      {"media_view", {5, 50}},
      {"mail", {0.02, 5}},
      {"preview", {2, 30}},
      {"administration", {20, 200}},
      {"link", {10, 100}},
      {"policy_server", {50, 500}},
      {"policy_server_origin", {50, 500}},
  };
  for (const auto& [name, limit] : config.rate_limits.operations) limits[name] = limit;
  api::RateLimits result{.enabled = config.rate_limits.enabled, .limits = {}};
  for (const auto& [name, limit] : limits) {
    result.limits.emplace_back(name, api::RateLimit{limit.per_second, limit.burst});
  }
  return result;
}

net::ServerOptions server_options(const Config& config) {
  const ListenerConfig& listener = config.listener;
  net::ServerOptions options;
  options.address = listener.address;
  options.port = static_cast<std::uint16_t>(listener.port);
  options.tls_certificate = listener.tls_certificate;
  options.tls_key = listener.tls_key;
  options.header_bytes_max = static_cast<std::size_t>(listener.header_bytes_max);
  options.body_bytes_max = static_cast<std::size_t>(listener.body_bytes_max);
  options.connections_max = static_cast<std::size_t>(listener.connections_max);
  options.connections_per_address_max = static_cast<std::size_t>(listener.connections_per_address_max);
  options.requests_in_progress_max = static_cast<std::size_t>(listener.requests_in_progress_max);
  options.first_byte_timeout = Milliseconds(listener.first_byte_timeout_ms);
  options.idle_timeout = Milliseconds(listener.idle_timeout_ms);
  options.drain_timeout = Milliseconds(listener.drain_timeout_ms);
  options.trusted_proxies = listener.trusted_proxies;
  return options;
}

Result<api::client::CallOptions> call_options(const CallsConfig& config) {
  api::client::CallOptions options{.turn_uris = config.turn_uris,
                                   .turn_shared_secret = {},
                                   .turn_lifetime = std::chrono::seconds(config.turn_lifetime_s),
                                   .livekit_urls = config.livekit_urls};
  KURAMORI_TRY(secret, read_secret(config.turn_shared_secret_file, "calls.turn_shared_secret_file"));
  options.turn_shared_secret = std::move(secret);
  return options;
}

std::size_t thread_count(const Config& config) {
  if (config.server.threads > 0) return static_cast<std::size_t>(config.server.threads);
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

struct Service::State {
  State(const Config& c, Environment e) : config(c), environment(e) {}

  Result<void> start();
  void add_routes(net::Router& router, api::client::CallOptions calls);
  static audit::Who who(const gate::Subject& subject);
  void note_delivery(const gate::Subject& to, const api::client::Delivery& part);
  Result<void> record(gate::Operation operation);

  const Config config;
  Environment environment;
  std::unique_ptr<Organisation> organisation;
  std::unique_ptr<Node> node;
  std::unique_ptr<MediaNode> media;
  std::unique_ptr<PushNode> push;
  std::unique_ptr<ApprovalsNode> approvals;
  std::unique_ptr<RetentionNode> retention;
  std::unique_ptr<ViewingNode> viewing;
  std::unique_ptr<PreviewNode> previews;         // null: none are made
  std::unique_ptr<AppservicesNode> appservices;  // null: none are registered
  std::unique_ptr<api::client::Pipeline> pipeline;
  std::unique_ptr<AdministrationNode> administration;
  std::unique_ptr<PolicyServerNode> policy_server;  // null: this server is none
  std::unique_ptr<api::client::IdentityServices> identity_services;
  std::unique_ptr<api::client::ConsentServices> consent_services;
  std::unique_ptr<api::client::RoomsServices> room_services;
  std::unique_ptr<api::client::SyncServices> sync_services;
  std::unique_ptr<api::client::MediaServices> media_services;
  std::unique_ptr<api::client::EncryptionServices> encryption_services;
  std::unique_ptr<api::client::PeopleServices> people_services;
  std::unique_ptr<api::client::SearchServices> search_services;
  std::unique_ptr<api::client::PushServices> push_services;
  std::unique_ptr<api::client::LinkServices> link_services;
  std::unique_ptr<api::work::StepUpServices> step_up_services;
  std::vector<std::unique_ptr<runtime::IoThread>> threads;
  std::vector<std::pair<net::Method, std::string>> routes;
  std::unique_ptr<net::Server> server;
  std::unique_ptr<AdminSocket> admin_socket;
  runtime::TaskScope maintenance;
  bool stopped = false;
};

Result<void> Service::State::start() {
  KURAMORI_TRY(calls, call_options(config.calls));
  const auto mail_password = read_secret(config.email.smtp_password_file, "email.smtp_password_file");
  if (!mail_password) return mail_password.error();
  KURAMORI_CHECK(check_registrations(config));
  KURAMORI_TRY(opened, Organisation::open(config, environment));
  organisation = std::move(opened);
  node = std::make_unique<Node>(config, environment, *organisation);
  KURAMORI_CHECK(node->links.load());
  KURAMORI_CHECK(node->provenance.load());
  KURAMORI_TRY(files, MediaNode::open(config, environment, *organisation, &node->provenance));
  media = std::move(files);
  push = std::make_unique<PushNode>(*node);
  approvals = std::make_unique<ApprovalsNode>(*node, media->held_files());
  KURAMORI_CHECK(approvals->approvals().load());
  organisation->gate().provide({.organisation = &node->facts,
                                .links = &node->links.knowledge(),
                                .origins = &node->provenance.book(),
                                .grants = &approvals->approvals().grants(),
                                .brake = &node->links.brake(),
                                .proofs = &node->proofs,
                                .witness = &node->notices.teller()});
  viewing = std::make_unique<ViewingNode>(*node, *media, approvals->approvals());
  retention = std::make_unique<RetentionNode>(*node, media->library());
  if (config.media.url_previews) {
    previews = std::make_unique<PreviewNode>(
        config, environment,
        PreviewNode::Ports{
            .client = node->outgoing, .gate = organisation->gate(), .library = media->library()});
  }
  if (!node->services.empty()) {
    appservices = std::make_unique<AppservicesNode>(environment, *node);
    KURAMORI_CHECK(appservices->make_senders());
  }
  pipeline = std::make_unique<api::client::Pipeline>(
      node->sessions, organisation->gate(), environment.clock, environment.metrics, environment.log,
      rate_limits(config), &node->restrictions, &node->consents, appservices.get());
  administration = std::make_unique<AdministrationNode>(environment, *node, *media, rate_limits(config));
  net::Router router;
  add_routes(router, std::move(calls));
  routes = router.routes();

  std::vector<runtime::IoThread*> executors;
  for (std::size_t i = 0; i < thread_count(config); ++i) {
    threads.push_back(std::make_unique<runtime::IoThread>(environment.clock, "io-" + std::to_string(i)));
    executors.push_back(threads.back().get());
  }
  server = std::make_unique<net::Server>(server_options(config), std::move(router), executors,
                                         environment.metrics, environment.log);
  for (const auto& thread : threads) thread->start();
  node->spawn_maintenance(maintenance, *threads.front());
  if (config.search.enabled) node->search.indexer().start();
  node->links.start();
  node->notices.teller().start();
  retention->job().start();
  push->spawn(maintenance, *threads.front());
  approvals->spawn(maintenance, *threads.front());
  administration->spawn(maintenance, *threads.front());
  maintenance.spawn_on(*threads.front(), media->library().run(maintenance.stop_token()));
  if (appservices) appservices->spawn(maintenance, *threads.front());
  KURAMORI_CHECK(record(gate::Operation::SystemStart));
  KURAMORI_CHECK(server->start());
  auto handler = [this](const AdminRequest& request, const AdminPeer& peer, const AdminOutput& output) {
    auto files = [this]() -> Result<MediaNode*> { return media.get(); };
    return AdminOperations(*node, std::move(files))
        .run(request, "uid " + std::to_string(peer.user_id), output);
  };
  KURAMORI_TRY(socket, AdminSocket::listen(config.admin_socket_path(), std::move(handler), environment.log));
  admin_socket = std::move(socket);
  return {};
}

void Service::State::add_routes(net::Router& router, api::client::CallOptions calls) {
  identity_services = std::make_unique<api::client::IdentityServices>(
      api::client::IdentityServices{.accounts = node->accounts,
                                    .sessions = node->sessions,
                                    .devices = node->devices,
                                    .profiles = node->profiles,
                                    .interactive_authentication = node->interactive_authentication,
                                    .follower = &node->account_follower,
                                    .random = environment.random,
                                    .options = identity_options(config, organisation->server_keys()),
                                    .proofs = &node->proofs});
  consent_services = std::make_unique<api::client::ConsentServices>(
      api::client::ConsentServices{.consents = node->consents, .document_url = config.consent.document_url});
  room_services = std::make_unique<api::client::RoomsServices>(api::client::RoomsServices{
      .rooms = node->rooms,
      .directory = node->directory,
      .spaces = node->spaces,
      .reports = node->reports,
      .upgrades = node->upgrades,
      .options = {.server = ServerName(config.server.name),
                  .public_list = config.rooms.public_list_needs_login ? api::client::PublicList::NeedsLogin
                                                                      : api::client::PublicList::Open},
      .delayed = &node->delayed_events,
      .click_through =
          [this](const json::Object& content, const RoomId& room, const UserId& sender) {
            return node->links.clicks().rewrite(content, {.room = room, .sender = sender});
          },
      .approvals = &approvals->approvals()});
  sync_services = std::make_unique<api::client::SyncServices>(api::client::SyncServices{
      .engine = node->engine,
      .sliding = node->sliding,
      .hub = node->hub,
      .account_data = node->account_data,
      .push_rules = node->push_rules,
      .receipts = node->receipts,
      .typing = node->typing,
      .presence = node->presence,
      .filters = node->filters,
      .rooms = node->rooms,
      .delivered = [this](const gate::Subject& to, const api::client::Delivery& part) {
        note_delivery(to, part);
      }});
  encryption_services = std::make_unique<api::client::EncryptionServices>(
      api::client::EncryptionServices{.encryption = node->encryption,
                                      .hub = node->hub,
                                      .accounts = node->accounts,
                                      .interactive_authentication = node->interactive_authentication});
  people_services = std::make_unique<api::client::PeopleServices>(
      api::client::PeopleServices{.accounts = node->accounts,
                                  .devices = node->devices,
                                  .restrictions = node->restrictions,
                                  .directory = node->user_directory,
                                  .openid = node->openid,
                                  .contacts = node->contacts,
                                  .interactive_authentication = node->interactive_authentication,
                                  .options = {.server = ServerName(config.server.name),
                                              .base_url = config.base_url(),
                                              .calls = std::move(calls)}});
  push_services = std::make_unique<api::client::PushServices>(api::client::PushServices{
      .service = push->service(), .notifications = push->notifications(), .contacts = node->contacts});
  media_services = std::make_unique<api::client::MediaServices>(api::client::MediaServices{
      .library = media->library(),
      .delivered = [this](const gate::Subject& to,
                          const media::MediaId& id) { node->deliveries.note_file(who(to), id.to_uri()); },
      .options = {.old_downloads = config.media.unauthenticated_downloads
                                       ? api::client::OldDownloads::Open
                                       : api::client::OldDownloads::Frozen},
      .previews = previews ? &previews->previews() : nullptr,
      .viewer = &viewing->viewer()});
  if (config.search.enabled) {
    search_services = std::make_unique<api::client::SearchServices>(
        api::client::SearchServices{.searcher = node->search.searcher()});
    api::client::add_search_routes(router, *pipeline, *search_services);
  }
  api::client::add_appservice_ping_routes(router, *pipeline);
  api::client::add_appservice_room_directory_routes(router, *pipeline);
  administration->add_routes(router);
  approvals->add_routes(router, administration->pipeline());
  step_up_services = std::make_unique<api::work::StepUpServices>(
      api::work::StepUpServices{.authentication = node->interactive_authentication});
  api::work::add_label_routes(router, administration->pipeline(), node->provenance.label_services());
  api::work::add_step_up_routes(router, administration->pipeline(), *step_up_services);
  api::work::add_provenance_routes(router, administration->pipeline(), node->provenance.services());
  viewing->add_routes(router, *pipeline, administration->pipeline());
  add_health_routes(router, *node);
  add_record_routes(router, *pipeline, *node);
  api::client::add_identity_routes(router, *pipeline, *identity_services);
  link_services = std::make_unique<api::client::LinkServices>(
      api::client::LinkServices{.clicks = node->links.clicks(), .stop = maintenance.stop_token()});
  api::client::add_link_routes(router, *pipeline, *link_services);
  if (config.policy_server.enabled) {
    policy_server = std::make_unique<PolicyServerNode>(*node, maintenance.stop_token());
    api::client::add_policy_server_routes(router, *pipeline, policy_server->services());
  }
  api::client::add_consent_routes(router, *pipeline, *consent_services);
  api::client::add_all_room_routes(router, *pipeline, *room_services);
  api::client::add_all_sync_routes(router, *pipeline, *sync_services);
  api::client::add_all_encryption_routes(router, *pipeline, *encryption_services);
  api::client::add_people_routes(router, *pipeline, *people_services);
  api::client::add_pusher_routes(router, *pipeline, *push_services);
  api::client::add_notification_routes(router, *pipeline, *push_services);
  api::client::add_media_routes(router, *pipeline, *media_services);
}

audit::Who Service::State::who(const gate::Subject& subject) {
  return {.user = subject.user,
          .device = subject.device,
          .session = subject.session,
          .address = subject.address,
          .user_agent = subject.user_agent};
}

void Service::State::note_delivery(const gate::Subject& to, const api::client::Delivery& part) {
  node->deliveries.note(who(to), part.from, part.to);
}

Result<void> Service::State::record(gate::Operation operation) {
  runtime::ManualExecutor executor(environment.clock);
  gate::Action action{.subject = gate::Subject::system(), .operation = operation, .resource = {}};
  gate::Admission admission = executor.run(organisation->gate().admit(std::move(action)));
  if (auto* permit = std::get_if<gate::Permit>(&admission)) {
    return executor.run(organisation->gate().record(std::move(*permit), gate::Outcome{}));
  }
  return internal_error("the gate refused to start or stop the server");
}

Service::Service(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Service>> Service::start(const Config& config, Environment environment) {
  std::unique_ptr<Service> service(new Service(std::make_unique<State>(config, environment)));
  auto started = service->state_->start();
  if (!started) {
    service->stop();
    return std::move(started).error();
  }
  return service;
}

void Service::stop() {
  State& s = *state_;
  if (std::exchange(s.stopped, true)) return;
  s.admin_socket.reset();
  if (s.server)
    s.server->stop([&s] {
      s.node->hub.drain();
      s.media->library().drain();
      if (s.previews) s.previews->drain();
    });
  s.maintenance.join_blocking();
  if (s.node) s.node->search.indexer().stop();
  if (s.retention) s.retention->job().stop();
  if (s.node) s.node->links.stop();
  if (s.node) s.node->notices.teller().stop();
  if (s.node) {
    runtime::ManualExecutor executor(s.environment.clock);
    const auto note = [&](std::string_view what, const Result<void>& done) {
      if (!done)
        s.environment.log.error("stop_incomplete", {{"what", what}, {"error", done.error().to_log()}});
    };
    note("sessions", executor.run(s.node->sessions.flush_seen()));
    note("deliveries", executor.run(s.node->deliveries.flush()));
    if (s.server) note("record", s.record(gate::Operation::SystemStop));
    if (auto covered = executor.run(s.organisation->log().flush()); !covered) {
      s.environment.log.error("stop_incomplete",
                              {{"what", "checkpoint"}, {"error", covered.error().to_log()}});
    }
  }
  for (const auto& thread : s.threads) thread->stop();
  for (const auto& thread : s.threads) thread->join();
}

Service::~Service() {
  stop();
}

std::uint16_t Service::port() const {
  return state_->server->port();
}
bool Service::initialised_now() const {
  return state_->organisation->is_new();
}
const std::vector<std::pair<net::Method, std::string>>& Service::routes() const {
  return state_->routes;
}
Organisation& Service::organisation() {
  return *state_->organisation;
}
Node& Service::node() {
  return *state_->node;
}

}  // namespace kuramori::app
