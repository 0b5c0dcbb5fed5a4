#include "links/registry.hpp"

#include <algorithm>

#include "links/rows.hpp"
#include "links/tables.hpp"

namespace kuramori::links {
namespace {

using link_risk::ListAction;
using link_risk::ListEntry;

Error unknown_source(std::string_view name) {
  return not_found("There is no link list of the name " + std::string(name) + ".");
}

bool is_source_name(std::string_view name) {
  return !name.empty() && name.size() <= 100 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

}  // namespace

Result<link_risk::Knowledge> Registry::compiled(storage::Snapshot& snapshot) const {
  KURAMORI_TRY(sources, read_sources(snapshot));
  link_risk::LinkLists::Builder builder;
  Error problem = internal_error("");
  bool is_sound = true;
  const auto take = [&](storage::Row&& row) {
    auto entry = entry_of(row);
    if (!entry) {
      is_sound = false;
      problem = std::move(entry).error();
      return false;
    }
    return builder.add(*entry);
  };
  for (const Source& source : sources) {
    const storage::Key prefix{source.name, source.generation};
    KURAMORI_CHECK(snapshot.for_each({.table = &kEntries, .prefix = prefix}, take));
  }
  if (!is_sound) return problem;
  KURAMORI_TRY(rows,
               snapshot.scan({.table = &kNames, .prefix = {}, .limit = link_risk::LookAlikes::kNamesMax}));
  std::vector<std::string> names;
  for (const storage::Row& row : rows) names.push_back(storage::text(row[0]));
  const auto hosts = ports_.knowledge.get()->hosts;
  return link_risk::Knowledge{.hosts = hosts,
                              .lists = std::move(builder).build(),
                              .look_alikes = std::make_shared<const link_risk::LookAlikes>(*hosts, names)};
}

Result<void> Registry::load() {
  auto query = [this](storage::Snapshot& snapshot) { return compiled(snapshot); };
  KURAMORI_TRY(next, ports_.store.read_blocking(std::move(query)));
  ports_.knowledge.swap(std::move(next));
  return {};
}

runtime::Task<Result<void>> Registry::compile() {
  auto query = [this](storage::Snapshot& snapshot) { return compiled(snapshot); };
  auto reading = ports_.store.read(std::move(query));
  KURAMORI_CO_TRY(next, co_await std::move(reading));
  ports_.knowledge.swap(std::move(next));
  co_return Result<void>();
}

runtime::Task<Result<void>> Registry::commit(gate::Permit permit, storage::UnitOfWork work,
                                             std::string detail) {
  auto committing = ports_.gate.commit(std::move(permit), std::move(work), {.detail = std::move(detail)});
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  auto compiling = compile();
  auto outcome = co_await std::move(compiling);
  wake_();
  co_return outcome;
}

void Registry::plan_take_down(storage::UnitOfWork& work, std::string_view source, Timestamp since,
                              std::string_view reason) {
  last_number_ = std::max(last_number_ + 1, ports_.clock.now_ms());
  const TakeDownRow planned{
      .number = last_number_, .source = std::string(source), .since = since, .reason = std::string(reason)};
  work.insert(kTakeDowns, take_down_row(planned));
}

runtime::Task<Result<Listing>> Registry::list(gate::Permit permit, std::size_t entries_max) {
  permit.require(gate::Operation::AdminLinksRead);
  auto query = [entries_max](storage::Snapshot& snapshot) -> Result<Listing> {
    Listing listing;
    KURAMORI_TRY(sources, read_sources(snapshot));
    listing.sources = std::move(sources);
    KURAMORI_TRY(names,
                 snapshot.scan({.table = &kNames, .prefix = {}, .limit = link_risk::LookAlikes::kNamesMax}));
    for (const storage::Row& row : names) listing.protected_names.push_back(storage::text(row[0]));
    const storage::Key prefix{std::string(kCompanySource), std::int64_t{0}};
    KURAMORI_TRY(entries, snapshot.scan({.table = &kEntries, .prefix = prefix, .limit = entries_max}));
    for (const storage::Row& row : entries) {
      KURAMORI_TRY(entry, entry_of(row));
      listing.entries.push_back(std::move(entry));
    }
    return listing;
  };
  auto reading = ports_.store.read(std::move(query));
  KURAMORI_CO_TRY(listing, co_await std::move(reading));
  auto recording = ports_.gate.record(std::move(permit), {});
  KURAMORI_CO_CHECK(co_await std::move(recording));
  co_return listing;
}

runtime::Task<Result<void>> Registry::add(gate::Permit permit, ListEntry entry) {
  permit.require_any({gate::Operation::AdminLinksSet, gate::Operation::AdminLinksTakeDown});
  const bool is_ordered = permit.operation() == gate::Operation::AdminLinksTakeDown;
  const bool blocks = entry.action == ListAction::Block;
  if (is_ordered && !blocks) co_return invalid_argument("Only what is blocked is taken down.");
  auto entering = changing_.enter();
  KURAMORI_CO_TRY(lane, co_await entering);
  const Timestamp now = ports_.clock.now();
  storage::UnitOfWork work;
  const Source company{.name = std::string(kCompanySource)};
  work.upsert(kSources, source_row(company));
  work.upsert(kEntries, entry_row(kCompanySource, 0, entry, now));
  if (blocks && (options_.take_down || is_ordered)) plan_take_down(work, kCompanySource, now, entry.reason);
  auto committing = commit(std::move(permit), std::move(work),
                           std::string(link_risk::to_string(entry.action)) + " " + entry.pattern);
  auto outcome = co_await std::move(committing);
  co_return outcome;
}

runtime::Task<Result<void>> Registry::remove(gate::Permit permit, link_risk::Match match,
                                             std::string pattern) {
  permit.require(gate::Operation::AdminLinksSet);
  auto entering = changing_.enter();
  KURAMORI_CO_TRY(lane, co_await entering);
  const storage::Key key{std::string(kCompanySource), std::int64_t{0},
                         std::string(link_risk::to_string(match)), pattern};
  auto query = [key](storage::Snapshot& snapshot) { return snapshot.get(kEntries, key); };
  auto reading = ports_.store.read(std::move(query));
  KURAMORI_CO_TRY(row, co_await std::move(reading));
  if (!row) co_return not_found("There is no such entry that was made by hand.");
  storage::UnitOfWork work;
  work.erase(kEntries, key);
  auto committing = commit(std::move(permit), std::move(work), "remove " + pattern);
  auto outcome = co_await std::move(committing);
  co_return outcome;
}

runtime::Task<Result<Source>> Registry::source(std::string name) {
  auto query = [name](storage::Snapshot& snapshot) -> Result<Source> {
    KURAMORI_TRY(row, snapshot.get(kSources, {name}));
    if (!row) return unknown_source(name);
    return source_of(*row);
  };
  auto reading = ports_.store.read(std::move(query));
  auto found = co_await std::move(reading);
  co_return found;
}

runtime::Task<Result<void>> Registry::set_source(gate::Permit permit, Source wanted) {
  permit.require(gate::Operation::AdminLinksSet);
  if (!is_source_name(wanted.name) || wanted.name == kCompanySource) {
    co_return invalid_argument("The name of a list is made of small letters, digits, '-', '_' and '.'.");
  }
  const bool is_address = wanted.location.starts_with("https://") || wanted.location.starts_with("http://");
  if (!wanted.location.empty() && !is_address && !wanted.location.starts_with('/')) {
    co_return invalid_argument("The location is an http address or the absolute path of a file.");
  }
  auto entering = changing_.enter();
  KURAMORI_CO_TRY(lane, co_await entering);
  auto query = [](storage::Snapshot& snapshot) { return read_sources(snapshot); };
  auto reading = ports_.store.read(std::move(query));
  KURAMORI_CO_TRY(sources, co_await std::move(reading));
  const auto known = std::ranges::find(sources, wanted.name, &Source::name);
  if (known == sources.end() && sources.size() >= kSourcesMax) {
    co_return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "There are too many link lists.");
  }
  if (known != sources.end()) {
    wanted.generation = known->generation;
    wanted.entries = known->entries;
    wanted.refreshed = known->refreshed;
    wanted.failed = known->failed;
    wanted.failure = known->failure;
  }
  storage::UnitOfWork work;
  work.upsert(kSources, source_row(wanted));
  auto committing = commit(std::move(permit), std::move(work), "source " + wanted.name);
  auto outcome = co_await std::move(committing);
  co_return outcome;
}

runtime::Task<Result<void>> Registry::remove_source(gate::Permit permit, std::string name) {
  permit.require(gate::Operation::AdminLinksSet);
  auto entering = changing_.enter();
  KURAMORI_CO_TRY(lane, co_await entering);
  auto finding = source(name);
  KURAMORI_CO_TRY(found, co_await std::move(finding));
  storage::UnitOfWork work;
  work.erase(kSources, {found.name});
  work.erase(kEntries, {found.name});
  auto committing = commit(std::move(permit), std::move(work), "remove source " + name);
  auto outcome = co_await std::move(committing);
  co_return outcome;
}

runtime::Task<Result<void>> Registry::protect(gate::Permit permit, std::string name) {
  permit.require(gate::Operation::AdminLinksSet);
  const auto host = ports_.knowledge.get()->hosts->read(name);
  if (!host || host->kind == link_risk::HostKind::Address)
    co_return invalid_argument("This is no name of a host.");
  auto entering = changing_.enter();
  KURAMORI_CO_TRY(lane, co_await entering);
  storage::UnitOfWork work;
  work.upsert(kNames, {host->registrable, ports_.clock.now_ms()});
  auto committing = commit(std::move(permit), std::move(work), "protect " + host->registrable);
  auto outcome = co_await std::move(committing);
  co_return outcome;
}

runtime::Task<Result<void>> Registry::unprotect(gate::Permit permit, std::string name) {
  permit.require(gate::Operation::AdminLinksSet);
  const auto host = ports_.knowledge.get()->hosts->read(name);
  if (!host) co_return invalid_argument("This is no name of a host.");
  auto entering = changing_.enter();
  KURAMORI_CO_TRY(lane, co_await entering);
  storage::UnitOfWork work;
  work.erase(kNames, {host->registrable});
  auto committing = commit(std::move(permit), std::move(work), "unprotect " + host->registrable);
  auto outcome = co_await std::move(committing);
  co_return outcome;
}

}  // namespace kuramori::links
