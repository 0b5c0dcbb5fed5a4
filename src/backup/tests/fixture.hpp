// Rooms with files and labels, and a second server that a backup is restored to.
#pragma once
#include <array>
#include <filesystem>

#include "backup/archive_file.hpp"
#include "backup/creation.hpp"
#include "backup/restoring.hpp"
#include "gate/policy_store.hpp"
#include "media/tables.hpp"
#include "provenance/keeper.hpp"
#include "provenance/tables.hpp"
#include "rooms/queries.hpp"
#include "rooms/tests/fixture.hpp"
#include "storage/blobs_directory/blob_directory.hpp"

namespace kuramori::backup::testing {

inline constexpr std::string_view kPolicy = R"({"format":1,"name":"p","labels":[
  {"id":"open"},{"id":"internal","above":["open"]},
  {"id":"secret","above":["internal"],"handling":{"back_up":false}}],
  "unlabelled":"internal","rules":[]})";

// What a message said that is not sent yet, and what serves for a moment.
inline const storage::Table kHeld{
    .name = "held", .columns = {{"id", storage::ColumnType::Text}}, .key_columns = 1};
inline const storage::Table kMomentary{
    .name = "momentary", .columns = {{"id", storage::ColumnType::Text}}, .key_columns = 1};

inline TableList all_tables() {
  TableList tables{&storage::kWrappedKeys};
  for (const storage::Table* table : audit::tables()) tables.push_back(table);
  for (const storage::Table* table : rooms::tables()) tables.push_back(table);
  for (const storage::Table* table : provenance::tables()) tables.push_back(table);
  for (const storage::Table* table : media::tables()) tables.push_back(table);
  tables.push_back(&kHeld);
  tables.push_back(&kMomentary);
  return tables;
}

class BackupTest : public rooms::testing::RoomsTest {
 protected:
  BackupTest() {
    std::string path = (std::filesystem::temp_directory_path() / "kuramori-backup-XXXXXX").string();
    folder = ::mkdtemp(path.data());
    storage::Migration first{.number = 1, .name = "initial", .changes = {}};
    storage::Migration second{.number = 2, .name = "backup", .changes = {}};
    const TableList tables = all_tables();
    for (const storage::Table* table :
         std::span(tables).subspan(1 + audit::tables().size() + rooms::tables().size()))
      second.changes.emplace_back(storage::CreateTable{table});
    ensure(store.migrate(std::array{first, second}).has_value(), "the tables can be made");
    put_in_force(kPolicy);
    book = std::make_unique<provenance::ContentBook>(provenance::MarkKey(server->keys->organisation_key()),
                                                     [this] { return server->gate.policy(); });
    store.add_listener(*book);
    keeper = std::make_unique<provenance::Keeper>(provenance::Keeper::Ports{
        .store = store, .keys = *server->keys, .book = *book, .log = Logger::silent()});
    EXPECT_TRUE(keeper->load());
    blobs = *storage::blobs_directory::open(folder / "media");
    new_blobs = *storage::blobs_directory::open(folder / "new-media");
  }
  ~BackupTest() override { std::filesystem::remove_all(folder); }

