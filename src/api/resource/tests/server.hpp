// A whole server in one thread without sockets or disks, for the tests of Kuramori's own interfaces: the
// store in memory, a gate with a policy of the test's choice, identity, and a router that requests are
// matched against.
//
//   Server server{{.tables = workforce::tables()}};
//   const std::string chief = server.sign_up("chief", gate::Role::Administrator);
//   Reply reply = server.get("/_kuramori/admin/v1/organisation", chief);
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "api/resource/pipeline.hpp"
#include "audit/recorder.hpp"
#include "audit/tables.hpp"
#include "base/text.hpp"
#include "governance/compiled_policy.hpp"
#include "identity/accounts.hpp"
#include "identity/tables.hpp"
#include "net/router.hpp"
#include "runtime/manual_executor.hpp"
#include "runtime/worker_pool.hpp"
#include "storage/key_ring.hpp"
#include "storage/memory/memory_store.hpp"

namespace kuramori::api::resource::testing {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Reply {
  int status = 0;
  json::Object body;  // empty when it is no object
  net::Response response;

  std::string text(std::string_view key) const { return std::string(json::string_or(body, key, "")); }
  std::int64_t number(std::string_view key) const { return json::integer_or(body, key, -1); }
  // The end of the problem's type: "version-changed"; empty when it is no problem.
  std::string problem() const {
    constexpr std::string_view kPrefix = "urn:kuramori:problem:";
    const std::string type = text("type");
    return type.starts_with(kPrefix) ? type.substr(kPrefix.size()) : "";
  }
  std::string header(std::string_view name) const {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return "";
  }
};

struct ServerOptions {
  std::vector<const storage::Table*> tables = {};  // beyond those of storage, audit, identity and this module
  std::shared_ptr<const governance::CompiledPolicy> policy = nullptr;  // null: permissive
  RateLimits limits = {.enabled = false, .limits = {}};
};

class Server {
 public:
  explicit Server(ServerOptions options = {})
      : keys(open_keys(store, options.tables, clock, random)),
        gate({store, recorder, clock, random, metrics, log},
             options.policy ? options.policy : governance::CompiledPolicy::permissive()),
        pipeline({.sessions = sessions,
                  .gate = gate,
                  .clock = clock,
                  .metrics = metrics,
                  .log = log,
                  .limits = options.limits,
                  .restrictions = &restrictions,
                  .answers = &answers}) {
    store.add_listener(sessions.listener());
    store.add_listener(restrictions);
  }

  UserId user(std::string_view localpart) const {
    return UserId("@" + std::string(localpart) + ":example.org");
  }
  gate::Permit permit(gate::Subject subject, gate::Operation operation) {
    auto admission = executor.run(gate.admit({std::move(subject), operation, {}, nullptr}));
    ensure(std::holds_alternative<gate::Permit>(admission), "the policy of the test permits its preparation");
    return std::get<gate::Permit>(std::move(admission));
  }
  // An account and a login of it: the access token.
  std::string sign_up(std::string localpart, gate::Role role = gate::Role::Member) {
    identity::NewAccount account;
    account.localpart = std::move(localpart);
    account.role = role;
    auto created = executor.run(
        accounts.create(permit(gate::Subject::system(), gate::Operation::AdminUserAdd), std::move(account)));
    ensure(created.has_value(), "the account is created");
    identity::LoginRequest login;
    login.user = created->user;
    gate::Subject subject;
    subject.user = created->user;
    subject.role = role;
    auto issued = executor.run(
        sessions.log_in(permit(std::move(subject), gate::Operation::AccountLogin), std::move(login)));
    ensure(issued.has_value(), "the login succeeds");
    return issued->access_token;
  }

  net::Request make_request(net::Method method, std::string_view target, std::string body,
                            std::string_view token, const Headers& headers = {}) {
    net::Request request;
    request.method = method;
    request.target = std::string(target);
    const std::size_t question = target.find('?');
    request.path = std::string(target.substr(0, question));
    if (question != std::string_view::npos) {
      for (const std::string_view pair : text::split(target.substr(question + 1), '&')) {
        const std::size_t equals = std::min(pair.find('='), pair.size());
        request.query.emplace_back(decoded(pair.substr(0, equals)),
                                   decoded(pair.substr(std::min(equals + 1, pair.size()))));
      }
    }
    request.headers = headers;
    if (!token.empty()) request.headers.emplace_back("authorization", "Bearer " + std::string(token));
    if (!body.empty() && request.header("content-type").empty())
      request.headers.emplace_back("content-type", "application/json");
    request.body = std::move(body);
    request.peer_address = "192.0.2.1";
    request.received = clock.steady_now();
    request.id = ++requests;
    return request;
  }
  // Routed as the HTTP server would; the target with its query.
  Reply request(net::Method method, std::string_view target, std::string body, std::string_view token,
                const Headers& headers = {}) {
    net::Request held = make_request(method, target, std::move(body), token, headers);
    Reply reply;
    reply.response = executor.run(start(held));
    reply.status = reply.response.status;
    if (auto parsed = json::parse_object(reply.response.body)) reply.body = *std::move(parsed);
    return reply;
  }
  Reply get(std::string_view target, std::string_view token, const Headers& headers = {}) {
    return request(net::Method::Get, target, {}, token, headers);
  }
  Reply post(std::string_view target, std::string body, std::string_view token, const Headers& headers = {}) {
    return request(net::Method::Post, target, std::move(body), token, headers);
  }
  Reply put(std::string_view target, std::string body, std::string_view token, const Headers& headers = {}) {
    return request(net::Method::Put, target, std::move(body), token, headers);
  }
  // The handler's task alone; `held` must outlive it.
  runtime::Task<net::Response> start(net::Request& held) {
    net::Router::Match match = router.match(held.method, held.path);
    if (match.route == nullptr) {
      net::Response response;
      response.status = match.status;
      co_return response;
    }
    held.parameters = std::move(match.parameters);
    auto handling = match.route->handler(held);
    auto response = co_await std::move(handling);
    co_return response;
  }

  ManualClock clock;
  SeededRandom random{20'261'129};
  runtime::ManualExecutor executor{clock};
  MetricsRegistry metrics;
  Logger log = Logger::silent();
  storage::memory::MemoryStore store;
  std::unique_ptr<storage::KeyRing> keys;
  audit::Recorder recorder{*keys, clock, random};
  gate::Gate gate;
  runtime::WorkerPool workers{{.name = "worker", .threads = 1}};
  identity::Sessions sessions{store, gate, *keys, clock, random, {}};
  identity::Accounts accounts{{store, gate, sessions, *keys, workers, clock, random},
                              {.server_name = ServerName("example.org"),
                               .cost = {.memory_kib = 64, .passes = 1},
                               .is_exclusive = {}}};
  identity::Restrictions restrictions{store, gate, clock};
  IdempotentAnswers answers{{.store = store, .keys = *keys, .clock = clock, .random = random}};
  net::Router router;
  Pipeline pipeline;

 private:
  static std::unique_ptr<storage::KeyRing> open_keys(storage::memory::MemoryStore& store,
                                                     const std::vector<const storage::Table*>& more,
                                                     const Clock& clock, Random& random) {
    std::vector<const storage::Table*> tables{&storage::kWrappedKeys, &kIdempotentRequests};
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
  static std::string decoded(std::string_view text) {
    return text::percent_decode(text).value_or(std::string(text));
  }

  std::uint64_t requests = 0;
};

}  // namespace kuramori::api::resource::testing
