#include "app/organisation.hpp"

#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "app/migrations.hpp"
#include "app/server_name.hpp"
#include "crypto/key_file.hpp"
#include "runtime/manual_executor.hpp"

namespace kuramori::app {
namespace {

Result<void> make_data_dir(const std::filesystem::path& directory) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(directory, error);
  if (error) {
    return Error(ErrorCode::Unavailable, "KURAMORI_DATA_DIR",
                 "The data directory '" + directory.string() + "' cannot be made: " + error.message() + ".");
  }
  // What it holds is sealed, but its shape is nobody's business.
  if (made) std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
  return {};
}

Result<crypto::SecretKey> open_root_key(const Config& config, Random& random) {
  const std::filesystem::path path = config.root_key_path();
  const bool has_key = std::filesystem::exists(std::filesystem::symlink_status(path));
  if (has_key) return crypto::read_key_file(path);
  if (std::filesystem::exists(config.database_path())) {
    return Error(ErrorCode::NotFound, "KURAMORI_KEY_FILE",
                 "The root key file '" + path.string() + "' is missing, and the database '" +
                     config.database_path().string() +
                     "' cannot be opened without it. Restore the key file from its backup (mode 0600).");
  }
  return crypto::create_key_file(path, random);
}

Result<std::string> initial_policy(const Config& config) {
  if (config.policy.file.empty()) return std::string(governance::default_policy_text());
  std::ifstream in(config.policy.file);
  if (!in) {
    return Error(ErrorCode::NotFound, "KURAMORI_POLICY",
                 "The policy file '" + config.policy.file.string() + "' (policy.file) cannot be read.");
  }
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

}  // namespace

Result<std::unique_ptr<Organisation>> Organisation::open(const Config& config, Environment environment,
                                                         audit::FileAhead file_ahead) {
  KURAMORI_CHECK(make_data_dir(config.server.data_dir));
  KURAMORI_TRY(root, open_root_key(config, environment.random));
  auto workers = std::make_unique<runtime::WorkerPool>(
      runtime::WorkerPool::Options{.name = "worker", .threads = 2, .queue_max = 1024});
  KURAMORI_TRY(store, storage::sqlite::SqliteStore::open(
                          {.path = config.database_path(),
                           .reader_threads = static_cast<std::size_t>(config.database.reader_threads),
                           .page_cache_bytes = static_cast<std::size_t>(config.database.cache_bytes)},
                          environment.clock, environment.metrics, environment.log));
  KURAMORI_CHECK(store->migrate(migrations()));
  KURAMORI_TRY(keys, storage::KeyRing::open(*store, root, environment.clock, environment.random));
  KURAMORI_CHECK(bind_server_name(*store, config, environment.clock));
  KURAMORI_TRY(server_keys, open_server_keys(*store, *keys, environment.clock, environment.random));

  std::unique_ptr<Organisation> organisation(new Organisation(std::move(server_keys)));
  organisation->workers_ = std::move(workers);
  organisation->store_ = std::move(store);
  organisation->keys_ = std::move(keys);
  const workforce::VersionRows versions(*organisation->keys_, environment.random);
  KURAMORI_TRY(people, workforce::CurrentOrganisation::open(*organisation->store_, versions));
  organisation->workforce_ = std::move(people);
  organisation->recorder_ =
      std::make_unique<audit::Recorder>(*organisation->keys_, environment.clock, environment.random);
  KURAMORI_TRY(log, audit::Log::open({.store = *organisation->store_,
                                      .pool = *organisation->workers_,
                                      .clock = environment.clock,
                                      .metrics = environment.metrics,
                                      .log = environment.log},
                                     {.server = ServerName(config.server.name),
                                      .directory = config.checkpoint_path().parent_path(),
                                      .file_ahead = file_ahead},
                                     {.signing = organisation->server_keys_.record,
                                      .organisation = organisation->keys_->organisation_key()}));
  organisation->log_ = std::move(log);
  organisation->store_->set_record_listener(*organisation->log_);
  KURAMORI_CHECK(organisation->start_gate(config, environment));
  return organisation;
}

Result<void> Organisation::start_gate(const Config& config, Environment environment) {
  KURAMORI_TRY(stored, store_->read_blocking(gate::load_current_policy));
  std::string document;
  if (stored) {
    document = stored->document;
  } else {
    KURAMORI_TRY(initial, initial_policy(config));
    document = std::move(initial);
  }
  KURAMORI_TRY(policy, gate::compile_policy(document, stored ? stored->version : 1));
  gate_ = std::make_unique<gate::Gate>(gate::Gate::Ports{.store = *store_,
                                                         .recorder = *recorder_,
                                                         .clock = environment.clock,
                                                         .random = environment.random,
                                                         .metrics = environment.metrics,
                                                         .log = environment.log},
                                       std::move(policy));
  policies_ = std::make_unique<gate::PolicyStore>(*gate_, *store_, *workers_, environment.clock);
  detector_tables_ =
      std::make_unique<gate::DetectorTables>(gate::DetectorTables::Ports{.store = *store_,
                                                                         .keys = *keys_,
                                                                         .gate = *gate_,
                                                                         .workers = *workers_,
                                                                         .clock = environment.clock,
                                                                         .random = environment.random});
  KURAMORI_CHECK(detector_tables_->load());
  if (stored) return {};
  is_new_ = true;
  return record_initialisation(environment, std::move(document));
}

// The first act of an organisation goes through its gate, like every other.
Result<void> Organisation::record_initialisation(Environment environment, std::string document) {
  runtime::ManualExecutor executor(environment.clock);
  gate::Action action{
      .subject = gate::Subject::system(), .operation = gate::Operation::SystemInitialise, .resource = {}};
  gate::Admission admission = executor.run(gate_->admit(std::move(action)));
  auto* permit = std::get_if<gate::Permit>(&admission);
  if (permit == nullptr) return internal_error("the gate refused to initialise the organisation");
  KURAMORI_CHECK(executor.run(policies_->swap(std::move(*permit), std::move(document), {})));
  return {};
}

Organisation::~Organisation() = default;

}  // namespace kuramori::app
