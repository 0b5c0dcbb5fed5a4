#include "app/backup_plan.hpp"

#include "api/resource/idempotent_answers.hpp"
#include "app/migrations.hpp"
#include "app/version.hpp"
#include "approvals/tables.hpp"
#include "inspection/tables.hpp"
#include "links/tables.hpp"
#include "media/tables.hpp"
#include "push/tables.hpp"
#include "rooms/tables.hpp"
#include "search/tables.hpp"

namespace kuramori::app {
namespace {

backup::TableList all_tables() {
  backup::TableList tables;
  for (const storage::Migration& migration : migrations()) {
    for (const storage::SchemaChange& change : migration.changes) {
      if (const auto* create = std::get_if<storage::CreateTable>(&change)) tables.push_back(create->table);
      if (const auto* drop = std::get_if<storage::DropTable>(&change))
        std::erase_if(tables, [drop](const storage::Table* table) { return table->name == drop->table; });
    }
  }
  return tables;
}

}  // namespace

backup::Plan backup_plan() {
  backup::Plan plan{.tables = all_tables(),
                    .passing = {&push::kPushQueue, &push::kPushAttempts, &api::resource::kIdempotentRequests},
                    .waiting = {&approvals::kHeldContents, &rooms::kDelayedEvents},
                    .echoes = {&links::kOpenings},
                    .of_files = {&media::kMedia, &inspection::kFileInspections}};
  // The index of a restored server is made again from its messages.
  for (const storage::Table* table : search::tables()) plan.passing.push_back(table);
  return plan;
}

backup::Order backup_order(const Config& config, std::filesystem::path path) {
  return {.path = std::move(path),
          .server = config.server.name,
          .version = std::string(kVersion),
          .migration = migrations().back().number,
          .plan = backup_plan()};
}

}  // namespace kuramori::app
