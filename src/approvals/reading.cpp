// What is read of approvals, at start and since.
#include <algorithm>

#include "approvals/approvals.hpp"
#include "approvals/rows.hpp"
#include "approvals/tables.hpp"
#include "identity/account_rows.hpp"
#include "identity/tables.hpp"

namespace kuramori::approvals {
namespace {

using runtime::Task;

constexpr std::size_t kOfficersMax = 1000;

// Who answers for what is said in the room.
UserId owner_of(const rooms::RoomState& state) {
  const matrix::EventPtr create = state.find("m.room.create", "");
  return create == nullptr ? UserId() : create->sender();
}

}  // namespace

Result<void> Approvals::load() {
  auto query = [this](storage::Snapshot& snapshot) -> Result<std::vector<Request>> {
    std::vector<Request> requests;
    for (const State state : {State::Waiting, State::Approved}) {
      const storage::Scan scan{.table = &kRequests,
                               .index = &kRequests.index("approval_requests_by_state"),
                               .prefix = {std::string(to_string(state))}};
      std::optional<Error> failure;
      auto visit = [&](storage::Row&& row) {
        auto key = ports_.keys.get_in(snapshot, crypto::KeyScope::Person,
                                      storage::text(row[request_column::Requester]));
        // Whose key is destroyed has nothing left to ask for.
        if (!key) return true;
        auto request = detail::open_request(row, *key);
        if (!request) {
          failure = std::move(request).error();
          return false;
        }
        requests.push_back(*std::move(request));
        return true;
      };
      KURAMORI_CHECK(snapshot.for_each(scan, visit));
      if (failure) return *std::move(failure);
    }
    return requests;
  };
  KURAMORI_TRY(requests, ports_.store.read_blocking(std::move(query)));
  auto delegated = [](storage::Snapshot& snapshot) -> Result<std::vector<Delegation>> {
    std::vector<Delegation> all;
    const storage::Scan scan{.table = &kDelegations};
    auto visit = [&](storage::Row&& row) {
      all.push_back(detail::read_delegation(row));
      return true;
    };
    KURAMORI_CHECK(snapshot.for_each(scan, visit));
    return all;
  };
  KURAMORI_TRY(delegations, ports_.store.read_blocking(std::move(delegated)));
  for (const Request& request : requests) keep(request);
  const std::scoped_lock lock(mutex_);
  for (Delegation& delegation : delegations) delegations_[delegation.person] = delegation;
  return {};
}

std::optional<Request> Approvals::open_one(const std::string& id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = open_.find(id);
  return found == open_.end() ? std::nullopt : std::optional(found->second);
}

std::size_t Approvals::open_of(const UserId& person) const {
  const std::scoped_lock lock(mutex_);
  return static_cast<std::size_t>(
      std::ranges::count_if(open_, [&](const auto& entry) { return entry.second.requester == person; }));
}

std::vector<Request> Approvals::open() const {
  std::vector<Request> all;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, request] : open_) all.push_back(request);
  }
  std::ranges::sort(all, {}, &Request::sequence);
  return all;
}

Around Approvals::Deciders::around(std::int64_t now_ms) const {
  return {.directory = directory.get(),
          .delegations = delegations,
          .officers = officers,
          .administrators = administrators,
          .owner = owner,
          .now_ms = now_ms};
}

Task<Result<Approvals::Deciders>> Approvals::deciders(RoomId room) {
  auto query = [](storage::Snapshot& snapshot) -> Result<Deciders> {
    Deciders found;
    const storage::Scan scan{.table = &identity::kAccounts};
    auto visit = [&](storage::Row&& row) {
      const identity::AccountRow account = identity::account_from(row);
      if (account.account.deactivated) return true;
      const gate::Role role = account.account.role;
      if (role == gate::Role::SecurityOfficer && found.officers.size() < kOfficersMax)
        found.officers.push_back(account.account.user);
      if (role == gate::Role::Administrator && found.administrators.size() < kOfficersMax)
        found.administrators.push_back(account.account.user);
      return true;
    };
    KURAMORI_CHECK(snapshot.for_each(scan, visit));
    return found;
  };
  auto reading = ports_.store.read(std::move(query));
  KURAMORI_CO_TRY(deciders, co_await std::move(reading));
  deciders.directory = ports_.organisation.directory();
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [person, delegation] : delegations_) deciders.delegations.push_back(delegation);
  }
  if (!room.empty()) {
    auto looking = ports_.rooms.current_state(room);
    const auto state = co_await std::move(looking);
    if (state) deciders.owner = owner_of(**state);
  }
  co_return deciders;
}

Task<Result<Request>> Approvals::find(std::string id) {
  if (auto request = open_one(id)) co_return *std::move(request);
  auto query = [this, id = std::move(id)](storage::Snapshot& snapshot) -> Result<Request> {
    KURAMORI_TRY(row, snapshot.get(kRequests, {id}));
    if (!row) return not_found("There is no such request.");
    const std::string& requester = storage::text((*row)[request_column::Requester]);
    KURAMORI_TRY(key, ports_.keys.get_in(snapshot, crypto::KeyScope::Person, requester));
    return detail::open_request(*row, key);
  };
  auto reading = ports_.store.read(std::move(query));
  auto found = co_await std::move(reading);
  co_return found;
}

Task<Result<std::vector<Request>>> Approvals::of(UserId requester, std::size_t limit) {
  auto query = [this, requester, limit](storage::Snapshot& snapshot) -> Result<std::vector<Request>> {
    std::vector<Request> requests;
    const storage::Scan scan{.table = &kRequests,
                             .index = &kRequests.index("approval_requests_by_requester"),
                             .prefix = {requester.str()},
                             .direction = storage::Direction::Backward,
                             .limit = limit};
    KURAMORI_TRY(rows, snapshot.scan(scan));
    if (rows.empty()) return requests;
    KURAMORI_TRY(key, ports_.keys.get_in(snapshot, crypto::KeyScope::Person, requester.view()));
    for (const storage::Row& row : rows) {
      KURAMORI_TRY(request, detail::open_request(row, key));
      requests.push_back(std::move(request));
    }
    return requests;
  };
  auto reading = ports_.store.read(std::move(query));
  auto found = co_await std::move(reading);
  co_return found;
}

Task<Result<std::vector<UserId>>> Approvals::people_asked(Request request) {
  auto gathering = deciders(request.room);
  KURAMORI_CO_TRY(around, co_await std::move(gathering));
  co_return who_is_asked(request, around.around(ports_.clock.now_ms())).people;
}

Task<Result<std::vector<Request>>> Approvals::asked_of(UserId person) {
  std::vector<Request> mine;
  for (Request& request : open()) {
    if (request.state != State::Waiting) continue;
    auto asking = people_asked(request);
    KURAMORI_CO_TRY(people, co_await std::move(asking));
    const bool has_decided = std::ranges::any_of(request.decisions, [&](const Decision& decision) {
      return decision.step == request.step && decision.by == person;
    });
    if (!has_decided && std::ranges::find(people, person) != people.end()) mine.push_back(std::move(request));
  }
  co_return mine;
}

std::optional<Delegation> Approvals::delegation_of(const UserId& person) const {
  const std::scoped_lock lock(mutex_);
  const auto found = delegations_.find(person);
  return found == delegations_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace kuramori::approvals
