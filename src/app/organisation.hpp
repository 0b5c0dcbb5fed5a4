// Everything of one organisation that lies in data_dir, opened: the store, the keys, the record, the policy,
// the gate. Floors 1 to 5, in floor order, and who works where. The server and the commands that work without
// one both stand on it.
#pragma once
#include <memory>

#include "app/config.hpp"
#include "app/server_keys.hpp"
#include "audit/log.hpp"
#include "audit/recorder.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "gate/detector_tables.hpp"
#include "gate/gate.hpp"
#include "gate/policy_store.hpp"
#include "runtime/worker_pool.hpp"
#include "storage/key_ring.hpp"
#include "storage/sqlite/sqlite_store.hpp"
#include "workforce/current_organisation.hpp"

namespace kuramori::app {

// What the process gives: time, randomness, where to log and count.
struct Environment {
  const Clock& clock;
  Random& random;
  MetricsRegistry& metrics;
  Logger log;
};

class Organisation {
 public:
  // Makes data_dir, the root key, the database, the server's keys and the default policy where they are
  // missing. A database without its root key is refused, and one of another server.name. Errors say what to
  // do.
  static Result<std::unique_ptr<Organisation>> open(const Config& config, Environment environment,
                                                    audit::FileAhead file_ahead = audit::FileAhead::Refuse);
  ~Organisation();

  bool is_new() const { return is_new_; }  // it was initialised just now
  storage::Store& store() { return *store_; }
  storage::KeyRing& keys() { return *keys_; }
  const ServerKeys& server_keys() const { return server_keys_; }
  audit::Recorder& recorder() { return *recorder_; }
  audit::Log& log() { return *log_; }
  gate::Gate& gate() { return *gate_; }
  gate::PolicyStore& policies() { return *policies_; }
  gate::DetectorTables& detector_tables() { return *detector_tables_; }
  runtime::WorkerPool& workers() { return *workers_; }
  // Who works where. Follows the stream once it is among the store's listeners.
  workforce::CurrentOrganisation& workforce() { return *workforce_; }

 private:
  explicit Organisation(ServerKeys keys) : server_keys_(std::move(keys)) {}
  Result<void> start_gate(const Config& config, Environment environment);
  Result<void> record_initialisation(Environment environment, std::string document);

  bool is_new_ = false;
  std::unique_ptr<runtime::WorkerPool> workers_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<storage::KeyRing> keys_;
  ServerKeys server_keys_;
  std::unique_ptr<workforce::CurrentOrganisation> workforce_;
  std::unique_ptr<audit::Recorder> recorder_;
  std::unique_ptr<audit::Log> log_;
  std::unique_ptr<gate::Gate> gate_;
  std::unique_ptr<gate::PolicyStore> policies_;
  std::unique_ptr<gate::DetectorTables> detector_tables_;
};

}  // namespace kuramori::app
