#include "people/user_directory.hpp"

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "identity/accounts.hpp"
#include "identity/tables.hpp"
#include "matrix/identifiers.hpp"
#include "people/folded_name.hpp"

namespace kuramori::people {
namespace {

using matrix::Membership;

constexpr std::chrono::seconds kAccountsFresh{10};
constexpr std::size_t kExaminedMax = 500;  // of one search, for whether they may be found

// Accounts that are in use.
Result<std::vector<UserId>> read_accounts(storage::Snapshot& snapshot) {
  std::vector<UserId> users;
  const storage::Scan scan{.table = &identity::kAccounts,
                           .index = nullptr,
                           .prefix = {},
                           .from = std::nullopt,
                           .below = std::nullopt,
                           .limit = std::numeric_limits<std::size_t>::max()};
  KURAMORI_CHECK(snapshot.for_each(scan, [&](storage::Row&& row) {
    const bool is_active = storage::is_null(row[identity::account_column::Deactivated]);
    if (is_active) users.emplace_back(storage::text(row[identity::account_column::User]));
    return true;
  }));
  return users;
}

bool is_open(const rooms::RoomState& state) {
  if (state.history_visibility() == matrix::HistoryVisibility::WorldReadable) return true;
  const matrix::EventPtr rules = state.find("m.room.join_rules", "");
  return rules != nullptr && json::string_or(rules->content(), "join_rule", "") == "public";
}

}  // namespace

runtime::Task<Result<void>> UserDirectory::refresh() {
  KURAMORI_CO_TRY(lane, co_await refreshing_.enter());
  const SteadyTime now = ports_.clock.steady_now();
  std::vector<UserId> wanted;
  bool is_stale = false;
  {
    const std::scoped_lock lock(mutex_);
    wanted = std::exchange(outdated_, {});
    is_stale = !accounts_read_ || now - *accounts_read_ > kAccountsFresh;
  }
  if (is_stale) {
    auto read = ports_.reader.read(read_accounts);
    KURAMORI_CO_TRY(accounts, co_await std::move(read));
    const std::unordered_set<UserId> active(accounts.begin(), accounts.end());
    const std::scoped_lock lock(mutex_);
    std::erase_if(known_, [&](const auto& entry) { return !active.contains(entry.first); });
    for (UserId& user : accounts) {
      if (!known_.contains(user)) wanted.push_back(std::move(user));
    }
    accounts_read_ = now;
  }
  for (const UserId& user : wanted) {
    auto reading = ports_.profiles.read(user);
    KURAMORI_CO_TRY(profile, co_await std::move(reading));
    Known known{.person = {.user = user,
                           .display_name = std::string(profile->display_name()),
                           .avatar_url = std::string(profile->avatar_url())},
                .folded_name = fold_name(profile->display_name()),
                .folded_localpart = fold_name(matrix::localpart(user))};
    const std::scoped_lock lock(mutex_);
    known_[user] = std::move(known);
  }
  co_return Result<void>();
}

std::vector<UserDirectory::Candidate> UserDirectory::candidates(const UserId& searcher,
                                                                const std::string& folded) const {
  std::vector<Candidate> found;
  // "@alice:example.org" is searched by its local part.
  std::string_view as_localpart = folded;
  if (as_localpart.starts_with('@')) as_localpart = as_localpart.substr(1, as_localpart.find(':') - 1);
  const std::scoped_lock lock(mutex_);
  for (const auto& [user, known] : known_) {
    if (user == searcher) continue;
    const int by_name = rank_of(known.folded_name, folded);
    const int by_localpart = rank_of(known.folded_localpart, as_localpart);
    if (by_name < 0 && by_localpart < 0) continue;
    const bool is_by_name = by_localpart < 0 || (by_name >= 0 && by_name <= by_localpart);
    found.push_back({.rank = is_by_name ? by_name : by_localpart, .person = known.person});
  }
  std::ranges::sort(found, [](const Candidate& a, const Candidate& b) {
    const auto key = [](const Candidate& c) {
      return std::tuple(c.rank, c.person.display_name.empty(), c.person.user.view());
    };
    return key(a) < key(b);
  });
  return found;
}

runtime::Task<Result<bool>> UserDirectory::may_find(UserId searcher, UserId other) {
  if (ports_.rules != nullptr) {
    if (const auto verdict = ports_.rules->may_find(searcher, other)) co_return *verdict;
  }
  if (visibility_ == Visibility::Organisation) co_return true;
  auto reading = ports_.rooms.rooms_of(std::move(other));
  KURAMORI_CO_TRY(rooms, co_await std::move(reading));
  for (const rooms::UserRoom& room : rooms) {
    if (room.membership != Membership::Join) continue;
    auto looking = ports_.rooms.current_state(room.room);
    KURAMORI_CO_TRY(state, co_await std::move(looking));
    if (state->membership(searcher) == Membership::Join || is_open(*state)) co_return true;
  }
  co_return false;
}

runtime::Task<Result<FoundPeople>> UserDirectory::search(const gate::Permit& permit, PeopleQuery query) {
  permit.require(gate::Operation::UserDirectoryRead);
  FoundPeople found;
  const std::string folded = fold_name(query.term);
  if (folded.empty()) co_return found;
  auto refreshing = refresh();
  const auto refreshed = co_await std::move(refreshing);
  if (!refreshed) co_return refreshed.error();
  std::size_t examined = 0;
  for (Candidate& candidate : candidates(permit.subject().user, folded)) {
    found.is_limited = examined++ == kExaminedMax;
    if (found.is_limited) break;
    auto asking = may_find(permit.subject().user, candidate.person.user);
    KURAMORI_CO_TRY(is_visible, co_await std::move(asking));
    if (!is_visible) continue;
    found.is_limited = found.people.size() == query.limit;
    if (found.is_limited) break;
    found.people.push_back(std::move(candidate.person));
  }
  co_return found;
}

void UserDirectory::committed(std::span<const Change> changes) {
  for (const Change& change : changes) {
    if (const auto* profile = dynamic_cast<const identity::ProfileChanged*>(change.payload.get())) {
      const std::scoped_lock lock(mutex_);
      // Who is not known yet is read with their account.
      if (known_.contains(profile->user)) outdated_.push_back(profile->user);
    } else if (const auto* gone = dynamic_cast<const identity::AccountDeactivated*>(change.payload.get())) {
      const std::scoped_lock lock(mutex_);
      known_.erase(gone->user);
      std::erase(outdated_, gone->user);
    }
  }
}

}  // namespace kuramori::people
