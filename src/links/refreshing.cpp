// Whole lists: read, compared with what was there, written as a new generation, and then put in force.
#include <fstream>
#include <sstream>
#include <unordered_map>

#include "links/registry.hpp"
#include "links/rows.hpp"
#include "links/tables.hpp"

namespace kuramori::links {
namespace {

constexpr std::size_t kRowsPerUnit = 2'000;
constexpr Milliseconds kFetchPatience = std::chrono::minutes(2);
constexpr std::size_t kFailureOctetsMax = 300;

using Before = std::unordered_map<std::string, Timestamp>;

std::string key_of(const link_risk::ListEntry& entry) {
  return std::string(link_risk::to_string(entry.match)) + " " +
         std::string(link_risk::to_string(entry.action)) + " " + entry.pattern;
}

Result<std::string> read_list_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return not_found("The file of the list cannot be read.");
  std::string text;
  std::string piece(1UL << 20U, '\0');
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0) {
    text.append(piece.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > Registry::kListOctetsMax) {
      return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "The list is too large.");
    }
  }
  return text;
}

runtime::Task<Result<void>> written(storage::CommitTicket ticket) {
  const auto receipt = co_await ticket;
  if (!receipt) co_return receipt.error();
  co_return Result<void>();
}

}  // namespace

runtime::Task<Result<std::string>> Registry::fetch(std::string location, std::stop_token stop) {
  if (location.starts_with('/')) {
    // On a thread for reads: files of this size are no work for a thread of the network.
    auto query = [location](storage::Snapshot&) { return read_list_file(location); };
    auto reading = ports_.store.read(std::move(query));
    auto text = co_await std::move(reading);
    co_return text;
  }
  net::OutgoingRequest request{
      .url = location, .timeout = kFetchPatience, .response_bytes_max = kListOctetsMax, .redirects_max = 3};
  auto asking = ports_.client.send(std::move(request), net::Reach::Public, std::move(stop));
  KURAMORI_CO_TRY(answer, co_await std::move(asking));
  if (answer.status != 200) {
    co_return unavailable("The server of the list did not give it out.",
                          "status " + std::to_string(answer.status));
  }
  co_return std::move(answer.body);
}

runtime::Task<Result<Difference>> Registry::replace(gate::Permit permit, Source source, std::string text) {
  const auto hosts = ports_.knowledge.get()->hosts;
  const Timestamp now = ports_.clock.now();
  using Compared = std::pair<link_risk::ImportedList, Before>;
  // Reading a list of hundreds of thousands takes a second: on a thread for reads.
  auto query = [source, hosts, whole = std::move(text)](storage::Snapshot& snapshot) -> Result<Compared> {
    KURAMORI_TRY(list, link_risk::import_list(*hosts, whole,
                                              {.format = source.format,
                                               .action = source.action,
                                               .source = source.name,
                                               .reason = source.reason,
                                               .expires = source.expires,
                                               .octets_max = kListOctetsMax}));
    Before before;
    const storage::Key prefix{source.name, source.generation};
    KURAMORI_CHECK(snapshot.for_each({.table = &kEntries, .prefix = prefix}, [&before](storage::Row&& row) {
      const auto entry = entry_of(row);
      if (entry) before.emplace(key_of(*entry), entry_added(row));
      return true;
    }));
    return Compared(std::move(list), std::move(before));
  };
  auto reading = ports_.store.read(std::move(query));
  KURAMORI_CO_TRY(compared, co_await std::move(reading));
  auto& [list, before] = compared;
  Difference difference{.bad = list.bad, .bad_lines = std::move(list.bad_lines)};
  const std::int64_t old_generation = source.generation;
  source.generation = std::max(old_generation + 1, to_unix_ms(now));
  storage::UnitOfWork work;
  std::size_t in_unit = 0;
  bool has_new_blocks = false;
  for (const link_risk::ListEntry& entry : list.entries) {
    const auto known = before.find(key_of(entry));
    const bool is_known = known != before.end();
    ++(is_known ? difference.unchanged : difference.added);
    has_new_blocks = has_new_blocks || (!is_known && entry.action == link_risk::ListAction::Block);
    work.upsert(kEntries, entry_row(source.name, source.generation, entry, is_known ? known->second : now));
    if (++in_unit < kRowsPerUnit) continue;
    auto writing = written(ports_.store.submit(std::exchange(work, {})));
    KURAMORI_CO_CHECK(co_await std::move(writing));
    in_unit = 0;
  }
  difference.removed = before.size() - difference.unchanged;
  source.entries = static_cast<std::int64_t>(list.entries.size());
  source.refreshed = now;
  source.failed.reset();
  source.failure.clear();
  work.upsert(kSources, source_row(source));
  work.erase(kEntries, {source.name, old_generation});
  if (has_new_blocks && options_.take_down) plan_take_down(work, source.name, now, source.reason);
  auto committing = commit(std::move(permit), std::move(work),
                           source.name + ": " + std::to_string(difference.added) + " added, " +
                               std::to_string(difference.removed) + " removed");
  KURAMORI_CO_CHECK(co_await std::move(committing));
  co_return difference;
}

runtime::Task<Result<Difference>> Registry::import(gate::Permit permit, std::string name, std::string text) {
  permit.require(gate::Operation::AdminLinksSet);
  auto entering = changing_.enter();
  KURAMORI_CO_TRY(lane, co_await entering);
  auto finding = source(std::move(name));
  KURAMORI_CO_TRY(found, co_await std::move(finding));
  auto replacing = replace(std::move(permit), std::move(found), std::move(text));
  auto difference = co_await std::move(replacing);
  co_return difference;
}

runtime::Task<Result<Difference>> Registry::refresh(gate::Permit permit, std::string name,
                                                    std::stop_token stop) {
  permit.require(gate::Operation::AdminLinksSet);
  auto looking = source(name);
  KURAMORI_CO_TRY(asked, co_await std::move(looking));
  if (asked.location.empty()) co_return invalid_argument("This list has no location to refresh it from.");
  // Before the lane: others may be changed while a slow server answers.
  auto fetching = fetch(asked.location, std::move(stop));
  auto text = co_await std::move(fetching);
  auto entering = changing_.enter();
  KURAMORI_CO_TRY(lane, co_await entering);
  auto finding = source(std::move(name));
  KURAMORI_CO_TRY(found, co_await std::move(finding));
  if (text) {
    auto replacing = replace(std::move(permit), std::move(found), *std::move(text));
    auto difference = co_await std::move(replacing);
    co_return difference;
  }
  // What it held stays in force.
  Error error = std::move(text).error();
  found.failed = ports_.clock.now();
  found.failure = error.message().substr(0, kFailureOctetsMax);
  storage::UnitOfWork work;
  work.upsert(kSources, source_row(found));
  auto noting =
      ports_.gate.commit(std::move(permit), std::move(work), {.detail = found.name + ": not refreshed"});
  const auto noted = co_await std::move(noting);
  if (!noted) co_return noted.error();
  co_return error;
}

Result<std::vector<std::string>> Registry::due_sources() {
  KURAMORI_TRY(sources, ports_.store.read_blocking(read_sources));
  const Timestamp now = ports_.clock.now();
  std::vector<std::string> due;
  for (const Source& source : sources) {
    if (source.location.empty() || source.interval.count() == 0) continue;
    const auto last = std::max(source.refreshed.value_or(Timestamp()), source.failed.value_or(Timestamp()));
    if (last + source.interval <= now) due.push_back(source.name);
  }
  return due;
}

}  // namespace kuramori::links
