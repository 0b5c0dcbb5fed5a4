// The tables and documents that the company's own detectors look for, stored as keyed hashes and kept in
// force in the gate.
//
//   DetectorTables tables({.store = …});
//   tables.load();                                             // at start-up: what is stored comes into
//   force auto imported = co_await tables.import_table(std::move(permit), {.name = "customers", .csv =
//   text}); for (const BadLine& bad : imported->bad_lines) …           // left out, because the request
//   allowed it
//
// An import replaces the table whole: the former stays in force until the new one is durable, and whatever
// fails before leaves it as it was. Each version is sealed under a key of its own, which is destroyed with
// it. Thread-safe; imports go one after the other. No values are kept, and no text of a document.
#pragma once
#include <mutex>
#include <optional>
#include <span>

#include "base/clock.hpp"
#include "gate/gate.hpp"
#include "governance/company_data.hpp"
#include "runtime/sequencer.hpp"
#include "runtime/worker_pool.hpp"
#include "storage/key_ring.hpp"
#include "storage/schema.hpp"

namespace kuramori::gate {

// detector_tables(name | kind, version, generation, parts, about, created_ms, created_by)
extern const storage::Table kDetectorTables;
// detector_table_parts(name, generation, part | sealed): a generation counts when its row in detector_tables
// says so.
extern const storage::Table kDetectorTableParts;
std::span<const storage::Table* const> detector_table_tables();

struct DetectorTable {
  enum class Kind : std::uint8_t { Table, Documents };
  std::string name = {};
  Kind kind = Kind::Table;
  std::int64_t version = 0;             // counts from 1 for each name
  std::int64_t rows = 0;                // or documents
  std::int64_t hashes = 0;              // of values, or fingerprints
  std::vector<std::string> parts = {};  // names of columns, or of documents
  Timestamp created = {};
  UserId created_by = {};  // empty: the command line
};
std::string_view to_string(DetectorTable::Kind kind);

struct TableImport {
  std::string name;
  std::string csv;  // UTF-8
  bool skip_bad_lines = false;
  std::optional<std::int64_t> expected_version = {};  // Conflict when another is in force; 0: none is
};
struct DocumentsImport {
  struct Document {
    std::string name;
    std::string text;  // UTF-8
  };
  std::string name;
  std::vector<Document> documents;
  std::optional<std::int64_t> expected_version = {};
};
struct TableImported {
  DetectorTable table = {};
  std::size_t bad_lines_total = 0;
  std::vector<governance::BadLine> bad_lines = {};  // the first of them
};

// As the interfaces tell of them.
json::Object described(const DetectorTable& table);
json::Object described(const TableImported& imported);

class DetectorTables {
 public:
  static constexpr std::size_t kTablesMax = 200;
  static constexpr std::size_t kTableBytesMax = std::size_t{128} << 20;  // of CSV
  static constexpr std::size_t kDocumentsMax = 1'000;                    // of one set

  struct Ports {
    storage::Store& store;
    storage::KeyRing& keys;
    Gate& gate;
    runtime::WorkerPool& workers;
    const Clock& clock;
    Random& random;
  };
  explicit DetectorTables(Ports ports) : ports_(ports) {}

  // Blocking, once; removes what an import that was cut off left behind.
  Result<void> load();

  std::int64_t version_of(const std::string& name) const;  // 0: there is none
  // AdminDetectorsRead.
  runtime::Task<Result<std::vector<DetectorTable>>> list(Permit permit);
  // AdminDetectorsSet. InvalidArgument with the numbers of the lines that cannot be read; Conflict when the
  // name belongs to the other kind, or the policy in force names a column that the new table lacks.
  runtime::Task<Result<TableImported>> import_table(Permit permit, TableImport request);
  runtime::Task<Result<TableImported>> import_documents(Permit permit, DocumentsImport request);
  // AdminDetectorsSet. Conflict when the policy in force names it.
  runtime::Task<Result<void>> remove(Permit permit, std::string name);

 private:
  struct Stored {
    DetectorTable about = {};
    std::int64_t generation = 0;
  };
  struct Content {
    DetectorTable about;
    Bytes stored;
    std::shared_ptr<const governance::ExactDataMatch> table;
    std::shared_ptr<const governance::DocumentFingerprints> set;
  };
  runtime::Task<Result<TableImported>> replace(Permit permit, Stored next, crypto::SecretKey key,
                                               storage::UnitOfWork work, Content content,
                                               TableImported imported);
  Result<Stored> begin(const std::string& name, DetectorTable::Kind kind,
                       std::optional<std::int64_t> expected);
  Result<void> load_one(storage::Snapshot& snapshot, const storage::Row& row, governance::CompanyData& data);
  Result<std::int64_t> policy_version_without(const std::string& name, const governance::CompanyData& data);
  std::optional<Stored> find(const std::string& name) const;

  const Ports ports_;
  runtime::Sequencer changing_;
  mutable std::mutex mutex_;  // of what follows
  std::int64_t last_generation_ = 0;
  std::map<std::string, Stored, std::less<>> stored_;
};

// The tables that the document names must exist when `work` is committed.
void expect_tables(storage::UnitOfWork& work, const governance::PolicyDocument& document);

}  // namespace kuramori::gate
