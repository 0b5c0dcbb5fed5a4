#include "storage/sqlite/sqlite_store.hpp"

#include "storage/sqlite/tests/temporary_folder.hpp"
#include "storage/tests/conformance.hpp"

namespace kuramori::storage {
namespace {

struct StoreInFolder {
  sqlite::TemporaryFolder folder;
  SystemClock clock;
  MetricsRegistry metrics;
  std::unique_ptr<sqlite::SqliteStore> store;
};

std::shared_ptr<Store> make_store() {
  auto made = std::make_shared<StoreInFolder>();
  // Small, so that the suite sees entries in all places.
  constexpr sqlite::GatheredSizes kSmall{.run_entries = 16, .cut_entries = 50};
  auto store = sqlite::SqliteStore::open({.path = made->folder.path() / "test.db", .gathered = kSmall},
                                         made->clock, made->metrics, Logger::silent());
  EXPECT_TRUE(store) << (store ? "" : store.error().to_log());
  if (!store) return nullptr;
  made->store = std::move(*store);
  Store* raw = made->store.get();
  return {std::move(made), raw};
}

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, ::testing::Values(StoreFactory(make_store)));

}  // namespace
}  // namespace kuramori::storage
