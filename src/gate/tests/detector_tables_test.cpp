#include "gate/detector_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/tests/gate_fixture.hpp"

namespace kuramori::gate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kPolicy = R"({"format":1,"name":"tables",
  "detectors":[{"id":"customers","exact_data":{"table":"customers","columns":["name","phone"],"near":60}},
               {"id":"merger","fingerprints":{"set":"merger","share":0.3}}],
  "rules":[{"id":"rows","operations":["room.send"],"when":{"finding":{"detector":"customers"}},"effect":"refuse"},
           {"id":"plan","operations":["room.send"],"when":{"finding":{"detector":"merger"}},"effect":"refuse"}]})";
constexpr std::string_view kCsv = "name,phone\n陳大文,91234567\nMaria Garcia,51234567\n";
constexpr std::string_view kPlan =
    "The board resolved to acquire all shares of Aster Holdings in the autumn, subject to review by the "
    "authority; "
    "the price is forty one dollars a share, and nobody outside of the committee knows of it.";

class Tables : public ::testing::Test {
 protected:
  static GateFixture& with_tables(GateFixture& fixture) {
    std::vector<storage::SchemaChange> changes;
    for (const storage::Table* table : detector_table_tables())
      changes.push_back(storage::CreateTable{table});
    std::vector<storage::Migration> migrations{{1, "gate", {}}, {2, "tables", std::move(changes)}};
    EXPECT_TRUE(fixture.store.migrate(migrations));
    return fixture;
  }
  DetectorTables::Ports ports() { return {f.store, *f.keys, *f.gate, workers, f.clock, f.random}; }

  Permit permit(Operation operation) {
    return f.permitted(GateFixture::action(operation, nullptr, Role::Administrator));
  }
  Result<TableImported> import(std::string_view csv, bool skip = false) {
    TableImport request{.name = "customers", .csv = std::string(csv), .skip_bad_lines = skip};
    return f.executor.run(tables.import_table(permit(Operation::AdminDetectorsSet), std::move(request)));
  }
  Result<TableImported> import_plan() {
    DocumentsImport request{.name = "merger", .documents = {{"plan.docx", std::string(kPlan)}}};
    return f.executor.run(tables.import_documents(permit(Operation::AdminDetectorsSet), std::move(request)));
  }
  Result<void> remove(std::string name) {
    return f.executor.run(tables.remove(permit(Operation::AdminDetectorsSet), std::move(name)));
  }
  Result<std::int64_t> swap(std::string_view document) {
    return f.executor.run(
        policies.swap(permit(Operation::AdminPolicySwap), std::string(document), {.reason = "test"}));
  }
  // The rule that refuses; empty: it goes through.
  std::string refused(std::string_view body) {
    const json::Object content{{"msgtype", "m.text"}, {"body", body}};
    Admission admission = f.admit(GateFixture::action(Operation::RoomSend, &content));
    if (const auto* refusal = std::get_if<Refusal>(&admission)) return refusal->rule;
    return std::holds_alternative<Error>(admission) ? "error" : "";
  }
  std::int64_t parts_stored() {
    auto count = [](storage::Snapshot& s) { return s.count({.table = &kDetectorTableParts, .prefix = {}}); };
    return *f.store.read_blocking(count);
  }

  GateFixture f{governance::CompiledPolicy::permissive()};
  runtime::WorkerPool workers{{.name = "test", .threads = 1}};
  PolicyStore policies{*f.gate, f.store, workers, f.clock};
  DetectorTables tables{(with_tables(f), ports())};
};

TEST_F(Tables, APolicyThatNamesWhatIsNotThereIsRefused) {
  const auto swapped = swap(kPolicy);
  ASSERT_FALSE(swapped.has_value());
  EXPECT_THAT(swapped.error().message(), HasSubstr("names the table 'customers', which does not exist here"));
  EXPECT_THAT(swapped.error().message(), HasSubstr("names the set of documents 'merger'"));
  ASSERT_TRUE(import("name,mail\nMaria Garcia,maria@example.org\n").has_value());
  ASSERT_TRUE(import_plan().has_value());
  EXPECT_THAT(swap(kPolicy).error().message(), HasSubstr("names the column 'phone'"));
}