  void put_in_force(std::string_view document) {
    auto policy = gate::compile_policy(document, 1);
    ensure(policy.has_value(), "the policy of the test is good");
    server->gate.swap_policy(*policy);
  }
  EventId say(const UserId& who, const RoomId& room, std::string_view body, std::string_view label,
              std::string_view file = "", const EventId& edited = EventId()) {
    rooms::SendEvent request{.room = room, .type = "m.room.message"};
    request.content = rooms::testing::text_message(body);
    if (!label.empty()) request.content[governance::kLabelKey] = json::Object{{"label", label}};
    if (!file.empty()) request.content["url"] = file;
    if (!edited.empty())
      request.content["m.relates_to"] = json::Object{{"rel_type", "m.replace"}, {"event_id", edited.view()}};
    auto sent = run(rooms().send(permit(who, gate::Operation::RoomSend), std::move(request)));
    ensure(sent.has_value(), "the message is sent");
    return *sent;
  }
  void commit(storage::UnitOfWork work) {
    auto waiting = [](storage::CommitTicket ticket) -> runtime::Task<Result<storage::CommitReceipt>> {
      auto receipt = co_await ticket;
      co_return receipt;
    };
    EXPECT_TRUE(run(waiting(store.submit(std::move(work)))));
  }
  // A file of ten octets with a thumbnail; its uri.
  std::string put_file(const std::string& id, const std::string& blob, const UserId& owner) {
    const std::string thumbnail = blob + "thumb";
    storage::UnitOfWork work;
    server->keys->create_in(work, crypto::KeyScope::File, blob);
    server->keys->create_in(work, crypto::KeyScope::File, thumbnail);
    put_name(work, id, blob, owner);
    work.insert(media::kMediaBlobs, {blob, owner.str(), Bytes(as_bytes(blob).begin(), as_bytes(blob).end()),
                                     std::int64_t{10}, std::int64_t{0}});
    work.insert(media::kMediaBlobs,
                {thumbnail, owner.str(), storage::Null{}, std::int64_t{3}, std::int64_t{0}});
    work.insert(media::kMediaThumbnails,
                {blob, std::string("32"), thumbnail, std::string("image/png"), std::int64_t{3}});
    commit(std::move(work));
    write_blob(blob, "0123456789");
    write_blob(thumbnail, "abc");
    return "mxc://example.org/" + id;
  }
  static void put_name(storage::UnitOfWork& work, const std::string& id, const std::string& blob,
                       const UserId& owner) {
    work.insert(media::kMedia, {std::string("example.org"), id, owner.str(), blob, Bytes{1}, std::int64_t{10},
                                std::int64_t{0}, storage::Null{}, storage::Null{}});
  }
  void write_blob(std::string_view name, std::string_view octets) {
    auto writer = blobs->create(name);
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->append(as_bytes(octets)));
    ASSERT_TRUE((*writer)->finish());
  }

  CreationPorts ports() {
    return {.store = store,
            .keys = *server->keys,
            .marks = book->marks(),
            .blobs = *blobs,
            .gate = server->gate,
            .clock = clock,
            .random = random};
  }
  Order order() {
    return {.path = archive(),
            .server = "example.org",
            .version = "test",
            .migration = 2,
            .plan = {.tables = all_tables(),
                     .passing = {&kMomentary},
                     .waiting = {&kHeld},
                     .echoes = {},
                     .of_files = {&media::kMedia}}};
  }
  std::filesystem::path archive() const { return folder / "archive"; }
  Result<Created> back_up(const Progress& progress = [](double) { return true; }) {
    return backup::create(ports(), permit(gate::Subject::system(), gate::Operation::AdminBackupCreate),
                          order(), progress);
  }
  Result<Summary> restore_into(storage::Store& target, std::string_view name = "example.org") {
    KURAMORI_TRY(input, ArchiveInput::open(archive()));
    return restore(input, rooms::testing::Server::root(),
                   {.store = target,
                    .blobs = *new_blobs,
                    .clock = clock,
                    .tables = all_tables(),
                    .server = std::string(name),
                    .migration = 2,
                    .written = written});
  }
  // Made, and put into `restored`.
  Summary there_and_back() {
    auto made = back_up();
    EXPECT_TRUE(made) << made.error().to_log();
    migrate_new();
    auto summary = restore_into(restored);
    EXPECT_TRUE(summary) << summary.error().to_log();
    if (made && summary) EXPECT_EQ(made->summary.contents, summary->contents);
    return summary ? *summary : Summary();
  }
  void migrate_new() {
    storage::Migration whole{.number = 1, .name = "whole", .changes = {}};
    for (const storage::Table* table : all_tables()) whole.changes.emplace_back(storage::CreateTable{table});
    ensure(restored.migrate(std::span(&whole, 1)).has_value(), "the tables can be made");
  }

  static std::vector<storage::Row> rows_of(storage::Store& of, const storage::Table& table) {
    auto query = [&](storage::Snapshot& snapshot) {
      return snapshot.scan({.table = &table, .limit = SIZE_MAX});
    };
    return *of.read_blocking(query);
  }
  // As the restored server reads it.
  json::Object content_in(storage::Store& of, const EventId& event) {
    const rooms::testing::Server reader(of, clock, random);
    auto query = [&](storage::Snapshot& snapshot) -> Result<json::Object> {
      KURAMORI_TRY(row, rooms::find_event_row(snapshot, event));
      if (!row) return not_found("no such event");
      KURAMORI_TRY(secrets, rooms::find_secrets(snapshot, *reader.keys, rooms::event_columns(*row).room));
      KURAMORI_TRY(stored, rooms::open_event(*row, secrets->key, *secrets->version));
      return stored.event->content();
    };
    const auto content = of.read_blocking(query);
    EXPECT_TRUE(content) << content.error().to_log();
    return content ? *content : json::Object();
  }

  std::filesystem::path folder;
  std::unique_ptr<provenance::ContentBook> book;
  std::unique_ptr<provenance::Keeper> keeper;
  std::unique_ptr<storage::BlobStore> blobs;
  std::unique_ptr<storage::BlobStore> new_blobs;
  storage::memory::MemoryStore restored;
  std::vector<std::string> written;
};

}  // namespace kuramori::backup::testing
