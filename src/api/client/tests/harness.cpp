#include "harness.hpp"

#include "base/text.hpp"

namespace kuramori::api::client::testing {
namespace {

constexpr crypto::PasswordCost kCheap{.memory_kib = 64, .passes = 1};

std::unique_ptr<storage::KeyRing> open_keys(storage::memory::MemoryStore& store,
                                            const std::vector<const storage::Table*>& more,
                                            const Clock& clock, Random& random) {
  std::vector<const storage::Table*> tables{&storage::kWrappedKeys};
  for (const storage::Table* table : audit::tables()) tables.push_back(table);
  for (const storage::Table* table : identity::tables()) tables.push_back(table);
  tables.insert(tables.end(), more.begin(), more.end());
  storage::Migration migration{.number = 1, .name = "initial", .changes = {}};
  for (const storage::Table* table : tables) migration.changes.emplace_back(storage::CreateTable{table});
  const auto migrated = store.migrate(std::span(&migration, 1));
  ensure(migrated.has_value(), "the tables can be made");
  auto ring = storage::KeyRing::open(store, crypto::SecretKey::generate(random), clock, random);
  ensure(ring.has_value(), "the key ring opens");
  return *std::move(ring);
}

std::string decoded(std::string_view text) {
  return text::percent_decode(text).value_or(std::string(text));
}

}  // namespace

Harness::Harness(HarnessOptions options)
    : keys(open_keys(store, options.tables, clock, random)),
      recorder(*keys, clock, random),
      gate({store, recorder, clock, random, metrics, log},
           options.policy ? options.policy : governance::CompiledPolicy::permissive()),
      sessions(store, gate, *keys, clock, random, options.sessions),
      accounts({store, gate, sessions, *keys, hashing, clock, random},
               {.server_name = ServerName("example.org"), .cost = kCheap, .is_exclusive = {}}),
      devices(store, gate, *keys, sessions, random),
      profiles(store, gate, *keys, sessions, random),
      interactive_authentication(accounts, clock, random, {.registration_token = options.registration_token}),
      restrictions(store, gate, clock),
      consents(store, gate, *keys, clock, random,
               {.required_version = options.consent_version, .base_url = "https://example.org"}),
      services{accounts, sessions, devices,         profiles, interactive_authentication,
               nullptr,  random,   options.identity},
      pipeline(sessions, gate, clock, metrics, log, options.limits, &restrictions, &consents,
               options.callers) {
  store.add_listener(sessions.listener());
  store.add_listener(profiles.listener());
  store.add_listener(restrictions);
  store.add_listener(consents);
  add_identity_routes(router, pipeline, services);
  add_consent_routes(router, pipeline, consent_services);
}

Harness::~Harness() = default;

gate::Permit Harness::permit(gate::Subject subject, gate::Operation operation, gate::Resource resource) {
  gate::Action action{std::move(subject), operation, std::move(resource), nullptr};
  auto admission = executor.run(gate.admit(std::move(action)));
  ensure(std::holds_alternative<gate::Permit>(admission), "the policy of the test permits its preparation");
  return std::get<gate::Permit>(std::move(admission));
}

std::string Harness::sign_up(std::string localpart, gate::Role role) {
  identity::NewAccount account;
  account.localpart = localpart;
  account.password = std::string(kPassword);
  account.role = role;
  auto created = executor.run(
      accounts.create(permit(gate::Subject::system(), gate::Operation::AdminUserAdd), std::move(account)));
  ensure(created.has_value(), "the account is created");
  identity::LoginRequest login;
  login.user = created->user;
  std::string device = localpart;
  for (char& c : device) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  login.device = DeviceId(device);
  gate::Subject subject;
  subject.user = created->user;
  subject.role = role;
  auto issued = executor.run(
      sessions.log_in(permit(std::move(subject), gate::Operation::AccountLogin), std::move(login)));
  ensure(issued.has_value(), "the login succeeds");
  return issued->access_token;
}

net::Request Harness::make_request(net::Method method, std::string_view target, std::string body,
                                   std::string_view token) const {
  net::Request request;
  request.method = method;
  request.target = std::string(target);
  const std::size_t question = target.find('?');
  request.path = std::string(target.substr(0, question));
  if (question != std::string_view::npos) {
    for (const std::string_view pair : text::split(target.substr(question + 1), '&')) {
      const std::size_t equals = pair.find('=');
      const std::string_view value =
          equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
      request.query.emplace_back(decoded(pair.substr(0, equals)), decoded(value));
    }
  }
  if (!token.empty()) request.headers.emplace_back("authorization", "Bearer " + std::string(token));
  if (!language.empty()) request.headers.emplace_back("accept-language", language);
  request.body = std::move(body);
  request.peer_address = address;
  request.received = clock.steady_now();
  return request;
}

runtime::Task<net::Response> Harness::start(net::Request& held) {
  net::Router::Match match = router.match(held.method, held.path);
  if (match.route == nullptr) {
    net::Response response;
    response.status = match.status;
    response.body = R"({"errcode":"M_UNRECOGNIZED","error":"no route"})";
    co_return response;
  }
  held.parameters = std::move(match.parameters);
  net::Response response = co_await match.route->handler(held);
  answers.write(held, response);
  co_return response;
}

Reply Harness::request(net::Method method, std::string_view target, std::string body,
                       std::string_view token) {
  net::Request held = make_request(method, target, std::move(body), token);
  Reply reply;
  reply.response = executor.run(start(held));
  reply.status = reply.response.status;
  auto parsed = json::parse_object(reply.response.body);
  if (parsed) reply.body = *std::move(parsed);
  return reply;
}

}  // namespace kuramori::api::client::testing