TEST_F(Tables, WhatIsImportedComesIntoForceAtOnceAndSurvivesAStart) {
  const auto imported = import(kCsv);
  ASSERT_TRUE(imported.has_value()) << imported.error().message();
  EXPECT_EQ(imported->table.version, 1);
  EXPECT_EQ(imported->table.rows, 2);
  EXPECT_EQ(f.last_entry()->operation, "admin.detectors.set");
  EXPECT_EQ(f.last_entry()->detail, "table customers: version 1, 2 rows, 4 hashes");
  ASSERT_TRUE(import_plan().has_value());
  ASSERT_TRUE(swap(kPolicy).has_value());
  EXPECT_EQ(refused("客戶 陳大文 9123 4567"), "rows");
  EXPECT_EQ(refused("陳大文 5123 4567"), "");
  EXPECT_EQ(refused("As agreed: " + std::string(kPlan.substr(20))), "plan");
  EXPECT_EQ(refused("Lunch at the board room?"), "");
  // Replaced as a whole.
  ASSERT_EQ(import("name,phone\nJohn Smith,61234567\n")->table.version, 2);
  EXPECT_EQ(refused("客戶 陳大文 9123 4567"), "");
  EXPECT_EQ(refused("call John Smith, 6123-4567"), "rows");
  EXPECT_EQ(parts_stored(), 2);
  // Another process over the same store.
  f.gate->swap_company_data(std::make_shared<const governance::CompanyData>());
  EXPECT_EQ(refused("anything"), "error");  // never "nothing found" without the table
  DetectorTables again(ports());
  ASSERT_TRUE(again.load().has_value());
  EXPECT_EQ(refused("call John Smith, 6123-4567"), "rows");
  EXPECT_EQ(refused("As agreed: " + std::string(kPlan.substr(20))), "plan");
  const auto list = f.executor.run(again.list(permit(Operation::AdminDetectorsRead)));
  ASSERT_EQ(list->size(), 2U);
  EXPECT_EQ(list->front().version, 2);
  EXPECT_THAT(list->front().parts, ElementsAre("name", "phone"));
  EXPECT_THAT(list->back().parts, ElementsAre("plan.docx"));
}

TEST_F(Tables, BadLinesAreToldAndTheFormerTableStays) {
  ASSERT_TRUE(import(kCsv).has_value());
  ASSERT_TRUE(import_plan().has_value());
  ASSERT_TRUE(swap(kPolicy).has_value());
  const auto bad = import("name,phone\nJohn Smith,61234567\nonly one\n\"x\"y,61234568\n");
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().reason(), "KURAMORI_TABLE_INVALID");
  EXPECT_THAT(bad.error().message(), HasSubstr("2 lines cannot be read"));
  EXPECT_THAT(bad.error().message(), HasSubstr("Line 3 has 1 fields where the header has 2"));
  EXPECT_THAT(bad.error().message(), HasSubstr("Line 4 has text after a closing quote"));
  EXPECT_EQ(refused("陳大文 9123 4567"), "rows");
  const auto skipped = import("name,phone\nJohn Smith,61234567\nonly one\n", true);
  ASSERT_TRUE(skipped.has_value());
  EXPECT_EQ(skipped->bad_lines_total, 1U);
  EXPECT_EQ(refused("John Smith 61234567"), "rows");
  // The disk is full when the parts are written, and when they are to count.
  f.store.fail_next_commit(unavailable("The disk is full.", "test"));
  EXPECT_FALSE(import(kCsv).has_value());
  EXPECT_EQ(refused("John Smith 61234567"), "rows");
}

