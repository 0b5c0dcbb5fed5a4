// A whole server in one thread without sockets or disks: the store in memory, the gate with a policy of the
// test's choice, identity, and a router that requests are matched against. Other modules add their services
// and routes beside it:
//
//   class Rooms : public ::testing::Test {
//    protected:
//     Harness server{{.tables = {&rooms::kEvents, …}}};
//     rooms::RoomService rooms{{server.store, *server.keys, server.gate, …}, {…}};
//     Rooms() { add_rooms_routes(server.router, server.pipeline, rooms); }
//   };
//   const std::string alice = server.sign_up("alice");
//   Reply reply = server.post("/_matrix/client/v3/createRoom", R"({"preset":"private_chat"})", alice);
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "answer_log.hpp"
#include "api/client/consent.hpp"
#include "api/client/identity_routes.hpp"
#include "api/client/pipeline.hpp"
#include "audit/recorder.hpp"
#include "audit/tables.hpp"
#include "governance/compiled_policy.hpp"
#include "identity/tables.hpp"
#include "net/router.hpp"
#include "runtime/manual_executor.hpp"
#include "runtime/worker_pool.hpp"
#include "storage/key_ring.hpp"
#include "storage/memory/memory_store.hpp"

namespace kuramori::api::client::testing {

struct Reply {
  int status = 0;
  json::Object body;  // empty when it is no object
  net::Response response;

  std::string errcode() const { return std::string(json::string_or(body, "errcode", "")); }
  std::string text(std::string_view key) const { return std::string(json::string_or(body, key, "")); }
};

struct HarnessOptions {
  std::vector<const storage::Table*> tables = {};  // beyond those of storage, audit and identity
  std::shared_ptr<const governance::CompiledPolicy> policy = nullptr;  // null: permissive
  RateLimits limits = {.enabled = false, .limits = {}};
  IdentityOptions identity = {};
  std::string registration_token = {};
  identity::Sessions::Options sessions = {};
  std::string consent_version = {};   // what people must agree to
  ServiceCallers* callers = nullptr;  // null: no application services
};

class Harness {
 public:
  static constexpr std::string_view kPassword = "correct horse battery staple";

  explicit Harness(HarnessOptions options = {});
  ~Harness();

  // An account with kPassword and a login of it: the access token. Device "<LOCALPART>".
  std::string sign_up(std::string localpart, gate::Role role = gate::Role::Member);
  UserId user(std::string_view localpart) const {
    return UserId("@" + std::string(localpart) + ":example.org");
  }
  // What the gate lets that subject do; fails the test when it does not.
  gate::Permit permit(gate::Subject subject, gate::Operation operation, gate::Resource resource = {});

  // Routed as the HTTP server would; target with query. An empty token sends no Authorization header.
  Reply request(net::Method method, std::string_view target, std::string body, std::string_view token);
  Reply get(std::string_view target, std::string_view token = {}) {
    return request(net::Method::Get, target, {}, token);
  }
  Reply post(std::string_view target, std::string body, std::string_view token = {}) {
    return request(net::Method::Post, target, std::move(body), token);
  }
  Reply put(std::string_view target, std::string body, std::string_view token) {
    return request(net::Method::Put, target, std::move(body), token);
  }
  Reply del(std::string_view target, std::string_view token, std::string body = {}) {
    return request(net::Method::Delete, target, std::move(body), token);
  }
  // The handler's task alone, for requests that park; `held` must outlive it.
  runtime::Task<net::Response> start(net::Request& held);
  net::Request make_request(net::Method method, std::string_view target, std::string body,
                            std::string_view token) const;

  std::string language;               // Accept-Language of the requests to come
  std::string address = "192.0.2.1";  // and their address

  ManualClock clock;
  SeededRandom random{20'260'101};
  runtime::ManualExecutor executor{clock};
  MetricsRegistry metrics;
  Logger log = Logger::silent();
  storage::memory::MemoryStore store;
  std::unique_ptr<storage::KeyRing> keys;
  audit::Recorder recorder;
  gate::Gate gate;
  runtime::WorkerPool hashing{{.name = "hashing", .threads = 1}};
  identity::Sessions sessions;
  identity::Accounts accounts;
  identity::Devices devices;
  identity::Profiles profiles;
  identity::InteractiveAuthentication interactive_authentication;
  identity::Restrictions restrictions;
  identity::Consents consents;
  IdentityServices services;
  ConsentServices consent_services{consents, "https://example.org/notice?a=1&b=2"};
  net::Router router;
  Pipeline pipeline;
  AnswerLog answers;
};

}  // namespace kuramori::api::client::testing
