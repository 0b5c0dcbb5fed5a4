// Searching for people (client-server API, module "User directory"). The names of all accounts are in memory;
// the stream tells of changed profiles, new accounts are looked for when the memory is older than a few
// seconds.
#pragma once
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gate/gate.hpp"
#include "identity/profiles.hpp"
#include "rooms/reader.hpp"
#include "runtime/sequencer.hpp"

namespace kuramori::people {

// Whom a search finds: who shares a room with the searcher or is in a room open to anybody, or all.
enum class Visibility : bool { ByRooms, Organisation };

// What the organisation says of who finds whom. Answers at once, from memory.
class FindingRules {
 public:
  virtual ~FindingRules() = default;
  // Nothing where it knows nothing of either.
  virtual std::optional<bool> may_find(const UserId& viewer, const UserId& target) const = 0;
};

struct FoundPerson {
  UserId user;
  std::string display_name;  // empty: none
  std::string avatar_url;    // empty: none
};

struct FoundPeople {
  std::vector<FoundPerson> people;  // the best first
  bool is_limited = false;          // there are more
};

struct PeopleQuery {
  std::string term;
  std::size_t limit = 10;
};

class UserDirectory final : public storage::StreamListener {
 public:
  struct Ports {
    storage::Reader& reader;
    identity::Profiles& profiles;
    rooms::RoomReader& rooms;
    const Clock& clock;
    const FindingRules* rules = nullptr;  // null: rooms alone decide
  };
  UserDirectory(Ports ports, Visibility visibility) : ports_(ports), visibility_(visibility) {}

  // UserDirectoryRead. By parts of display names and user IDs.
  runtime::Task<Result<FoundPeople>> search(const gate::Permit& permit, PeopleQuery query);
  void committed(std::span<const Change> changes) override;

 private:
  struct Known {
    FoundPerson person;
    std::string folded_name;
    std::string folded_localpart;
  };
  struct Candidate {
    int rank;
    FoundPerson person;
  };
  runtime::Task<Result<void>> refresh();
  std::vector<Candidate> candidates(const UserId& searcher, const std::string& folded) const;
  runtime::Task<Result<bool>> may_find(UserId searcher, UserId other);

  const Ports ports_;
  const Visibility visibility_;
  runtime::Sequencer refreshing_;
  mutable std::mutex mutex_;
  std::unordered_map<UserId, Known> known_;
  std::vector<UserId> outdated_;
  std::optional<SteadyTime> accounts_read_;
};

}  // namespace kuramori::people
