// The index over rooms in memory, with its indexer and its searcher.
#pragma once
#include <gmock/gmock.h>

#include "rooms/tests/fixture.hpp"
#include "search/indexer.hpp"
#include "search/searcher.hpp"
#include "search/tables.hpp"

namespace kuramori::search {

using rooms::testing::text_message;

class SearchTest : public rooms::testing::RoomsTest {
 protected:
  SearchTest() {
    storage::Migration first{.number = 1, .name = "initial", .changes = {}};
    storage::Migration second{.number = 2, .name = "search", .changes = {}};
    for (const storage::Table* table : tables()) second.changes.emplace_back(storage::CreateTable{table});
    const std::array<storage::Migration, 2> migrations{std::move(first), std::move(second)};
    ensure(store.migrate(migrations).has_value(), "the tables of search can be made");
    open();
  }
  // Services over the store; again: a restart.
  void open() {
    searcher.reset();
    // So few that the indexer has to read older events from the store.
    recent.push_back(std::make_unique<rooms::RecentEvents>(6));
    store.add_listener(*recent.back());
    indexer = std::make_unique<Indexer>(
        Indexer::Ports{store, *server->keys, server->gate, clock, random, server->metrics, Logger::silent(),
                       recent.back().get()},
        IndexerOptions{.batch_events_max = batch, .erased_per_unit = erased_per_unit});
    searcher = std::make_unique<Searcher>(
        Searcher::Ports{store, *server->keys, server->rooms, server->gate, clock, server->metrics});
  }
  void catch_up() {
    for (int i = 0; i < 10'000; ++i) {
      const auto more = indexer->step();
      ASSERT_TRUE(more) << more.error().to_log();
      if (!*more) return;
    }
    FAIL() << "the indexer never comes to an end";
  }
  Result<SearchResults> search(const UserId& who, std::string_view criteria,
                               std::optional<std::string> next = std::nullopt) {
    KURAMORI_TRY(query, parse_query(*json::parse_object(criteria), next));
    const auto reading = permit(who, gate::Operation::SearchRead);
    return run(searcher->search(reading, std::move(query)));
  }
  std::vector<std::string> find(const UserId& who, std::string_view term, std::string_view more = "") {
    catch_up();
    std::string criteria = R"({"order_by":"recent","search_term":)";
    json::append_string(criteria, term);
    const auto found = search(who, criteria + std::string(more) + "}");
    EXPECT_TRUE(found) << found.error().to_log();
    std::vector<std::string> texts;
    if (!found) return texts;
    for (const FoundEvent& result : found->results) {
      const json::Object& content = result.event->event->content();
      for (const char* key : {"body", "name", "topic"}) {
        if (content.contains(key)) texts.emplace_back(json::string_or(content, key, ""));
      }
    }
    return texts;
  }
  EventId edit(const UserId& who, const RoomId& room, const EventId& event, std::string_view body) {
    clock.advance(Milliseconds(1'000));  // of edits the latest counts
    json::Object content = text_message("* " + std::string(body));
    content["m.new_content"] = text_message(body);
    content["m.relates_to"] = {{"rel_type", "m.replace"}, {"event_id", event.view()}};
    auto sent =
        run(rooms().send(permit(who, gate::Operation::RoomSend),
                         {.room = room, .type = "m.room.message", .content = content, .transaction = {}}));
    EXPECT_TRUE(sent) << sent.error().to_log();
    return *sent;
  }
  void commit(storage::UnitOfWork work) {
    EXPECT_TRUE(run([](storage::CommitTicket t) -> runtime::Task<bool> {
      auto receipt = co_await t;
      co_return receipt.has_value();
    }(store.submit(std::move(work)))));
  }
  std::int64_t count(const storage::Table& table) {
    return *store.read_blocking(
        [&](storage::Snapshot& s) { return s.count({.table = &table, .prefix = {}}); });
  }

  std::size_t batch = 1'000;
  std::size_t erased_per_unit = 500;
  std::vector<std::unique_ptr<rooms::RecentEvents>> recent;  // the store may still tell the former ones
  std::unique_ptr<Indexer> indexer;
  std::unique_ptr<Searcher> searcher;
};

}  // namespace kuramori::search
