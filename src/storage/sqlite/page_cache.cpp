#include "storage/sqlite/page_cache.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <new>

#include "base/assert.hpp"
#include "storage/sqlite/page_checksum.hpp"

namespace kuramori::storage::sqlite {
namespace {

struct Cache {
  sqlite3_pcache* below;
  unsigned lock_page;
  unsigned highest = 0;  // no page with a higher number is held
};

Cache& of(sqlite3_pcache* cache) {
  return *reinterpret_cast<Cache*>(cache);
}

const sqlite3_pcache_methods2& below() {
  static const sqlite3_pcache_methods2 kMethods = [] {
    sqlite3_pcache_methods2 methods{};
    ensure(sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &methods) == SQLITE_OK, "SQLite has a page cache");
    return methods;
  }();
  return kMethods;
}

sqlite3_pcache* create(int page_bytes, int extra_bytes, int purgeable) {
  sqlite3_pcache* made = below().xCreate(page_bytes, extra_bytes, purgeable);
  if (made == nullptr) return nullptr;
  // SQLite is told when memory is short; nothing may be thrown through it.
  std::unique_ptr<Cache> cache(
      new (std::nothrow) Cache{.below = made, .lock_page = lock_page(static_cast<std::size_t>(page_bytes))});
  if (cache == nullptr) below().xDestroy(made);
  return reinterpret_cast<sqlite3_pcache*>(cache.release());
}

void destroy(sqlite3_pcache* cache) {
  const std::unique_ptr<Cache> owned(&of(cache));
  below().xDestroy(owned->below);
}

void set_size(sqlite3_pcache* cache, int pages) {
  below().xCachesize(of(cache).below, pages);
}
int page_count(sqlite3_pcache* cache) {
  return below().xPagecount(of(cache).below);
}
void shrink(sqlite3_pcache* cache) {
  below().xShrink(of(cache).below);
}

sqlite3_pcache_page* fetch(sqlite3_pcache* cache, unsigned number, int create_flag) {
  sqlite3_pcache_page* page = below().xFetch(of(cache).below, number, create_flag);
  if (page != nullptr) of(cache).highest = std::max(of(cache).highest, number);
  return page;
}

void unpin(sqlite3_pcache* cache, sqlite3_pcache_page* page, int discard) {
  below().xUnpin(of(cache).below, page, discard);
}

// A page that goes to the lock page's number leaves it again within the same balancing.
void rekey(sqlite3_pcache* cache, sqlite3_pcache_page* page, unsigned from, unsigned to) {
  Cache& own = of(cache);
  below().xRekey(own.below, page, from, to);
  if (to != own.lock_page) own.highest = std::max(own.highest, to);
}

// Drops every page whose number is `limit` or higher.
void truncate(sqlite3_pcache* cache, unsigned limit) {
  Cache& own = of(cache);
  if (limit > own.highest) return;
  below().xTruncate(own.below, limit);
  own.highest = limit == 0 ? 0 : limit - 1;
}

}  // namespace

void install_page_cache() {
  static sqlite3_pcache_methods2 layered = below();
  layered.xCreate = create;
  layered.xCachesize = set_size;
  layered.xPagecount = page_count;
  layered.xFetch = fetch;
  layered.xUnpin = unpin;
  layered.xRekey = rekey;
  layered.xTruncate = truncate;
  layered.xDestroy = destroy;
  layered.xShrink = shrink;
  ensure(sqlite3_config(SQLITE_CONFIG_PCACHE2, &layered) == SQLITE_OK,
         "SQLite's page cache is chosen before its first use");
}

}  // namespace kuramori::storage::sqlite
