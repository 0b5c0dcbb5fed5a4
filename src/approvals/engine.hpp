// Who is asked, and what a decision comes to. Pure: no storage, no clock.
//
//   Asked asked = who_is_asked(request, around);
//   KURAMORI_CHECK(decide(request, {.by = manager, .verdict = Verdict::Approve}, around));
//
// Steps of a chain: "manager", "department_head", "owner" (of the room; the manager where there is none),
// {"role": "…"}, {"people": ["@…"], "of": n}. Nobody is asked about his own request; who is away is replaced
// by his delegate, else by whoever stands above. Where nobody is left, security officers decide, else
// administrators. Each person counts once; an approval of an earlier step counts in a later one that asks the
// same person.
#pragma once
#include <span>

#include "approvals/request.hpp"
#include "organisation/directory.hpp"

namespace kuramori::approvals {

// Decides in the person's stead from one time to another, both UTC milliseconds.
struct Delegation {
  UserId person = {};
  UserId delegate = {};
  std::int64_t from_ms = 0;
  std::int64_t until_ms = 0;
};

struct Around {
  const organisation::Directory* directory = nullptr;  // never null
  std::span<const Delegation> delegations = {};
  std::span<const UserId> officers = {};
  std::span<const UserId> administrators = {};
  UserId owner = {};  // of the room; empty: not known
  std::int64_t now_ms = 0;
};

struct Asked {
  std::vector<UserId> people = {};  // each once
  std::size_t needed = 1;           // how many of them have to approve
  bool is_fallback = false;         // nobody of the chain can decide
};

// Of the step that the request stands at.
Asked who_is_asked(const Request& request, const Around& around);

struct Vote {
  UserId by = {};
  Verdict verdict = Verdict::Refuse;
  std::string reason = {};
};
// Forbidden for who is not asked, or asks himself; Conflict when it is decided already, as a whole or by this
// person. One refusal refuses the request.
Result<void> decide(Request& request, const Vote& vote, const Around& around);

struct Limits {
  static constexpr std::size_t kEscalationsMax = 8;  // of one step
  std::int64_t escalate_ms = 24L * 3'600'000;
};
// What time alone changes: expiry, the end of a grant, the superior of who has not answered. Whether it did.
bool advance(Request& request, std::int64_t now_ms, const Limits& limits);

}  // namespace kuramori::approvals
