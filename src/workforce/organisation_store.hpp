// The stored organisation: every version kept, the newest in force. A change is an import of a whole content,
// a rollback is an import of an earlier one.
//
//   auto outcome = co_await organisations.import(std::move(permit), std::move(request));
//   if (!outcome) ...                                       // KURAMORI_VERSION_CHANGED, too large, storage
//   if (outcome->kind == ImportOutcome::Kind::Invalid) tell(outcome->problems);
//
// Checking, comparing and sealing run on the worker pool. Imports pass one after another; reads do not wait
// for them. Thread-safe. The wiring adds its CurrentOrganisation to the store as a listener.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "gate/gate.hpp"
#include "organisation/difference.hpp"
#include "organisation/directory.hpp"
#include "runtime/sequencer.hpp"
#include "runtime/worker_pool.hpp"
#include "workforce/current_organisation.hpp"
#include "workforce/organisation_version.hpp"
#include "workforce/version_rows.hpp"

namespace kuramori::workforce {

enum class Removals : bool { Refuse, Confirmed };

struct ImportRequest {
  organisation::Content content;
  Origin origin = Origin::Document;
  std::string reason = {};  // at most kReasonBytesMax
  // What the content was made from: another version in force is KURAMORI_VERSION_CHANGED. None: whatever is.
  std::optional<std::int64_t> expected_version = {};
  Removals removals = Removals::Refuse;  // of units and people
};

// What an import did, or would do.
struct ImportOutcome {
  enum class Kind : std::uint8_t {
    Stored,             // a dry run: would be
    Unchanged,          // the content is what is in force: no new version
    Invalid,            // `problems` says why
    NeedsConfirmation,  // it removes units or people, and nobody said that this is meant
  };
  Kind kind = Kind::Unchanged;
  std::int64_t version = 0;  // in force now
  organisation::Difference difference = {};
  std::vector<organisation::Problem> problems = {};
};

class OrganisationStore {
 public:
  static constexpr std::size_t kReasonBytesMax = 1'000;
  static constexpr std::size_t kHistoryMax = 500;
  // A larger difference (the first import of a large company) is kept as its counts alone.
  static constexpr std::size_t kDifferenceBytesMax = 16UL << 20U;

  struct Ports {
    CurrentOrganisation& current;
    storage::Reader& reader;
    gate::Gate& gate;
    runtime::WorkerPool& workers;
    const Clock& clock;
  };
  OrganisationStore(Ports ports, VersionRows rows) : ports_(ports), rows_(std::move(rows)) {}

  organisation::DirectoryPtr current() const { return ports_.current.directory(); }
  OrganisationInForce in_force() const { return ports_.current.in_force(); }

  // AdminOrganisationImport. Durable and in force when it returns Stored.
  runtime::Task<Result<ImportOutcome>> import(gate::Permit permit, ImportRequest request);
  // What `import` would answer; changes nothing, and the caller records it.
  runtime::Task<Result<ImportOutcome>> examine(const gate::Permit& permit, ImportRequest request);
  // The content of `version` as a new version; M_NOT_FOUND. Otherwise like an import.
  struct RollbackRequest {
    std::int64_t version = 0;
    std::string reason = {};
    std::optional<std::int64_t> expected_version = {};
    Removals removals = Removals::Refuse;
  };
  runtime::Task<Result<ImportOutcome>> roll_back(gate::Permit permit, RollbackRequest request);

  // AdminOrganisationRead; the caller records it. Newest first, below `before` when that is given, at most
  // kHistoryMax.
  runtime::Task<Result<std::vector<OrganisationVersion>>> history(const gate::Permit& permit,
                                                                  std::optional<std::int64_t> before,
                                                                  std::size_t limit);
  struct StoredVersion {
    OrganisationVersion about;
    VersionTexts texts;
  };
  // M_NOT_FOUND.
  runtime::Task<Result<StoredVersion>> version(const gate::Permit& permit, std::int64_t version);

 private:
  struct Prepared {
    ImportOutcome outcome;
    organisation::DirectoryPtr directory;
    storage::Row document;  // sealed, of the version after the base
  };
  Result<void> check(const ImportRequest& request, const OrganisationInForce& base) const;
  runtime::Task<Result<Prepared>> prepare(ImportRequest request, OrganisationInForce base);
  runtime::Task<Result<ImportOutcome>> store(gate::Permit permit, ImportRequest request,
                                             std::optional<std::int64_t> restored);
  runtime::Task<Result<StoredVersion>> read(std::int64_t version);

  Ports ports_;
  VersionRows rows_;
  runtime::Sequencer importing_;
};

}  // namespace kuramori::workforce
