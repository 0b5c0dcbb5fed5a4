#include "app/migrations.hpp"

#include "api/resource/idempotent_answers.hpp"
#include "app/server_keys.hpp"
#include "app/server_name.hpp"
#include "approvals/tables.hpp"
#include "appservices/tables.hpp"
#include "audit/tables.hpp"
#include "e2ee/tables.hpp"
#include "gate/detector_tables.hpp"
#include "gate/policy_store.hpp"
#include "identity/tables.hpp"
#include "inspection/tables.hpp"
#include "links/tables.hpp"
#include "media/tables.hpp"
#include "people/tables.hpp"
#include "provenance/tables.hpp"
#include "push/tables.hpp"
#include "retention/tables.hpp"
#include "rooms/tables.hpp"
#include "search/tables.hpp"
#include "storage/key_ring.hpp"
#include "sync/tables.hpp"
#include "workforce/tables.hpp"
#include "worm_brake/tables.hpp"

namespace kuramori::app {
namespace {

template <class Tables>
void create_all(storage::Migration& migration, const Tables& tables) {
  for (const storage::Table* table : tables) migration.changes.emplace_back(storage::CreateTable{table});
}

std::vector<storage::Migration> make_migrations() {
  storage::Migration first{.number = 1, .name = "accounts, rooms, record", .changes = {}};
  first.changes.emplace_back(storage::CreateTable{&storage::kWrappedKeys});
  first.changes.emplace_back(storage::CreateTable{&kServerKeys});
  first.changes.emplace_back(storage::CreateTable{&kServerName});
  first.changes.emplace_back(storage::CreateTable{&gate::kPolicies});
  create_all(first, audit::tables());
  create_all(first, identity::first_tables());
  create_all(first, rooms::first_tables());
  create_all(first, sync::tables());
  storage::Migration relations{.number = 2, .name = "relations and threads", .changes = {}};
  create_all(relations, rooms::relation_tables());
  storage::Migration encryption{.number = 3, .name = "end-to-end encryption", .changes = {}};
  encryption.changes.emplace_back(storage::CreateTable{&identity::kDeviceListChanges});
  create_all(encryption, e2ee::tables());
  storage::Migration restrictions{.number = 4, .name = "restricted accounts and contacts", .changes = {}};
  restrictions.changes.emplace_back(storage::CreateTable{&identity::kAccountRestrictions});
  create_all(restrictions, people::tables());
  storage::Migration files{.number = 5, .name = "files", .changes = {}};
  create_all(files, media::tables());
  storage::Migration consents{.number = 6, .name = "consents", .changes = {}};
  consents.changes.emplace_back(storage::CreateTable{&identity::kConsents});
  storage::Migration delayed{.number = 7, .name = "delayed and sticky events", .changes = {}};
  create_all(delayed, rooms::delayed_tables());
  storage::Migration searching{.number = 8, .name = "search", .changes = {}};
  create_all(searching, search::tables());
  storage::Migration pushing{.number = 9, .name = "pushers", .changes = {}};
  create_all(pushing, push::tables());
  storage::Migration bridges{.number = 10, .name = "application services", .changes = {}};
  create_all(bridges, appservices::tables());
  // What was in it is made again: search::kIndexFormat.
  storage::Migration chunks{
      .number = 11, .name = "rows of the search index apart from their keys", .changes = {}};
  chunks.changes.emplace_back(storage::DropTable{search::kChunks.name});
  chunks.changes.emplace_back(storage::CreateTable{&search::kChunks});
  storage::Migration organising{
      .number = 12, .name = "the organisation and its administration", .changes = {}};
  create_all(organising, workforce::tables());
  organising.changes.emplace_back(storage::CreateTable{&api::resource::kIdempotentRequests});
  storage::Migration inspections{.number = 13, .name = "inspections of files", .changes = {}};
  create_all(inspections, inspection::tables());
  storage::Migration links_and_brake{
      .number = 14, .name = "links and the brake on mass sends", .changes = {}};
  create_all(links_and_brake, links::tables());
  create_all(links_and_brake, worm_brake::tables());
  storage::Migration approving{.number = 15, .name = "approvals", .changes = {}};
  create_all(approving, approvals::tables());
  storage::Migration origins{.number = 16, .name = "where content comes from", .changes = {}};
  create_all(origins, provenance::first_tables());
  storage::Migration reasons{.number = 17, .name = "why a policy was changed, and what", .changes = {}};
  for (const char* column : {"reason", "difference"}) {
    reasons.changes.emplace_back(storage::AddColumn{
        gate::kPolicies.name, {column, storage::ColumnType::Text, storage::Nullable::Yes}});
  }
  storage::Migration detecting{.number = 18, .name = "tables of the company's own detectors", .changes = {}};
  create_all(detecting, gate::detector_table_tables());
  storage::Migration marking{.number = 19, .name = "content that is not passed on", .changes = {}};
  marking.changes.emplace_back(storage::AddColumn{
      provenance::kSightings.name, {"no_forward", storage::ColumnType::Integer, storage::Nullable::Yes}});
  storage::Migration relabelling{
      .number = 20, .name = "labels given after sending, and how long labels are kept", .changes = {}};
  create_all(relabelling, provenance::label_tables());
  create_all(relabelling, retention::tables());
  storage::Migration gathering{.number = 21, .name = "indexes of events that are gathered", .changes = {}};
  for (const storage::Index& index : rooms::kEvents.indexes)
    gathering.changes.emplace_back(storage::CreateIndex{rooms::kEvents.name, index});
  return {std::move(first),       std::move(relations),       std::move(encryption), std::move(restrictions),
          std::move(files),       std::move(consents),        std::move(delayed),    std::move(searching),
          std::move(pushing),     std::move(bridges),         std::move(chunks),     std::move(organising),
          std::move(inspections), std::move(links_and_brake), std::move(approving),  std::move(origins),
          std::move(reasons),     std::move(detecting),       std::move(marking),    std::move(relabelling),
          std::move(gathering)};
}

}  // namespace

const std::vector<storage::Migration>& migrations() {
  static const std::vector<storage::Migration> list = make_migrations();
  return list;
}

}  // namespace kuramori::app