TEST_F(Tables, WhatThePolicyInForceNeedsIsNeitherRemovedNorChangedAway) {
  ASSERT_TRUE(import(kCsv).has_value());
  ASSERT_TRUE(import_plan().has_value());
  ASSERT_TRUE(swap(kPolicy).has_value());
  EXPECT_EQ(remove("customers").error().reason(), "KURAMORI_TABLE_IN_USE");
  EXPECT_EQ(import("name,mail\nMaria Garcia,maria@example.org\n").error().reason(), "KURAMORI_TABLE_IN_USE");
  EXPECT_EQ(remove("nothing").error().code(), ErrorCode::NotFound);
  ASSERT_TRUE(swap(R"({"format":1,"name":"none","rules":[]})").has_value());
  ASSERT_TRUE(remove("customers").has_value());
  EXPECT_EQ(f.last_entry()->detail, "remove customers");
  EXPECT_EQ(parts_stored(), 1);
  ASSERT_TRUE(import(kCsv).has_value());  // in the same millisecond
}

TEST_F(Tables, NamesAndKindsAreChecked) {
  ASSERT_TRUE(import(kCsv).has_value());
  DocumentsImport request{.name = "customers", .documents = {{"plan", std::string(kPlan)}}};
  auto other =
      f.executor.run(tables.import_documents(permit(Operation::AdminDetectorsSet), std::move(request)));
  EXPECT_EQ(other.error().reason(), "KURAMORI_TABLE_KIND");
  for (const std::string_view name : {"", "a b", "../x", "名"}) {
    TableImport named{.name = std::string(name), .csv = std::string(kCsv)};
    EXPECT_FALSE(f.executor.run(tables.import_table(permit(Operation::AdminDetectorsSet), std::move(named)))
                     .has_value())
        << name;
  }
  EXPECT_FALSE(import("").has_value());
  EXPECT_FALSE(import("name,phone\n").has_value());
  EXPECT_FALSE(import("name\xFF,phone\na,b\n").has_value());
  DocumentsImport brief{.name = "brief", .documents = {{"note.txt", "too short"}}};
  auto refused =
      f.executor.run(tables.import_documents(permit(Operation::AdminDetectorsSet), std::move(brief)));
  EXPECT_THAT(refused.error().message(), HasSubstr("'note.txt'"));
}

TEST_F(Tables, WhatAnImportThatWasCutOffLeftIsRemovedAtTheStart) {
  ASSERT_TRUE(import(kCsv).has_value());
  storage::UnitOfWork work;
  work.insert(kDetectorTableParts, {"customers", std::int64_t{999'999}, std::int64_t{0}, Bytes{1, 2, 3}});
  work.insert(kDetectorTableParts, {"other", std::int64_t{5}, std::int64_t{0}, Bytes{1, 2, 3}});
  auto submitted = [](storage::CommitTicket ticket) -> runtime::Task<bool> {
    const auto receipt = co_await ticket;
    co_return receipt.has_value();
  };
  ASSERT_TRUE(f.executor.run(submitted(f.store.submit(std::move(work)))));
  ASSERT_EQ(parts_stored(), 3);
  DetectorTables again(ports());
  ASSERT_TRUE(again.load().has_value());
  EXPECT_EQ(parts_stored(), 1);
}

TEST_F(Tables, NothingThatIsStoredSaysWhatWasImported) {
  ASSERT_TRUE(import(kCsv).has_value());
  ASSERT_TRUE(import_plan().has_value());
  std::string all;
  auto query = [&all](storage::Snapshot& s) -> Result<void> {
    for (const storage::Table* table : detector_table_tables()) {
      KURAMORI_TRY(rows, s.scan({.table = table, .prefix = {}}));
      for (const storage::Row& row : rows) {
        for (const storage::Value& value : row) {
          if (const auto* octets = std::get_if<Bytes>(&value)) all.append(as_text(*octets));
          if (const auto* text = std::get_if<std::string>(&value)) all.append(*text);
        }
      }
    }
    return {};
  };
  ASSERT_TRUE(f.store.read_blocking(query).has_value());
  for (const std::string_view secret : {"陳大文", "91234567", "phone", "plan.docx", "Aster"})
    EXPECT_EQ(all.find(secret), std::string::npos) << secret;
}

}  // namespace
}  // namespace kuramori::gate
